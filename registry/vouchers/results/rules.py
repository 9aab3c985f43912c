"""Pay by result: when a milestone may be claimed, who says that it was reached, and when it is paid.

Pure functions over plain values. A voucher by results is paid by milestones alone, each once, at the amount that the
terms named when it was granted; the client need not be there.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from registry.catalogue.rules import Milestone
from registry.shared.actor import Actor, Role
from registry.shared.errors import ACCEPTED, Decision, Refusal
from registry.vouchers.rules import VoucherState


class ClaimState(StrEnum):
    CLAIMED = "claimed"
    HELD = "held"
    """Confirmed, but whether it is paid cannot be said yet: there is no figure to compare with."""
    PAID = "paid"
    REFUSED = "refused"
    REVERSED = "reversed"


C = ClaimState
CLAIM_TRANSITIONS: Final[Mapping[ClaimState, frozenset[ClaimState]]] = {
    C.CLAIMED: frozenset({C.HELD, C.PAID, C.REFUSED}),
    C.HELD: frozenset({C.PAID, C.REFUSED}),
    C.PAID: frozenset({C.REVERSED}),
    C.REFUSED: frozenset(),
    C.REVERSED: frozenset(),
}
STANDING: Final = frozenset({C.CLAIMED, C.HELD, C.PAID})
"""While one of these stands, the milestone cannot be claimed again."""

REFUSAL_REASONS: Final = ("not_reached", "evidence_missing", "other_person", "too_early")
"""Codes, so that no word of a person's life gets into them."""
NOT_ABOVE: Final = "not_above_expected"
NO_FIGURE: Final = "no_figure"

LONGEST_WORDS: Final = 1_000

ANSWERED_WITHIN: Final = timedelta(days=14)
"""So long a client has alone to say whether it was reached; then a case worker may too."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a provider's own clients fared by a frozen release: the observed share and what was to be expected of just
    those clients, in ten-thousandths."""

    observed_bp: int
    expected_bp: int


@dataclass(frozen=True, slots=True)
class Claimable:
    """What a claim needs to know of its voucher, as read under lock."""

    by_results: bool
    state: VoucherState
    first_day: date
    last_day: date
    claim_until: datetime
    available_cents: int
    standing: frozenset[str]
    """Milestones that are claimed or paid."""
    confirmed: bool
    """The pick that the provider was shown the voucher for still stands, and the provider has confirmed the client."""
    admission_active: bool


def milestone_of(milestones: Iterable[Milestone], code: str) -> Milestone | Refusal:
    """The milestone of that name in the terms that the voucher was granted on."""
    for milestone in milestones:
        if milestone.code == code:
            return milestone
    return Refusal("milestone.unknown")


def may_claim(
    held: Claimable,
    milestone: Milestone,
    *,
    reached_on: date,
    now: datetime,
    today: date,
    evidence: frozenset[str],
) -> Decision:
    """A milestone is claimed after it was reached, while the voucher or its claim window lasts, with the evidence that
    the terms ask for: words, a file, or either."""
    if not held.by_results:
        return Refusal("milestone.not_by_results")
    if held.state not in (VoucherState.CHOSEN, VoucherState.IN_USE):
        return Refusal(
            "voucher.not_chosen" if held.state is VoucherState.GRANTED else f"voucher.{held.state}"
        )
    if not held.confirmed:
        return Refusal("choice.not_confirmed")
    if not held.admission_active:
        return Refusal("admission.not_active")
    if now >= held.claim_until:
        return Refusal("voucher.expired", {"until": held.last_day.isoformat()})
    if reached_on > today:
        return Refusal("redemption.date_in_future", {"today": today.isoformat()})
    if not held.first_day <= reached_on <= held.last_day:
        return Refusal(
            "redemption.date_outside_validity",
            {"first_day": held.first_day.isoformat(), "last_day": held.last_day.isoformat()},
        )
    if milestone.code in held.standing:
        return Refusal("milestone.claimed_already")
    if milestone.evidence == "file" and "file" not in evidence:
        return Refusal("milestone.file_missing")
    if not evidence:
        return Refusal("milestone.evidence_missing")
    if milestone.amount_cents > held.available_cents:
        return Refusal(
            "redemption.too_little_value",
            {"price_cents": milestone.amount_cents, "available_cents": held.available_cents},
        )
    return ACCEPTED


def may_confirm(confirmer: str, actor: Actor, *, own_claim: bool, waited: timedelta) -> Decision:
    """Whoever the terms name confirms it: the client, a case worker, or the authority's records (by its own system or a
    file that it loads). A provider never
    confirms its own claim, and nobody stands in for another, but for one: a client who has not answered in
    `ANSWERED_WITHIN` may be answered for by a case worker (a person, who has seen the evidence), for the provider cannot
    be left unpaid, nor the voucher without an end, by somebody's silence. The client may still answer first."""
    worker = actor.role is Role.CASE_WORKER
    in_person = worker and actor.kind == "account"
    allowed = {
        "client": actor.role is Role.CLIENT or (in_person and waited >= ANSWERED_WITHIN),
        "staff": in_person,
        "authority": worker or actor.kind == "system",
    }
    if own_claim or not allowed[confirmer]:
        return Refusal("milestone.other_confirmer", {"confirmer": confirmer})
    return ACCEPTED


def outcome(milestone_above: bool, standing: Standing | None) -> tuple[ClaimState, str | None]:
    """What a confirmed claim becomes. A milestone that is paid only above the expected rate is paid where the share that
    the provider reached with all of its clients in the frozen release is higher than what was to be expected of just
    those clients; is it not, the claim is refused, and without a figure it is held until a release has one."""
    if not milestone_above:
        return C.PAID, None
    if standing is None:
        return C.HELD, NO_FIGURE
    if standing.observed_bp > standing.expected_bp:
        return C.PAID, None
    return C.REFUSED, NOT_ABOVE
