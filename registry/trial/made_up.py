"""What the real files do not say and the trial makes up: terms, prices, staff and clients. Without chance, so that
two runs on the same folder do the same things."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from registry.catalogue.rules import Terms, value_of
from registry.trial.source import ServiceOfFields, Source

RULE_BOOK: Final = "trial-1"
CASE_WORKERS: Final = 8
BUDGET_LINES: Final = 4


def sentence(source: Source, vouchers: int) -> str:
    """What is real and what is not: the trial's first line."""
    states = ", ".join(f"{n:,} {state}" for state, n in sorted(source.states.items()))
    return (
        f"Real, from {source.folder}: {source.rows:,} providers with number, name, status and languages ({states}),"
        f" {source.outcome_rows:,} rows of outcomes in {source.fields:,} fields of study. Made up: the organiser and"
        f" its staff, {len(source.services)} services from groups of the fields of study"
        f" ({source.without_field:,} approved providers have no known field and share one), voucher terms, prices,"
        f" VAT, places, municipalities served, {vouchers:,} clients, and everything that they do."
    )


def _terms(**given: object) -> Terms:
    common = {
        "value_cents": None, "units": None, "unit_name": None, "validity_days": 180, "shortlist_size": 3,
        "own_share_allowed": False, "claim_window_days": 0, "confirm_within_days": 5, "reservation_days": 14,
        "rule_book_version": RULE_BOOK,
    }  # fmt: skip
    return Terms(**(common | given))  # type: ignore[arg-type]


KINDS: Final[Sequence[Terms]] = (
    _terms(kind="units", units=10_00, unit_name="hour", unit_price_ceiling_cents=60_00),
    _terms(kind="euros", value_cents=480_00, unit_price_ceiling_cents=60_00),
    _terms(
        kind="units", units=6_00, unit_name="session", unit_price_ceiling_cents=60_00, own_share_allowed=True
    ),
    _terms(kind="euros", value_cents=333_33, unit_price_ceiling_cents=60_00, own_share_allowed=True),
)
"""Every kind of voucher there is: hours and sums, with and without an own share of the client."""


def terms_of(place: int) -> Terms:
    """The terms of the organiser's nth service: the kinds in turn."""
    return KINDS[place % len(KINDS)]


def price_of(provider: str, service: str, terms: Terms) -> int:
    """A unit price in cents, within the terms: 36 € to the ceiling, or a quarter above it where the client may pay the
    rest."""
    ceiling = terms.unit_price_ceiling_cents
    most = ceiling * 5 // 4 if terms.own_share_allowed else ceiling
    least = ceiling * 3 // 5
    drawn = int.from_bytes(sha256(f"{provider} {service}".encode()).digest()[:4])
    return least + drawn % (most - least + 1)


def allocation(vouchers: int) -> int:
    """What each budget line is allocated: enough for its vouchers of the dearest kind."""
    return max(value_of(terms) for terms in KINDS) * (vouchers // BUDGET_LINES + 10)


def services_wanted(services: Sequence[ServiceOfFields], vouchers: int) -> list[str]:
    """Which service each voucher is for: in proportion to the approved providers, evenly interleaved."""
    open_to_all = [service for service in services if service.approved]
    whole = sum(service.approved for service in open_to_all)
    credit: dict[str, int] = dict.fromkeys((service.code for service in open_to_all), 0)
    wanted: list[str] = []
    for _ in range(vouchers):
        for service in open_to_all:
            credit[service.code] += service.approved
        code = max(credit, key=lambda c: credit[c])
        credit[code] -= whole
        wanted.append(code)
    return wanted


@dataclass(frozen=True, slots=True)
class MadeUpClient:
    """A client as the trial invents it."""

    number: int
    service_languages: tuple[str, ...]
    accessibility: tuple[str, ...]
    age_band: str
    case_worker: int

    @property
    def name(self) -> str:
        return f"Trial client {self.number + 1}"


_AGE_BANDS: Final = ("under_20", "20_24", "20_24", "25_29", "30_plus")


def client(number: int) -> MadeUpClient:
    """The nth client: nearly all manage in English, one in ten in Spanish too, one in twenty-five needs step-free
    access."""
    return MadeUpClient(
        number=number,
        service_languages=("en", "es") if number % 10 == 4 else ("en",),
        accessibility=("step_free",) if number % 25 == 12 else (),
        age_band=_AGE_BANDS[number % len(_AGE_BANDS)],
        case_worker=number % CASE_WORKERS,
    )


def counted(mapping: Mapping[str, int]) -> str:
    """`465 active, 81 submitted`, for a line of the report."""
    return ", ".join(f"{n:,} {name}" for name, n in sorted(mapping.items()))


def line_code(place: int) -> str:
    """Code of the organiser's nth budget line."""
    return f"TRIAL-{place + 1}"


SHORT_LINE: Final = line_code(BUDGET_LINES)
"""A line with a cent on it: granting from it must be refused."""
