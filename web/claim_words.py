"""Words of claims on providers, and what the letter says."""

from datetime import date
from typing import Any, Final

from stdnum import iso11649

from registry.settlement.claims.interest import InterestPart
from registry.settlement.claims.queries.views import ClaimView
from registry.settlement.claims.rules import ClaimState
from web.translations import N_, current_language, format_date, format_money, format_month, gettext

STEPS: Final[dict[str, str]] = {
    "reference": N_("by the reference"),
    "hand": N_("by a person"),
    "told": N_("read in the accounting system"),
}


def paper_facts(found: ClaimView, today: date) -> dict[str, Any]:
    """The texts that claim.typ names, in the reader's language. The sum, the day and the account are the claim's own;
    what has come in since is taken off, and what interest has run by today is told beside it."""
    row = found.row
    language = current_language.get()
    organiser = row.organiser_name[language if language in row.organiser_name else "en"]
    iban = " ".join(row.payee_iban[at : at + 4] for at in range(0, len(row.payee_iban), 4))
    return {
        "lang": language,
        "title": gettext("Claim %(number)s", number=row.number),
        "organiser": organiser,
        "provider": row.provider_name,
        "made": gettext("Made on %(day)s", day=format_date(row.made_at)),
        "lead": _lead(found),
        "pay": [
            [gettext("To pay"), format_money(row.left_cents)],
            [gettext("Due"), format_date(row.due_on)],
            [gettext("Account"), iban],
            [gettext("Payee"), row.payee_name],
            [gettext("Reference"), iso11649.format(row.reference)],
        ]
        if row.open
        else [],
        "pay_title": gettext("How to pay"),
        "of_title": gettext("What it is made of"),
        "columns": [gettext("Statement"), gettext("Month"), gettext("Owed")],
        "rows": [
            *([one.number, format_month(one.month), format_money(one.cents)] for one in found.statements),
            [gettext("Total"), "", format_money(row.amount_cents)],
            *([[gettext("Received"), "", format_money(-row.received_cents)]] if row.received_cents else []),
        ],
        "notes": [
            gettext(
                "These statements are negative: visits that had been paid were reversed later. No payment to you"
                " will take them along."
            ),
            gettext("The statements with their lines are in the service, under Statements."),
            *_interest(found, today),
        ],
    }


def _interest(found: ClaimView, today: date) -> list[str]:
    """Of an open claim that is late: what has run, apart from the sum, and for which days nothing could be counted."""
    ran = found.late_interest(today) if found.row.open else None
    if ran is None:
        return []
    told = gettext(
        "Interest for late payment up to %(day)s, by the Interest Act: %(amount)s. It is not in the sum above. The"
        " authority asks for it apart, if it does.",
        day=format_date(ran.until),
        amount=format_money(ran.cents),
    )
    return [*([told] if ran.counted else []), *(unset_rate(part) for part in ran.unknown)]


def unset_rate(part: InterestPart) -> str:
    """That nothing is counted for a half year, and why."""
    return gettext(
        "From %(since)s to %(until)s no interest is counted: the reference rate of that half year is not set in this"
        " service.",
        since=format_date(part.since),
        until=format_date(part.until),
    )


def _lead(found: ClaimView) -> str:
    if found.row.state is ClaimState.CANCELLED:
        return gettext("The claim was cancelled. There is nothing to pay.")
    if not found.row.open:
        return gettext("The claim is settled. There is nothing to pay.")
    return gettext(
        "You owe %(amount)s. Pay it by %(day)s.",
        amount=format_money(found.row.left_cents),
        day=format_date(found.row.due_on),
    )
