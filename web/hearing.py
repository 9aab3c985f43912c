"""How the holder of a voucher was heard before a decision against them, as a form says it."""

from typing import Any

from registry.vouchers.adverse.rules import IN_PERSON, HeardHow, Hearing
from web.forms import Form
from web.kind_words import HEARD_TEXTS, options


def read_hearing(form: Form) -> Hearing | None:
    how = form.choice("heard", tuple(map(str, HeardHow)))
    on = form.day("heard_on", required=how in IN_PERSON)
    if not how:
        return None
    return Hearing(HeardHow(how), on if how in IN_PERSON else None)


def hearing_choices() -> list[tuple[str, str]]:
    return options(HEARD_TEXTS)


def hearing_body(hearing: Hearing | None) -> dict[str, Any]:
    """For the digest of the request."""
    if hearing is None:
        return {}
    return {"heard": str(hearing.how), "heard_on": hearing.on.isoformat() if hearing.on else None}
