"""Reading an answer of the open company register (YTJ open data, version 3): JSON in, facts out. Pure.

Whatever shows that the answer is not about the company asked for, or that a part of it was lost, makes the whole of it
unusable. Read with care, as observed in the register:
- an entry whose `endDate` is null is current, and may still say "unregistered" or "ceased" (types 0, 2, 3, 4);
- `status` is "2" for the living and the dead alike, so nothing here looks at it;
- a sole trader is not in the open data: that a business id is not found does not mean that it does not exist.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum
from typing import Any, Final

from registry.providers.company_register.rules import (
    Address,
    CompanyFacts,
    Register,
    Situation,
    SituationKind,
    Standing,
)

LONGEST: Final = 200
"""Characters of a name or a line of an address; what is longer is left out, for half a name is a wrong one."""


class Unusable(StrEnum):
    """Why an answer cannot be used."""

    MALFORMED = "malformed"
    WRONG_COMPANY = "wrong_company"
    SEVERAL_COMPANIES = "several_companies"


class AnswerUnusable(Exception):
    """The answer is not one to the question that was asked."""

    def __init__(self, why: Unusable) -> None:
        super().__init__(str(why))
        self.why = why


_REGISTERS: Final = dict(zip("12345678", Register, strict=True))
_IN_FORCE: Final[Mapping[Register, frozenset[str]]] = {
    Register.PREPAYMENT: frozenset({"1", "55"}),
    Register.VAT: frozenset({"1", "80", "82", "83"}),
    Register.EMPLOYER: frozenset({"1", "41"}),
}
_ORDINARY: Final = frozenset({"1"})
_NOT_IN_FORCE: Final = frozenset({"0", "2", "3", "4"})
"""Unregistered; removed; start-up not registered; ceased."""
_REGISTERED_WORDS: Final = frozenset({"rekisterissä", "registrerad", "registered"})

_SITUATIONS: Final = {
    "KONK": SituationKind.BANKRUPTCY,
    "SELTILA": SituationKind.LIQUIDATION,
    "SANE": SituationKind.RESTRUCTURING,
}

_FORM_CODES: Final[Mapping[str, tuple[int, ...]]] = {
    "company": (5, 8, 11, 12, 13, 14, 15, 16, 17, 19, 20, 23, 24, 30, 60, 80, 83, 84, 85),
    "sole_trader": (26,),
    "association": (6, 21, 25, 29, 31, 35, 38, 44, 45, 46, 71),
    "foundation": (18, 39),
    "public_body": (22, 40, 41, 42, 43, 48, 49, 61, 62, 64),
}
"""Our legal forms and the register's codes of them (code list YRMU). Religious communities are asked what
associations are; what is in none of these is "unknown", and the applicant says."""
_FORMS: Final = {str(code): form for form, codes in _FORM_CODES.items() for code in codes}

_VISITING, _POSTAL = 1, 2
_CURRENT_NAME: Final = "1"


def read_answer(document: object, *, business_id: str) -> CompanyFacts | None:
    """The facts in an answer to the question for `business_id` (as 1234567-8); None where the register knows none.

    Raises AnswerUnusable.
    """
    if not isinstance(document, dict):
        raise AnswerUnusable(Unusable.MALFORMED)
    companies = _records(document, "companies", needed=True) or []
    if not companies:
        if document.get("totalResults", 0) != 0:
            raise AnswerUnusable(Unusable.MALFORMED)
        return None
    ours = [company for company in companies if _business_id(company) == business_id]
    if not ours:
        raise AnswerUnusable(Unusable.WRONG_COMPANY)
    if len(companies) > 1:
        raise AnswerUnusable(Unusable.SEVERAL_COMPANIES)
    return _facts(ours[0], business_id)


def _facts(company: Mapping[str, Any], business_id: str) -> CompanyFacts:
    form_code = _form_code(company)
    addresses = _records(company, "addresses") or []
    return CompanyFacts(
        business_id=business_id,
        name=_name(company),
        form=_FORMS.get(form_code or "", "unknown"),
        form_code=form_code,
        visiting=_address(addresses, _VISITING),
        postal=_address(addresses, _POSTAL),
        registers=_standings(_records(company, "registeredEntries")),
        situations=_situations(_records(company, "companySituations")),
        ceased_on=_day(company.get("endDate")),
    )


# --- the parts ------------------------------------------------------------------------------------------------------


def _records(holder: Mapping[str, Any], field: str, *, needed: bool = False) -> list[dict[str, Any]] | None:
    """A list of objects; None where it is missing. Anything else in its place makes the answer unusable: who reads
    on may miss the one entry that matters."""
    found = holder.get(field)
    if found is None and not needed:
        return None
    if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
        raise AnswerUnusable(Unusable.MALFORMED)
    return found


def _business_id(company: Mapping[str, Any]) -> object:
    identity = company.get("businessId")
    return identity.get("value") if isinstance(identity, dict) else None


def _day(value: object) -> date | None:
    """A day that is missing is None; one that cannot be read may be the end of something, so nothing is built on it."""
    if value is None or value == "":
        return None
    try:
        if isinstance(value, str):
            return date.fromisoformat(value[:10])
    except ValueError:
        pass
    raise AnswerUnusable(Unusable.MALFORMED)


def _current(records: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [record for record in records if _day(record.get("endDate")) is None]


def _newest(records: Iterable[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    return max(records, key=lambda record: _day(record.get("registrationDate")) or date.min, default=None)


def _code(value: object) -> str | None:
    """Codes come as text, and addresses' as numbers: both are read."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return None
    return str(value).strip() or None


def _line(value: object) -> str | None:
    if not isinstance(value, str):
        return None
    line = " ".join(value.split())
    return line if line and len(line) <= LONGEST and line.isprintable() else None


def _name(company: Mapping[str, Any]) -> str | None:
    """The name in force: neither a translation, nor an auxiliary name, nor one from before."""
    named = _records(company, "names") or []
    newest = _newest(_current(entry for entry in named if _code(entry.get("type")) == _CURRENT_NAME))
    return _line(newest.get("name")) if newest else None


def _form_code(company: Mapping[str, Any]) -> str | None:
    newest = _newest(_current(_records(company, "companyForms") or []))
    return _code(newest.get("type")) if newest else None


def _standings(entries: list[dict[str, Any]] | None) -> dict[Register, Standing]:
    if entries is None:
        return dict.fromkeys(Register, Standing.UNCLEAR)
    said: dict[Register, set[Standing]] = {register: set() for register in Register}
    for entry in _current(entries):
        register = _REGISTERS.get(_code(entry.get("register")) or "")
        if register:
            said[register].add(_standing(register, entry))
    return {register: _together(standings) for register, standings in said.items()}


def _standing(register: Register, entry: Mapping[str, Any]) -> Standing:
    """By the entry's type; a type that is new to us by its words, when those are the plain "registered"."""
    kind = _code(entry.get("type"))
    if kind in _NOT_IN_FORCE:
        return Standing.NOT_IN_FORCE
    if kind in _IN_FORCE.get(register, _ORDINARY):
        return Standing.IN_FORCE
    words = {(_line(text.get("description")) or "").casefold() for text in _texts(entry)}
    return Standing.IN_FORCE if words and words <= _REGISTERED_WORDS else Standing.UNCLEAR


def _texts(entry: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = entry.get("descriptions")
    return [text for text in found if isinstance(text, dict)] if isinstance(found, list) else []


def _together(standings: set[Standing]) -> Standing:
    """Several entries may stand side by side (liable to VAT for this and that); those that contradict each other
    say nothing."""
    if not standings:
        return Standing.NOT_IN_FORCE
    if standings == {Standing.IN_FORCE, Standing.UNCLEAR}:
        return Standing.IN_FORCE
    return standings.pop() if len(standings) == 1 else Standing.UNCLEAR


def _situations(entries: list[dict[str, Any]] | None) -> tuple[Situation, ...] | None:
    if entries is None:
        return None
    found = []
    for entry in _current(entries):
        code = _code(entry.get("type")) or "?"
        kind = _SITUATIONS.get(code.upper(), SituationKind.OTHER)
        found.append(Situation(kind=kind, code=code[:20], since=_day(entry.get("registrationDate"))))
    return tuple(sorted(found, key=lambda situation: (situation.kind, situation.code)))


def _address(addresses: Iterable[Mapping[str, Any]], kind: int) -> Address | None:
    newest = _newest(_current(a for a in addresses if _code(a.get("type")) == str(kind)))
    if newest is None:
        return None
    offices = newest.get("postOffices")
    offices = [o for o in offices if isinstance(o, dict)] if isinstance(offices, list) else []
    office = next((o for o in offices if _code(o.get("languageCode")) == "1"), offices[0] if offices else {})
    return Address(
        street=_street(newest),
        postal_code=_digits(newest.get("postCode"), 5),
        city=_line(office.get("city")),
        municipality_code=_digits(office.get("municipalityCode"), 3),
    )


def _street(address: Mapping[str, Any]) -> str | None:
    """Street, number, staircase and flat stand apart in the answer."""
    street = _line(address.get("street"))
    if street is None:
        return None
    flat = "".join(_line(address.get(part)) or "" for part in ("apartmentNumber", "apartmentIdSuffix"))
    parts = (street, _line(address.get("buildingNumber")), _line(address.get("entrance")), flat)
    return _line(" ".join(part for part in parts if part))


def _digits(value: object, length: int) -> str | None:
    return value if isinstance(value, str) and re.fullmatch(rf"[0-9]{{{length}}}", value) else None
