"""The decision against a voucher's holder, with its reasons, its law and what can be done against it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.legal_regimes.queries import RegimeInForce, regime_to_decide_by
from registry.catalogue.legal_regimes.remedy import RemedyInstructions, remedy_instructions
from registry.catalogue.legal_regimes.rules import LANGUAGES, Words
from registry.catalogue.model import Organiser, Service
from registry.people.model import Account, ApiToken
from registry.providers.decisions.document import text_document
from registry.shared.actor import Actor
from registry.shared.errors import Refused, require
from registry.shared.identifiers import grouped, uuid7
from registry.shared.period import local_date
from registry.shared.working_days import NoticeBy
from registry.vouchers.adverse.model import VoucherDecision
from registry.vouchers.adverse.paper import Paper, Worth, paper_text
from registry.vouchers.adverse.rules import AdverseKind, Hearing, may_decide_against, reference_of
from registry.vouchers.model import Voucher


async def issue_against(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    voucher: Voucher,
    kind: AdverseKind,
    reason: str,
    cents: int,
    units: int | None,
    hearing: Hearing | None,
) -> UUID:
    """Issue the decision on a locked voucher; its id. Refused where the holder was not heard, and where the organiser has
    not confirmed the service's legal regime: nothing goes out that could not say on what law it rests and how to go
    against it. The words are kept as they went out, in each language."""
    today = local_date(now)
    require(may_decide_against(reason, hearing, today=today))
    found = await regime_to_decide_by(session, voucher.service_id)
    if found.office is None or hearing is None:
        raise Refused("regime.missing")
    said = {
        language: remedy_instructions(
            found.regime, language=language, sent=today, by=NoticeBy.ELECTRONIC, office=found.office
        )
        for language in LANGUAGES
    }
    decision_id = uuid7()
    taken = Worth(cents, units, voucher.unit_name)
    paper = await _paper(session, actor, now, voucher, found, decision_id, kind, reason, taken, hearing)
    decision = VoucherDecision(
        id=decision_id,
        organiser_id=voucher.organiser_id,
        voucher_id=voucher.id,
        kind=str(kind),
        reason=reason,
        cents=cents,
        heard=str(hearing.how),
        heard_on=hearing.on,
        regime_digest=found.digest,
        document={language: _document(one, paper, language) for language, one in said.items()},
        remedy_until=said["fi"].last_day,
        issued_at=now,
        issued_by=actor.id,
    )
    session.add(decision)
    return decision.id


async def _paper(
    session: AsyncSession,
    actor: Actor,
    now: datetime,
    voucher: Voucher,
    found: RegimeInForce,
    decision_id: UUID,
    kind: AdverseKind,
    reason: str,
    taken: Worth,
    hearing: Hearing,
) -> Paper:
    organiser = await session.get_one(Organiser, voucher.organiser_id)
    service = await session.get_one(Service, voucher.service_id)
    return Paper(
        reference=reference_of(decision_id, now),
        kind=kind,
        number=grouped(voucher.number),
        organiser=Words(organiser.name_fi, organiser.name_sv, organiser.name_en),
        contact=(organiser.contact_phone, organiser.contact_email),
        decided_by=await _decided_by(session, actor),
        service=Words(service.name_fi, service.name_sv, service.name_en),
        decided_on=local_date(now),
        taken=taken,
        left=_left(voucher, taken) if kind is AdverseKind.LOWERED else None,
        reason=reason,
        hearing=hearing,
        basis=found.regime.basis,
    )


async def _decided_by(session: AsyncSession, actor: Actor) -> str:
    """The person's name. Empty where the installation itself made the token that decides: the organiser then stands for
    the decision alone."""
    maker = select(ApiToken.created_by).where(ApiToken.id == actor.id).scalar_subquery()
    person = select(Account.display_name).where(Account.id == func.coalesce(maker, actor.id))
    return (await session.scalar(person)) or ""


def _left(voucher: Voucher, taken: Worth) -> Worth:
    units = None if taken.units is None else (voucher.units_available or 0) - taken.units
    return Worth(voucher.available_cents - taken.cents, units, voucher.unit_name)


def _document(said: RemedyInstructions, paper: Paper, language: str) -> dict[str, Any]:
    remedy: dict[str, Any] = {
        "heading": said.heading,
        "opening": said.opening,
        "steps": [[step.label, step.text] for step in said.steps],
    }
    return remedy | {"paper": text_document(paper_text(paper, remedy, language))}
