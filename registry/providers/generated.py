"""Many synthetic providers at once, to measure with: invented names over a real service, the same for the same seed."""

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.model import Municipality, Organiser
from registry.providers.commands.applying import limits_of
from registry.providers.model import Admission, Provider
from registry.providers.rules import ACCESSIBILITY, METHODS, search_words, sort_key
from registry.shared.identifiers import uuid7

_FIRST: Final = (  # noqa: SIM905 - words to read, not a list to edit
    "Aallon Ahjon Aurinko Etappi Haukka Havu Helmi Horisontti Iskun Järven Kaarna Kallio Kanto Kide Kipinän Koivu"
    " Kompassi Koski Kuusama Kytö Laine Lehto Lumo Lähteen Majakka Metsä Myrsky Niitty Nousu Otavan Paju Petäjä Polku"
    " Pohjan Rannan Reitti Routa Ruska Saaren Sampo Silta Sointu Suunta Syke Taiga Tammi Tuike Tuuli Tähti Utu Vaahtera"
    " Valo Virran Voima Väylä Ydin Åkerin Ääni Öljy"
).split()
_SECOND: Final = (  # noqa: SIM905 - as above
    "Valmennus Työpaja Uraohjaus Polut Opisto Palvelut Akatemia Koulutus Kumppanit Työelämä Ohjaus Ura Startti Verkko"
).split()
_END: Final = ("Oy", "Ky", "ry", "Tmi", "Osk", "Ab")
_FORMS: Final = {"ry": "association", "Tmi": "sole_trader"}
_LANGUAGES: Final = ("sv", "en", "ru", "et", "ar", "so", "uk")
_CHUNK: Final = 2_000


async def load_generated(
    session: AsyncSession,
    *,
    organiser_id: UUID,
    service_ids: Sequence[UUID],
    count: int,
    seed: int,
    now: datetime | None = None,
) -> list[UUID]:
    """Add `count` fictional providers, each admitted to one to all of the services, and return their ids."""
    chance = random.Random(seed)  # noqa: S311 - invented data, the same for the same seed
    now = now or datetime.now(UTC)
    versions = {service_id: (await limits_of(session, service_id))[1] for service_id in service_ids}
    area = await session.scalar(select(Organiser.employment_area_code).where(Organiser.id == organiser_id))
    places = (
        await session.execute(
            select(Municipality.code, Municipality.name_fi)
            .where(Municipality.employment_area_code == area)
            .order_by(Municipality.code)
        )
    ).all()
    made: list[UUID] = []
    for start in range(0, count, _CHUNK):
        providers: list[dict[str, Any]] = []
        admissions: list[dict[str, Any]] = []
        for number in range(start, min(start + _CHUNK, count)):
            provider = _provider(chance, seed, number, places, now)
            providers.append(provider)
            for service_id in chance.sample(list(service_ids), chance.randint(1, len(service_ids))):
                limits = versions[service_id]
                admissions.append(
                    _admission(chance, provider["id"], service_id, organiser_id, places, now)
                    | {
                        "rule_book_version": limits.rule_book_version,
                        "unit_price_cents": limits.unit_price_ceiling_cents - chance.randrange(0, 20) * 50,
                    }
                )
        await session.execute(insert(Provider.__table__), providers)  # type: ignore[arg-type]
        await session.execute(insert(Admission.__table__), admissions)  # type: ignore[arg-type]
        made += [provider["id"] for provider in providers]
    return made


def _provider(
    chance: random.Random, seed: int, number: int, places: Sequence[Any], now: datetime
) -> dict[str, Any]:
    end = chance.choice(_END)
    name = f"{chance.choice(_FIRST)} {chance.choice(_SECOND)} {number} {end}"
    home = chance.choice(places) if places else None
    city = home.name_fi if home else None
    return {
        "id": uuid7(),
        "identity_scheme": "generated",
        "identity_value": f"{seed}-{number}",
        "name": name,
        "form": _FORMS.get(end, "company"),
        "city": city,
        "municipality_code": home.code if home else None,
        "introduction": {},
        "fictional": True,
        "source": "generated",
        "search_words": search_words(name, city),
        "sort_key": sort_key(name),
        "created_at": now,
    }


def _admission(
    chance: random.Random,
    provider_id: UUID,
    service_id: UUID,
    organiser_id: UUID,
    places: Sequence[Any],
    now: datetime,
) -> dict[str, Any]:
    codes = [place.code for place in places]
    served = sorted(chance.sample(codes, chance.randint(1, len(codes)))) if codes else []
    return {
        "id": uuid7(),
        "provider_id": provider_id,
        "service_id": service_id,
        "organiser_id": organiser_id,
        "state": "suspended" if chance.random() < 0.1 else "active",
        "valid_from": date(2026, 1, 1),
        "vat_rate_bp": chance.choice((0, 2550)),
        "municipality_codes": served,
        "remote": chance.random() < 0.3 or not served,
        "languages": ["fi", *chance.sample(_LANGUAGES, chance.randint(0, 2))],
        "accessibility": chance.sample(ACCESSIBILITY, chance.randint(0, 3)),
        "method": chance.choice(METHODS),
        "first_talk_free": False,
        "places": chance.randint(5, 50),
        "taken": 0,
        "next_start": None,
        "created_at": now,
    }
