"""Carrying out the visits of a file: first looked at, line by line, then redeemed, a few hundred to a commit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from registry.shared.actor import Actor
from registry.shared.database import Database
from registry.shared.errors import Invalid, Refusal
from registry.shared.idempotency import Replay, field_digests
from registry.vouchers.redemption.commands import Call, Outcome, redeem_once, rehearse
from registry.vouchers.redemption.visits_file import FoundVisit, SentVisit, find_visits, leave_recorded

AT_ONCE: Final = 250
"""Lines of one commit: more saves little, and keeps others waiting longer for the vouchers."""


@dataclass(frozen=True, slots=True)
class VisitOutcome:
    """What became of a line, or would become of it."""

    sent: SentVisit
    status: str
    """ready (it can be recorded) | done | already (recorded when it was sent before) | refused | failed (nothing is known
    to have happened: send it again)"""
    redemption: dict[str, Any] | None = None
    problems: tuple[Refusal, ...] = ()

    def document(self) -> dict[str, Any]:
        """As the report is kept."""
        return {
            "line": self.sent.line,
            "voucher": self.sent.voucher,
            "date": self.sent.service_date.isoformat() if self.sent.service_date else None,
            "status": self.status,
            "redemption": self.redemption["id"] if self.redemption else None,
            "value_cents": self.redemption["value_cents"] if self.redemption else 0,
            "problems": [{"code": p.code, "facts": dict(p.facts)} for p in self.problems],
        }


async def look_at_visits(
    database: Database, *, actor: Actor, now: datetime, digest_key: bytes, sent: Sequence[SentVisit]
) -> list[VisitOutcome]:
    """What would become of each line; nothing is written."""
    found, before = await _looked_up(database, actor, now, digest_key, sent)
    calls = {visit.sent.line: _call(actor, visit, digest_key) for visit in found if visit.line}
    rehearsed = await rehearse(database, calls=list(calls.values()), now=now) if calls else []
    by_line = dict(zip(calls, rehearsed, strict=True))
    return [
        _told(visit, by_line[visit.sent.line].outcome, "already" if visit.key in before else "ready")
        if visit.line
        else VisitOutcome(visit.sent, "refused", problems=visit.problems)
        for visit in found
    ]


async def record_visits(
    database: Database, *, actor: Actor, now: datetime, digest_key: bytes, sent: Sequence[SentVisit]
) -> list[VisitOutcome]:
    """Record what can be recorded. A line that was recorded before is answered as it was then, so that after a crash, or
    when in doubt, the whole file is simply sent again."""
    found, before = await _looked_up(database, actor, now, digest_key, sent)
    good = [visit for visit in found if visit.line]
    told: dict[int, VisitOutcome] = {}
    for start in range(0, len(good), AT_ONCE):
        together = good[start : start + AT_ONCE]
        calls = [_call(actor, visit, digest_key) for visit in together]
        for visit, outcome in zip(together, await redeem_once(database, calls=calls, now=now), strict=True):
            told[visit.sent.line] = _told(visit, outcome, "already" if visit.key in before else "done")
    return [
        told.get(visit.sent.line) or VisitOutcome(visit.sent, "refused", problems=visit.problems)
        for visit in found
    ]


async def _looked_up(
    database: Database, actor: Actor, now: datetime, digest_key: bytes, sent: Sequence[SentVisit]
) -> tuple[list[FoundVisit], set[str]]:
    """The lines with what they mean, and the keys among them that were carried out before."""
    async with database.transaction(actor.sight) as session:
        found = await find_visits(session, actor=actor, sent=sent)
    calls = [_call(actor, visit, digest_key) for visit in found if visit.line]
    rehearsed = await rehearse(database, calls=calls, now=now) if calls else []
    before = {call.key for call, one in zip(calls, rehearsed, strict=True) if one.before}
    async with database.transaction(actor.sight) as session:
        return await leave_recorded(session, actor=actor, found=found, before=before), before


def _call(actor: Actor, visit: FoundVisit, digest_key: bytes) -> Call:
    if visit.line is None:
        raise LookupError("a line that cannot be read is not carried out")
    body = {
        "presentation": str(visit.line.presentation_id),
        "units": visit.line.units,
        "unit_price_cents": visit.line.unit_price_cents,
        "service_date": visit.line.service_date.isoformat(),
    }
    fields = field_digests("redemption.file", body, digest_key)
    return Call(actor, visit.key, fields, visit.line, of_provider=True, keeps_refusal=False)


def _told(visit: FoundVisit, outcome: Outcome, well: str) -> VisitOutcome:
    if isinstance(outcome, Replay) and outcome.status == 200:
        return VisitOutcome(visit.sent, well, outcome.response)
    if isinstance(outcome, Replay):
        refusal = Refusal(outcome.response["code"], outcome.response["facts"])
        return VisitOutcome(visit.sent, "refused", problems=(refusal,))
    if isinstance(outcome, Invalid):
        return VisitOutcome(visit.sent, "refused", problems=(Refusal("visit_row.key_of_another"),))
    return VisitOutcome(visit.sent, "failed", problems=(Refusal("visit_row.failed"),))
