"""What a voucher's page shows of its kind, and of decisions against its holder, in the reader's language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from registry.vouchers.adverse.queries import Against
from registry.vouchers.allowances.queries import Allowance
from registry.vouchers.results.queries import MilestoneRow
from web.change_words import REASON_TEXTS
from web.kind_words import (
    CLAIM_REASON_TEXTS,
    CLAIM_TEXTS,
    CONFIRMER_TEXTS,
    HEARD_TEXTS,
    MILESTONE_TEXTS,
)
from web.translations import current_language, format_date, format_money, gettext


@dataclass(frozen=True, slots=True)
class DecisionText:
    """A decision in words, with its instructions as they went out."""

    title: str
    what: str
    reason: str
    heard: str
    document: dict[str, Any]
    pdf: str
    """Where it is on paper."""


def decision_texts(decisions: Sequence[Against], cancel_texts: Mapping[str, str]) -> list[DecisionText]:
    return [_decision(one, cancel_texts) for one in decisions]


def _decision(one: Against, cancel_texts: Mapping[str, str]) -> DecisionText:
    cancelled = one.kind == "cancelled"
    reasons = cancel_texts if cancelled else REASON_TEXTS
    title = gettext("Decision: the voucher is cancelled") if cancelled else gettext("Decision: less value")
    words = gettext(HEARD_TEXTS[one.heard])
    heard = (
        gettext("You were heard: %(how)s, %(day)s.", how=words.lower(), day=format_date(one.heard_on))
        if one.heard_on
        else f"{words}."
    )
    reason = gettext(reasons.get(one.reason, one.reason))
    return DecisionText(
        title=title,
        what=gettext(
            "%(day)s: %(value)s goes back to the authority.",
            day=format_date(one.issued_at),
            value=format_money(one.cents),
        ),
        reason=reason[:1].lower() + reason[1:],
        heard=heard,
        document=one.document.get(current_language.get(), one.document["fi"]),
        pdf=f"/vouchers/{one.voucher_id}/decisions/{one.id}/pdf",
    )


def kind_facts(
    milestones: Sequence[MilestoneRow], allowance: Allowance | None, *, decides: bool
) -> dict[str, Any]:
    """Words for `vouchers/_kind.html`. `decides`: the reader may open the page on which a result is decided."""
    facts: dict[str, Any] = {
        "months": allowance is not None,
        "came": [],
        "sentence": "",
        "decides": decides,
    }
    if milestones:
        facts |= {
            "names": {code: gettext(text) for code, text in MILESTONE_TEXTS.items()},
            "confirmers": {code: gettext(text) for code, text in CONFIRMER_TEXTS.items()},
            "states": {code: gettext(text) for code, text in CLAIM_TEXTS.items()},
            "reasons": {code: gettext(text) for code, text in CLAIM_REASON_TEXTS.items()},
        }
    if allowance is not None:
        facts["sentence"] = _allowance(allowance, staff=decides)
        facts["came"] = [
            (
                format_date(month.begins_on),
                gettext("%(value)s came", value=format_money(month.cents))
                + (
                    "; " + gettext("%(value)s went back", value=format_money(month.returned_cents))
                    if month.returned_cents
                    else ""
                ),
            )
            for month in reversed(allowance.came)
        ]
    return facts


def _allowance(allowance: Allowance, *, staff: bool) -> str:
    said = [
        gettext(
            "%(value)s a month, for at most %(months)s months.",
            value=format_money(allowance.cents),
            months=allowance.months,
        ),
        gettext("What is left of a month stays for the next.")
        if allowance.carry_over
        else gettext("What is left of a month goes back when the next one begins."),
    ]
    if allowance.next_on:
        said.append(gettext("The next month’s sum comes on %(day)s.", day=format_date(allowance.next_on)))
    if staff and allowance.committed_cents:
        aside = format_money(allowance.committed_cents)
        said.append(gettext("%(value)s is set aside in the budget for the months to come.", value=aside))
    return " ".join(said)
