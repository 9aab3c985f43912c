"""Reading requests to act for an organisation, for the officers whom they were sent to."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.model import Municipality, Organiser
from registry.people.model import Account
from registry.providers.commands.registering import BUSINESS_ID
from registry.providers.model import Provider
from registry.providers.representing.commands import has_people
from registry.providers.representing.model import Representation
from registry.providers.representing.rules import answer_by
from registry.shared.errors import NotFound
from registry.shared.period import local_date


@dataclass(frozen=True, slots=True)
class RepresentationRow:
    """A request, with who asks."""

    id: UUID
    business_id: str
    name: str
    form: str
    municipality: str
    words: str
    person: str
    email: str
    state: str
    asked_at: datetime
    answer_by: date
    """When the officers are reminded of it."""
    decided_at: datetime | None
    reason: str | None


async def representations_asked(session: AsyncSession, *, organiser_id: UUID) -> list[RepresentationRow]:
    """Those that wait, the oldest first."""
    return await _rows(
        session, Representation.organiser_id == organiser_id, Representation.state == "asked", limit=200
    )


async def representation_of(
    session: AsyncSession, *, organiser_id: UUID, representation_id: UUID
) -> RepresentationRow:
    rows = await _rows(
        session,
        Representation.organiser_id == organiser_id,
        Representation.id == representation_id,
        limit=1,
    )
    if not rows:
        raise NotFound("representation.unknown")
    return rows[0]


async def known_here(session: AsyncSession, business_id: str) -> tuple[str, bool] | None:
    """(name, whether somebody acts for it) of an organisation that is here already."""
    provider = await session.scalar(
        select(Provider).where(
            Provider.identity_scheme == BUSINESS_ID, Provider.identity_value == business_id
        )
    )
    return None if provider is None else (provider.name, await has_people(session, provider.id))


async def _rows(
    session: AsyncSession, *conditions: ColumnElement[bool], limit: int
) -> list[RepresentationRow]:
    rows = await session.execute(
        select(Representation, Account, Municipality.name_fi, Organiser.representation_days)
        .join(Organiser, Organiser.id == Representation.organiser_id)
        .join(Account, Account.id == Representation.account_id)
        .join(Municipality, Municipality.code == Representation.municipality_code)
        .where(*conditions)
        .order_by(Representation.asked_at, Representation.id)
        .limit(limit)
    )
    return [
        RepresentationRow(
            id=row.id,
            business_id=row.business_id,
            name=row.name,
            form=row.form,
            municipality=municipality,
            words=row.words,
            person=account.display_name,
            email=account.email or "",
            state=row.state,
            asked_at=row.asked_at,
            answer_by=answer_by(local_date(row.asked_at), days=days),
            decided_at=row.decided_at,
            reason=row.reason,
        )
        for row, account, municipality, days in rows
    ]
