"""Suspending, lifting, removing: decisions on an admission, each with its reasons, after a hearing where it goes against
the provider. Each says what becomes of the clients who are there; whoever keeps the vouchers does it."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.catalogue.legal_regimes.queries import regime_to_decide_by
from registry.people.duties import require_office
from registry.people.model import RoleGrant
from registry.providers.commands.doors import (
    locked_admission,
    require_officer,
    require_provider_user,
    set_admission_state,
)
from registry.providers.decisions.hearings import begin_hearing, close_if_passed, hearings_of
from registry.providers.decisions.issuing import Issued, ToIssue, issue_decision
from registry.providers.decisions.model import DecisionRecord, Hearing
from registry.providers.decisions.people import language_of, require_impartial
from registry.providers.decisions.rules import ADVERSE, DecisionKind, Subject
from registry.providers.keeping.rules import IN_REGISTER, Clients
from registry.providers.model import Admission
from registry.providers.rules import LONGEST_TEXT, AdmissionState, move_admission
from registry.shared.actor import Actor, Role
from registry.shared.errors import Invalid, Refused, require
from registry.shared.outbox import enqueue
from registry.shared.period import local_date
from registry.shared.texts import passage


async def hear_admitted(
    session: AsyncSession, *, actor: Actor, now: datetime, admission_id: UUID, text: str, due_on: date
) -> UUID:
    """Tell the provider what may lead to a suspension or a removal, before anything is decided. It stays choosable
    meanwhile. Returns the hearing's id."""
    require_officer(actor)
    admission = await locked_admission(session, actor=actor, admission_id=admission_id)
    if admission.state not in IN_REGISTER:
        raise Refused("admission.ended_already", state=admission.state)
    await close_if_passed(session, actor=actor, now=now, subject_id=admission.id)
    return await begin_hearing(
        session,
        actor=actor,
        now=now,
        subject=Subject.ADMISSION,
        subject_id=admission.id,
        provider_id=admission.provider_id,
        service_id=admission.service_id,
        organiser_id=admission.organiser_id,
        text=text,
        points=(),
        due_on=due_on,
    )


async def suspend_admission(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    admission_id: UUID,
    reason: str,
    clients_may: Clients,
    legal_basis: str = "",
) -> UUID:
    """Suspend: nobody can choose the provider for this service until it is lifted. Returns the decision's id."""
    return await _decide(
        session, actor, now, admission_id, DecisionKind.SUSPENDED, reason, legal_basis, clients_may
    )


async def reactivate_admission(
    session: AsyncSession, *, actor: Actor, now: datetime, admission_id: UUID, reason: str
) -> UUID:
    """Lift a suspension. It goes for the provider, so nobody is heard first. Returns the decision's id."""
    return await _decide(session, actor, now, admission_id, DecisionKind.REINSTATED, reason, "", None)


async def remove_admission(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    admission_id: UUID,
    reason: str,
    clients_may: Clients,
    legal_basis: str = "",
) -> UUID:
    """Remove from the register. Who has left comes back by a new application only. Returns the decision's id."""
    return await _decide(
        session, actor, now, admission_id, DecisionKind.REMOVED, reason, legal_basis, clients_may
    )


_STATE = {
    DecisionKind.SUSPENDED: AdmissionState.SUSPENDED,
    DecisionKind.REINSTATED: AdmissionState.ACTIVE,
    DecisionKind.REMOVED: AdmissionState.REMOVED,
}
_WORD = {
    DecisionKind.SUSPENDED: "admission.suspended",
    DecisionKind.REINSTATED: "admission.reactivated",
    DecisionKind.REMOVED: "admission.removed",
}


async def _decide(
    session: AsyncSession,
    actor: Actor,
    now: datetime,
    admission_id: UUID,
    kind: DecisionKind,
    reason: str,
    legal_basis: str,
    clients_may: Clients | None,
) -> UUID:
    require_officer(actor)
    said = passage("reason", reason, longest=LONGEST_TEXT)
    law = passage("legal_basis", legal_basis, longest=LONGEST_TEXT, required=False)
    admission = await locked_admission(session, actor=actor, admission_id=admission_id)
    require(move_admission(AdmissionState(admission.state), _STATE[kind]))
    regime = await regime_to_decide_by(session, admission.service_id)
    declared = await require_impartial(
        session,
        actor=actor,
        now=now,
        provider_id=admission.provider_id,
        organiser_id=admission.organiser_id,
        subject_id=admission.id,
    )
    hearing = None
    if kind in ADVERSE:
        hearing = await _heard(session, actor, now, admission)
        if not law:
            raise Invalid("admission.legal_basis_missing", errors={"legal_basis": "field.required"})
    decided = ToIssue(
        kind=kind,
        subject=Subject.ADMISSION,
        subject_id=admission.id,
        organiser_id=admission.organiser_id,
        provider_id=admission.provider_id,
        service_id=admission.service_id,
        began=local_date(hearing.opened_at) if hearing else local_date(now),
        language=await language_at(session, admission.provider_id),
        template=_WORD[kind],
        reasons=said,
        legal_basis=law,
        hearing_id=hearing.id if hearing else None,
        declared=declared,
    )
    before = set_admission_state(admission, _STATE[kind])
    admission.state_reason = said
    admission.clients_may = str(clients_may) if clients_may else None
    issued = await issue_decision(session, actor=actor, now=now, regime=regime, decided=decided)
    _record(
        session, actor, now, admission, _WORD[kind], before, decision=issued.id, **_of_clients(clients_may)
    )
    return _id(issued)


def _id(issued: Issued) -> UUID:
    return issued.id


def _of_clients(clients_may: Clients | None) -> dict[str, Any]:
    return {"clients_may": str(clients_may)} if clients_may else {}


async def _heard(session: AsyncSession, actor: Actor, now: datetime, admission: Admission) -> Hearing:
    """The hearing that a decision against the provider rests on: the latest, if it has ended and no decision rests on it
    already. What was said a year ago about another matter is no hearing on this one."""
    await close_if_passed(session, actor=actor, now=now, subject_id=admission.id)
    heard = await hearings_of(session, admission.id)
    if not heard:
        raise Refused("admission.not_heard")
    latest = heard[0]
    if latest.closed_at is None:
        raise Refused("hearing.not_over", due_on=latest.due_on.isoformat())
    used = await session.scalar(select(DecisionRecord.id).where(DecisionRecord.hearing_id == latest.id))
    if used is not None:
        raise Refused("admission.not_heard")
    return latest


async def language_at(session: AsyncSession, provider_id: UUID) -> str:
    """The language of a decision that nobody applied for: that of whoever has acted for the provider the longest."""
    account_id = await session.scalar(
        select(RoleGrant.account_id)
        .where(
            RoleGrant.provider_id == provider_id,
            RoleGrant.role == str(Role.PROVIDER_USER),
            RoleGrant.ended_at.is_(None),
        )
        .order_by(RoleGrant.granted_at, RoleGrant.id)
        .limit(1)
    )
    return await language_of(session, account_id)


async def withdraw_admission(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    admission_id: UUID,
    clients_may: Clients = Clients.CHOOSE_AGAIN,
) -> None:
    """The provider leaves the register for this service, on its own request, and says whether it goes on with the clients
    whose service has begun."""
    require_provider_user(actor)
    await require_office(session, actor)
    admission = await locked_admission(session, actor=actor, admission_id=admission_id)
    before = set_admission_state(admission, AdmissionState.WITHDRAWN)
    admission.state_reason = None
    admission.clients_may = str(clients_may)
    _record(session, actor, now, admission, "admission.withdrawn", before, **_of_clients(clients_may))


async def lapse(
    session: AsyncSession, *, actor: Actor, now: datetime, admission: Admission, why: str, **facts: Any
) -> None:
    """The approval, locked, has come to its end by itself: nobody decides anything, and the provider is told. Clients
    whose service has begun may finish it, for nothing is held against the provider."""
    before = set_admission_state(admission, AdmissionState.LAPSED)
    admission.state_reason = None
    admission.clients_may = str(Clients.FINISH)
    _record(
        session, actor, now, admission, "admission.lapsed", before,
        why=why, **_of_clients(Clients.FINISH), **facts,
    )  # fmt: skip
    enqueue(
        session,
        now=now,
        template="admission.lapsed",
        provider_id=admission.provider_id,
        organiser_id=admission.organiser_id,
        facts={"admission": str(admission.id), "service": str(admission.service_id), "why": why},
    )


def _record(
    session: AsyncSession,
    actor: Actor,
    now: datetime,
    admission: Admission,
    action: str,
    before: str,
    **facts: Any,
) -> None:
    record(
        session,
        actor=actor,
        now=now,
        action=action,
        subject_kind="admission",
        subject_id=admission.id,
        organiser_id=admission.organiser_id,
        from_state=before,
        to_state=admission.state,
        facts={"provider": admission.provider_id, "service": admission.service_id, **facts},
    )
