"""What kinds of case there are, whose they are, and how long there is to act."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from registry.catalogue.rules import REPRESENTATION_DAYS
from registry.shared.actor import Role


@dataclass(frozen=True, slots=True)
class CaseKind:
    """`role` handles it while it has no owner; `days` is how soon it is due, in calendar days."""

    role: Role
    days: int


CASE_KINDS: Final[Mapping[str, CaseKind]] = {
    # a client who refuses, or whom nobody takes, is waiting without a service: days, not weeks
    "voucher_refused": CaseKind(Role.CASE_WORKER, 7),
    "provider_declined": CaseKind(Role.CASE_WORKER, 5),
    "provider_silent": CaseKind(Role.CASE_WORKER, 3),
    "provider_left": CaseKind(Role.CASE_WORKER, 5),
    "no_eligible_provider": CaseKind(Role.CASE_WORKER, 5),
    "voucher_expiring": CaseKind(Role.CASE_WORKER, 7),
    "no_provider_in_language": CaseKind(Role.CASE_WORKER, 5),
    # the provider has done its part and waits for a word
    "milestone_claimed": CaseKind(Role.CASE_WORKER, 7),
    "milestone_held": CaseKind(Role.CASE_WORKER, 30),
    # the person waits for a call, or believes that the register is wrong about them
    "call_wanted": CaseKind(Role.CASE_WORKER, 2),
    "correction_wanted": CaseKind(Role.CASE_WORKER, 14),
    "complaint_made": CaseKind(Role.REGISTER_OFFICER, 14),
    "decision_error": CaseKind(Role.REGISTER_OFFICER, 14),
    # somebody stands outside, with an organisation that cannot apply; by when, the organiser says
    "representation_asked": CaseKind(Role.REGISTER_OFFICER, REPRESENTATION_DAYS),
    "comment_reported": CaseKind(Role.REGISTER_OFFICER, 3),
    "release_objection": CaseKind(Role.REGISTER_OFFICER, 5),
    "quality_alarm": CaseKind(Role.REGISTER_OFFICER, 14),
    "company_changed": CaseKind(Role.REGISTER_OFFICER, 3),
    "rule_book_not_accepted": CaseKind(Role.REGISTER_OFFICER, 7),
    "corrective_due": CaseKind(Role.REGISTER_OFFICER, 5),
    "finding_heard": CaseKind(Role.REGISTER_OFFICER, 14),
    "statement_disputed": CaseKind(Role.FINANCE_OFFICER, 7),
    # the provider waits for money that we believed it had
    "payment_returned": CaseKind(Role.FINANCE_OFFICER, 3),
    "line_disputed": CaseKind(Role.FINANCE_OFFICER, 7),
    # money may be leaving
    "redemption_alarm": CaseKind(Role.FINANCE_OFFICER, 3),
    "visit_disputed": CaseKind(Role.FINANCE_OFFICER, 7),
    # the provider believes that it will be paid
    "offline_visit": CaseKind(Role.FINANCE_OFFICER, 7),
    # a client's month has begun and its money has not come
    "allowance_short": CaseKind(Role.FINANCE_OFFICER, 3),
    "mail_failed": CaseKind(Role.ORGANISER_ADMINISTRATOR, 7),
}

ANSWERED_TO_CLIENT: Final = ("correction_wanted",)
"""Kinds whose resolution is an answer that the client reads."""

CLOSED_BY_DECIDING: Final = (
    "milestone_claimed",
    "milestone_held",
    "line_disputed",
    "visit_disputed",
    "decision_error",
    "representation_asked",
)
"""Kinds that end with a decision alone: closed without one, nobody would be asked for it any more."""

WITHOUT_PROVIDER: Final = ("provider_declined", "provider_silent", "provider_left", "no_eligible_provider")
"""Kinds that say that a client has no provider: there is nothing left to do once there is one again."""


def due_on(kind: str, opened_on: date) -> date:
    """The day on which a case of this kind, opened today, has to be done."""
    return opened_on + timedelta(days=CASE_KINDS[kind].days)


def call_by(today: date) -> date:
    """The day by which a client who asked to be called is called: nobody calls on a Saturday or a Sunday."""
    day = due_on("call_wanted", today)
    return day + timedelta(days=7 - day.weekday()) if day.weekday() >= 5 else day
