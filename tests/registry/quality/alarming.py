"""Clients who were served and who reviewed, written directly: what signs are looked for in."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert

from registry.people.model import Client
from registry.quality.alarms.model import ReviewOrigin
from registry.quality.intake.model import Intake
from registry.quality.model import Review
from registry.quality.rules import ASPECTS
from registry.shared.database import Database
from registry.shared.identifiers import uuid7
from registry.shared.period import local_date
from registry.vouchers.model import Assignment, Presentation, Voucher
from registry.vouchers.redemption.model import Redemption
from tests.builders import NOW, World

WORTH = 600_00
EASY = {"months_unemployed": "under_3", "education": "higher"}
HARD = {"months_unemployed": "24_plus", "education": "basic"}


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


@dataclass(frozen=True, slots=True)
class Served:
    """A client's way through a service: visits as (when, cents), then perhaps a review, and what was known before."""

    provider: int
    visits: Sequence[tuple[datetime, int]]
    reviewed: datetime | None = None
    moment: str = "after"
    place: str | None = None
    facts: dict[str, str] | None = field(default=None)


async def happened(database: Database, world: World, people: Iterable[Served]) -> list[UUID]:
    """Write it all down; the vouchers, in the order of the people."""
    rows: dict[Any, list[dict[str, Any]]] = {
        table: []
        for table in (Client, Voucher, Assignment, Presentation, Redemption, Intake, Review, ReviewOrigin)
    }
    for person in people:
        for table, row in _rows(world, person):
            rows[table].append(row)
    async with database.transaction(world.sight) as session:
        for table, some in rows.items():
            if some:
                await session.execute(insert(table), some)
    return [row["id"] for row in rows[Voucher]]


def _rows(world: World, person: Served) -> Iterable[tuple[Any, dict[str, Any]]]:
    ids = {name: uuid7() for name in ("client", "voucher", "assignment", "presentation", "review")}
    provider_id = world.providers[person.provider]
    whose = {"organiser_id": world.organiser_id}
    first = person.visits[0][0] - timedelta(days=3)
    captured = sum(cents for _, cents in person.visits)
    yield (
        Client,
        whose
        | {"id": ids["client"], "kind": "person", "municipality_code": "564", "language": "fi"}
        | {"service_languages": ["fi"], "accessibility": [], "age_band": "20_24", "created_at": first},
    )
    yield (
        Voucher,
        whose
        | {"id": ids["voucher"], "number": ids["voucher"].hex[-12:], "client_id": ids["client"]}
        | {"service_id": world.service_id, "budget_line_id": world.budget_line_id, "terms_id": world.terms_id}
        | {"granted_at": first, "state": "in_use", "own_share_allowed": False, "rule_book_version": "2026-1"}
        | {"unit_price_ceiling_cents": 60_00, "valid_from": first, "valid_until": NOW + timedelta(days=90)}
        | {"claim_until": NOW + timedelta(days=90), "confirm_within_days": 5, "reservation_days": 14}
        | {"granted_cents": WORTH, "available_cents": WORTH - captured, "captured_cents": captured}
        | {"provider_id": provider_id, "assignment_id": ids["assignment"], "chosen_at": first},
    )
    yield (
        Assignment,
        whose
        | {"id": ids["assignment"], "voucher_id": ids["voucher"], "client_id": ids["client"]}
        | {"provider_id": provider_id, "admission_id": world.admissions[person.provider]}
        | {"state": "confirmed", "agreed_unit_price_cents": 60_00, "vat_rate_bp": 0, "chosen_at": first}
        | {"channel": "self", "answer_due_at": first, "answered_at": first},
    )
    yield (
        Presentation,
        whose
        | {"id": ids["presentation"], "voucher_id": ids["voucher"], "provider_id": provider_id}
        | {"assignment_id": ids["assignment"], "presented_at": first},
    )
    for at, cents in person.visits:
        yield (
            Redemption,
            whose
            | {"id": uuid7(), "voucher_id": ids["voucher"], "presentation_id": ids["presentation"]}
            | {"provider_id": provider_id, "state": "captured", "service_date": local_date(at), "units": 1_00}
            | {"unit_price_cents": cents, "price_cents": cents, "value_cents": cents, "own_share_cents": 0}
            | {"own_share_allowed": False, "net_cents": cents, "vat_rate_bp": 0, "vat_cents": 0}
            | {"created_at": at, "captured_at": at},
        )
    about = {"service_id": world.service_id, "provider_id": provider_id}
    if person.facts is not None:
        yield (
            Intake,
            whose
            | {"voucher_id": ids["voucher"], "service_id": world.service_id, "client_id": ids["client"]}
            | {"age": "20_24", "language": "fi_sv", "area_unemployment": "not_known", "recorded_at": first}
            | person.facts,
        )
    if person.reviewed is not None:
        yield (
            Review,
            whose
            | about
            | {"id": ids["review"], "voucher_id": ids["voucher"], "client_id": ids["client"]}
            | {"moment": person.moment, "comment": None, "submitted_at": person.reviewed}
            | dict.fromkeys(ASPECTS, 9),
        )
        if person.place is not None:
            yield (
                ReviewOrigin,
                whose
                | about
                | {"review_id": ids["review"], "place": person.place.encode(), "at": person.reviewed},
            )
