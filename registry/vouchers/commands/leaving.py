"""Clients of a provider that is suspended or has left the register: who has begun may finish where that was decided, and
everybody else is offered a new choice at once. Where there is nobody left to choose, the case says so."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.people.model import Client
from registry.providers.keeping.rules import Clients
from registry.providers.model import Admission
from registry.providers.queries import eligible_providers
from registry.providers.rules import AdmissionState
from registry.shared.actor import Actor
from registry.shared.period import local_date
from registry.vouchers.commands.ending import in_turn, lapse_reserved, lock_due
from registry.vouchers.commands.unpicking import give_up_pick
from registry.vouchers.model import Assignment, Voucher
from registry.vouchers.rules import OPEN_STATES, STANDING, AssignmentState, VoucherState

LEFT: Final = (AdmissionState.REMOVED, AdmissionState.WITHDRAWN, AdmissionState.LAPSED)


def _must_choose_again() -> ColumnElement[bool]:
    """Of the clients at an admission that is not in force: all of them where it says so, or where it left and says
    nothing; those whose service has not begun where the others may finish."""
    gone = Admission.state.in_(LEFT)
    everybody = or_(
        and_(gone, Admission.clients_may.is_(None)),
        and_(
            or_(gone, Admission.state == AdmissionState.SUSPENDED),
            Admission.clients_may == str(Clients.CHOOSE_AGAIN),
        ),
    )
    not_begun = and_(
        or_(gone, Admission.state == AdmissionState.SUSPENDED),
        Admission.clients_may == str(Clients.FINISH),
        Voucher.state == str(VoucherState.CHOSEN),
    )
    return or_(everybody, not_begun)


async def release_left(session: AsyncSession, *, actor: Actor, now: datetime, limit: int) -> int:
    """Give back the picks of those who must choose again, with the days that were lost before the service began. What
    the provider holds reserved on their vouchers lapses."""
    left = (
        select(Assignment.id)
        .join(Admission, Admission.id == Assignment.admission_id)
        .where(Assignment.id == Voucher.assignment_id, Assignment.state.in_(STANDING), _must_choose_again())
    )
    wanted: dict[_Need, bool] = {}

    async def act(vouchers: Sequence[Voucher]) -> None:
        await lapse_reserved(session, actor=actor, now=now, vouchers=vouchers)
        for voucher in vouchers:
            if VoucherState(voucher.state) not in OPEN_STATES:
                continue
            need = await _need(session, voucher)
            if need not in wanted:
                wanted[need] = await _anybody(session, need, now)
            await give_up_pick(
                session, actor=actor, now=now, voucher=voucher, reason="provider_left",
                state=AssignmentState.ENDED,
                case_kind="provider_left" if wanted[need] else "no_eligible_provider",
            )  # fmt: skip

    theirs = left.correlate(Voucher).exists() & Voucher.state.in_(OPEN_STATES)
    return await in_turn(session, await lock_due(session, limit, theirs), act)


@dataclass(frozen=True, slots=True)
class _Need:
    """What decides who can be chosen; many clients share one."""

    service_id: UUID
    municipality_code: str | None
    languages: tuple[str, ...]
    accessibility: tuple[str, ...]
    at_most_cents: int | None


async def _need(session: AsyncSession, voucher: Voucher) -> _Need:
    client = await session.get_one(Client, voucher.client_id)
    return _Need(
        voucher.service_id,
        client.municipality_code,
        tuple(client.service_languages),
        tuple(client.accessibility),
        None if voucher.own_share_allowed else voucher.unit_price_ceiling_cents,
    )


async def _anybody(session: AsyncSession, need: _Need, now: datetime) -> bool:
    found = await eligible_providers(
        session,
        service_id=need.service_id,
        municipality_code=need.municipality_code,
        languages=need.languages,
        accessibility=need.accessibility,
        on=local_date(now),
        at_most_cents=need.at_most_cents,
    )
    return bool(found)
