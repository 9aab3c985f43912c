"""On what the demonstration's services rest: a rule book that is published, and a legal regime that is confirmed."""

import tomllib
from datetime import time
from pathlib import Path
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.legal_regimes.commands import Confirmation, confirm_regime, set_regime
from registry.catalogue.legal_regimes.loading import regime_digest, templates
from registry.catalogue.legal_regimes.remedy import Office
from registry.catalogue.legal_regimes.rules import Words
from registry.catalogue.rule_books.commands import publish_rule_book
from registry.catalogue.rule_books.rules import Point, PointKind
from registry.demo.stage import Stage, Town
from registry.shared.actor import Actor, Role

BOOKS: Final = Path(__file__).parent / "rule_books.toml"
REGIME: Final = "employment_services_act"
COURTS: Final = {
    "oulu": "Pohjois-Suomen hallinto-oikeus",
    "turku": "Turun hallinto-oikeus",
    "tampere": "Hämeenlinnan hallinto-oikeus",
}
"""The courts are real; their addresses are not given, so that nobody's appeal goes anywhere from a demonstration."""


def book_points(service: str) -> tuple[Point, ...]:
    """The points of a service's rule book."""
    books = tomllib.loads(BOOKS.read_text(encoding="utf-8"))["book"]
    book = next(book for book in books if book["service"] == service)
    return tuple(
        Point(
            code=point["code"],
            kind=PointKind(point["kind"]),
            text=Words(point["fi"], point["sv"], point["en"]),
            legal_basis=point.get("legal_basis"),
        )
        for point in book["point"]
    )


def criteria(service: str) -> tuple[str, ...]:
    """The codes of what is looked at before an approval."""
    return tuple(point.code for point in book_points(service) if point.kind is PointKind.CRITERION)


async def lay_down(
    session: AsyncSession, stage: Stage, town: Town, service_id: UUID, code: str, version: str
) -> None:
    """The administrator publishes the rule book and confirms the regime, every open point settled."""
    administrator: Actor = town.who(Role.ORGANISER_ADMINISTRATOR)
    regime = templates()[REGIME]
    await publish_rule_book(
        session,
        actor=administrator,
        now=stage.now,
        service_id=service_id,
        version=version,
        points=book_points(code),
    )
    await set_regime(session, actor=administrator, now=stage.now, service_id=service_id, regime=regime)
    await confirm_regime(
        session,
        actor=administrator,
        now=stage.now,
        service_id=service_id,
        confirmation=Confirmation(
            digest=regime_digest(regime),
            settled=frozenset(range(len(regime.to_be_confirmed))),
            office=Office(
                "Oikaisuvaatimukset (keksitty)",
                f"oikaisut@{town.code}.invalid",
                "PL 0, 00000 Keksittylä",
                time(16, 0),
            ),
            court=Office(
                COURTS[town.code], f"kirjaamo@{town.code}-ho.invalid", "PL 0, 00000 Keksittylä", time(16, 15)
            ),
            decide_within_days=20,
            hearing_days=10,
        ),
    )
