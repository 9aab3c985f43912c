"""What providers and their coaches say of themselves."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.providers.coaches.model import CoachOutside
from registry.providers.model import Admission, Coach, Provider
from registry.providers.queries.choosable import OPEN_REGISTER, STANDING


@dataclass(frozen=True, slots=True)
class CoachWords:
    """A coach as the public sees one: first name, languages, own words by language."""

    id: UUID
    first_name: str
    languages: tuple[str, ...]
    statement: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class OwnWords:
    """What a provider and its coaches say of themselves, by language; shown marked as their own words."""

    provider_id: UUID
    introduction: Mapping[str, str]
    coaches: tuple[CoachWords, ...]


async def own_words(
    session: AsyncSession, provider_ids: Sequence[UUID], *, service_id: UUID | None = None
) -> dict[UUID, OwnWords]:
    """The own words of several providers in one query, as clients see them: a coach is there who serves under a standing
    approval, of this service or of any, in the languages in which the coach does."""
    # an approval of the sandbox is nobody's decision: it lets nobody be seen
    approvals = and_(Admission.provider_id == Provider.id, STANDING, OPEN_REGISTER)
    if service_id is not None:
        approvals = and_(approvals, Admission.service_id == service_id)
    rows = await session.execute(
        select(
            Provider.id,
            Provider.introduction,
            Coach,
            CoachOutside.coach_id.is_not(None).label("outside"),
            CoachOutside.languages,
        )
        .outerjoin(Coach, and_(Coach.provider_id == Provider.id, Coach.ended_at.is_(None)))
        .outerjoin(Admission, approvals)
        .outerjoin(
            CoachOutside,
            and_(CoachOutside.admission_id == Admission.id, CoachOutside.coach_id == Coach.id),
        )
        .where(Provider.id.in_(provider_ids))
        .order_by(Provider.id, Coach.created_at, Coach.id)
    )
    introductions: dict[UUID, Mapping[str, str]] = {}
    coaches: dict[UUID, dict[UUID, Coach]] = {}
    spoken: dict[UUID, set[str]] = {}
    for provider_id, introduction, coach, outside, languages in rows:
        introductions[provider_id] = introduction
        under = languages if outside else coach.languages if coach is not None else None
        if under:
            coaches.setdefault(provider_id, {})[coach.id] = coach
            spoken.setdefault(coach.id, set()).update(under)
    return {
        provider_id: OwnWords(
            provider_id,
            introduction,
            tuple(_coach_words(coach, spoken[coach.id]) for coach in coaches.get(provider_id, {}).values()),
        )
        for provider_id, introduction in introductions.items()
    }


async def coaches_inside(session: AsyncSession, provider_id: UUID) -> tuple[CoachWords, ...]:
    """Everyone who works for the provider, part of an approval or not: for the provider itself."""
    rows = await session.scalars(
        select(Coach)
        .where(Coach.provider_id == provider_id, Coach.ended_at.is_(None))
        .order_by(Coach.created_at, Coach.id)
    )
    return tuple(_coach_words(coach, coach.languages) for coach in rows)


def _coach_words(coach: Coach, spoken: Collection[str]) -> CoachWords:
    return CoachWords(
        coach.id,
        coach.first_name,
        tuple(code for code in coach.languages if code in spoken),
        coach.statement,
    )
