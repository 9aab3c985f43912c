"""The decision against a voucher's holder, with its reasons, its law and what can be done against it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.legal_regimes.queries import regime_to_decide_by
from registry.catalogue.legal_regimes.remedy import RemedyInstructions, remedy_instructions
from registry.catalogue.legal_regimes.rules import LANGUAGES
from registry.shared.actor import Actor
from registry.shared.errors import Refused, require
from registry.shared.identifiers import uuid7
from registry.shared.period import local_date
from registry.shared.working_days import NoticeBy
from registry.vouchers.adverse.model import VoucherDecision
from registry.vouchers.adverse.rules import AdverseKind, Hearing, may_decide_against
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
    decision = VoucherDecision(
        id=uuid7(),
        organiser_id=voucher.organiser_id,
        voucher_id=voucher.id,
        kind=str(kind),
        reason=reason,
        cents=cents,
        heard=str(hearing.how),
        heard_on=hearing.on,
        regime_digest=found.digest,
        document={language: _document(one) for language, one in said.items()},
        remedy_until=said["fi"].last_day,
        issued_at=now,
        issued_by=actor.id,
    )
    session.add(decision)
    return decision.id


def _document(said: RemedyInstructions) -> dict[str, Any]:
    return {
        "heading": said.heading,
        "opening": said.opening,
        "steps": [[step.label, step.text] for step in said.steps],
    }
