"""Who takes part in a matter: the person behind the actor, what they have declared, and whether they may go on."""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.people.model import Account, ApiToken, RoleGrant
from registry.providers.commands.doors import require_officer
from registry.providers.decisions.model import Appeal, ImpartialityDeclaration
from registry.providers.decisions.rules import Declared, Ground, Subject, may_take_part
from registry.providers.model import Admission, Application, Provider
from registry.shared.actor import Actor
from registry.shared.errors import Invalid, NotFound, Refused, require
from registry.shared.identifiers import uuid7
from registry.shared.texts import passage, single_line

RECENTLY: Final = timedelta(days=365)
"""Who acted for a provider so lately is not the one to decide about it."""


async def person_behind(session: AsyncSession, actor: Actor) -> UUID | None:
    """The account that acts: of a token, whoever made it. None of the system itself."""
    if actor.kind == "token":
        maker: UUID | None = await session.scalar(select(ApiToken.created_by).where(ApiToken.id == actor.id))
        if maker is None:
            raise Refused("decision.person_unknown")
        return maker
    return actor.id if actor.kind == "account" else None


async def name_of(session: AsyncSession, account_id: UUID | None) -> str:
    """The name under which somebody decides; empty of the system."""
    if account_id is None:
        return ""
    return (await session.scalar(select(Account.display_name).where(Account.id == account_id))) or ""


async def language_of(session: AsyncSession, account_id: UUID | None) -> str:
    """The language of a person, or of whoever made the token that this is: what is sent to those for whom they act is
    written in it. Finnish where nobody is known."""
    if account_id is None:
        return "fi"
    maker = select(ApiToken.created_by).where(ApiToken.id == account_id).scalar_subquery()
    found = select(Account.language).where(Account.id == func.coalesce(maker, account_id))
    return (await session.scalar(found)) or "fi"


async def declared_by(session: AsyncSession, account_id: UUID, subject_id: UUID) -> Declared | None:
    """What the person has declared about the matter. A ground that was once declared stays."""
    row = await session.scalar(
        select(ImpartialityDeclaration)
        .where(
            ImpartialityDeclaration.subject_id == subject_id,
            ImpartialityDeclaration.account_id == account_id,
        )
        .order_by(
            ImpartialityDeclaration.ground.is_(None),
            ImpartialityDeclaration.declared_at.desc(),
            ImpartialityDeclaration.id.desc(),
        )
        .limit(1)
    )
    if row is None:
        return None
    return Declared(Ground(row.ground) if row.ground else None, row.body_running, row.body_deciding)


async def acts_for(session: AsyncSession, account_id: UUID, provider_id: UUID, now: datetime) -> bool:
    """Whether the person acts for the provider, or did until lately."""
    found = await session.scalar(
        select(RoleGrant.id)
        .where(
            RoleGrant.account_id == account_id,
            RoleGrant.provider_id == provider_id,
            or_(RoleGrant.ended_at.is_(None), RoleGrant.ended_at > now - RECENTLY),
        )
        .limit(1)
    )
    return found is not None


async def require_impartial(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    provider_id: UUID,
    organiser_id: UUID,
    subject_id: UUID,
    first_word: bool = False,
) -> Declared:
    """Raise unless this person may take part in the matter. `first_word`: asking the applicant for more goes without a
    declaration, never against one."""
    person = await person_behind(session, actor)
    if person is None:
        return Declared(None)
    declared = await declared_by(session, person, subject_id)
    if first_word and declared is None:
        declared = Declared(None)
    own = await session.scalar(select(Provider.own_production_of).where(Provider.id == provider_id))
    require(
        may_take_part(
            declared,
            acts_for_provider=await acts_for(session, person, provider_id, now),
            own_production=own == organiser_id and not first_word,
        )
    )
    return declared or Declared(None)


async def declare_impartiality(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    subject: Subject,
    subject_id: UUID,
    ground: Ground | None,
    note: str = "",
    body_running: str = "",
    body_deciding: str = "",
) -> UUID:
    """Say, before taking part, that nothing disqualifies oneself, or what does (Administrative Procedure Act § 28).
    Whoever declares a ground is out of the matter from then on, and no later declaration brings them back."""
    require_officer(actor)
    person = await person_behind(session, actor)
    if person is None:
        raise Refused("decision.person_unknown")
    organiser_id, provider_id = await matter_of(session, actor=actor, subject=subject, subject_id=subject_id)
    before = await declared_by(session, person, subject_id)
    if before is not None and before.ground is not None:
        raise Refused("impartiality.barred", ground=str(before.ground))
    said = passage("note", note, longest=1000, required=ground is Ground.OTHER)
    bodies = (
        single_line("body_running", body_running, required=False),
        single_line("body_deciding", body_deciding, required=False),
    )
    if ground is None:
        own = await session.scalar(select(Provider.own_production_of).where(Provider.id == provider_id))
        problem = may_take_part(
            Declared(None, *bodies),
            acts_for_provider=await acts_for(session, person, provider_id, now),
            own_production=own == organiser_id,
        )
        require(problem)
    row = ImpartialityDeclaration(
        id=uuid7(),
        organiser_id=organiser_id,
        subject_kind=str(subject),
        subject_id=subject_id,
        account_id=person,
        ground=str(ground) if ground else None,
        note=said,
        body_running=bodies[0],
        body_deciding=bodies[1],
        declared_at=now,
    )
    session.add(row)
    record(
        session,
        actor=actor,
        now=now,
        action="impartiality.declared",
        subject_kind=str(subject),
        subject_id=subject_id,
        organiser_id=organiser_id,
        facts={"provider": provider_id, "ground": str(ground) if ground else "none"},
    )
    await session.flush()
    return row.id


async def matter_of(
    session: AsyncSession, *, actor: Actor, subject: Subject, subject_id: UUID
) -> tuple[UUID, UUID]:
    """Organiser and provider of a matter in sight."""
    table: Any = {
        Subject.APPLICATION: Application,
        Subject.ADMISSION: Admission,
        Subject.APPEAL: Appeal,
    }[subject]
    found = (
        await session.execute(
            select(table.organiser_id, table.provider_id).where(
                table.id == subject_id, table.organiser_id.in_(actor.sight.organisers)
            )
        )
    ).one_or_none()
    if found is None:
        raise NotFound(f"{subject}.unknown")
    return found.organiser_id, found.provider_id


def read_ground(text: str) -> Ground | None:
    """`none`, or one of the grounds."""
    if text == "none":
        return None
    try:
        return Ground(text)
    except ValueError:
        raise Invalid("field.not_a_choice", errors={"ground": "field.not_a_choice"}) from None
