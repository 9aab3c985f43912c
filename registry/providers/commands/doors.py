"""Whose act this is: provider users act for their own organisation, register officers for their own organiser.

Admissions and providers are published tables without row-level security, so the commands themselves ask.
"""

from dataclasses import replace
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.people.model import RoleGrant
from registry.providers.model import Admission, Application, Provider
from registry.providers.rules import (
    AdmissionState,
    ApplicationState,
    correct_admission,
    correct_application,
    move_admission,
    move_application,
)
from registry.shared.actor import Actor, Role, Sight
from registry.shared.database import see
from registry.shared.errors import Forbidden, NotFound, require


def require_officer(actor: Actor) -> None:
    """Decisions on the register are a register officer's."""
    if actor.kind != "system" and actor.role != Role.REGISTER_OFFICER:
        raise Forbidden("door.other_role", role=str(actor.role))


def require_provider_user(actor: Actor) -> UUID:
    """The provider that the actor acts for."""
    if actor.role != Role.PROVIDER_USER:
        raise Forbidden("door.other_role", role=str(actor.role))
    return actor.provider_id


async def act_for(
    session: AsyncSession, *, actor: Actor, provider_id: UUID, organiser_id: UUID | None = None
) -> None:
    """Let the transaction see what it needs to act for this provider towards this organiser, if the actor may.

    A person may act for several organisations, and applies to organisers that the provider has not dealt with yet:
    both lie outside the sight that the session began with. It is narrowed to the one provider again at once.
    """
    own = actor.sight.provider == provider_id
    if not own:
        if actor.kind != "account" or actor.role != Role.PROVIDER_USER or actor.id is None:
            raise NotFound("provider.unknown")
        await see(session, replace(actor.sight, provider=provider_id))
        held = await session.scalar(
            select(RoleGrant.id).where(
                RoleGrant.account_id == actor.id,
                RoleGrant.provider_id == provider_id,
                RoleGrant.ended_at.is_(None),
            )
        )
        if held is None:
            await see(session, actor.sight)
            raise NotFound("provider.unknown")
    organisers = dict.fromkeys([*actor.sight.organisers, *([organiser_id] if organiser_id else [])])
    await see(session, Sight(organisers=tuple(organisers), provider=provider_id))


async def locked_provider(session: AsyncSession, *, actor: Actor, provider_id: UUID) -> Provider:
    """The provider's row, locked, for one who acts for it."""
    await act_for(session, actor=actor, provider_id=provider_id)
    provider = await session.scalar(
        select(Provider)
        .where(Provider.id == provider_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if provider is None:
        raise NotFound("provider.unknown")
    return provider


async def locked_application(session: AsyncSession, application_id: UUID) -> Application:
    """The application, locked: two who decide it at once decide one after the other, and the second finds it
    decided. Row-level security has already hidden other organisers' and providers' applications."""
    application = await session.scalar(
        select(Application)
        .where(Application.id == application_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if application is None:
        raise NotFound("application.unknown")
    return application


async def locked_admission(session: AsyncSession, *, actor: Actor, admission_id: UUID) -> Admission:
    """The admission, locked, if it is the actor's to touch: the organiser's officer's or the provider's own."""
    admission = await session.scalar(
        select(Admission)
        .where(Admission.id == admission_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if admission is None or not _is_of(admission, actor):
        raise NotFound("admission.unknown")
    return admission


def _is_of(admission: Admission, actor: Actor) -> bool:
    if actor.sight.provider is not None:
        return admission.provider_id == actor.sight.provider
    return admission.organiser_id in actor.sight.organisers


def set_application_state(application: Application, to: ApplicationState) -> str:
    """The only way that an application changes state; returns the state it had."""
    before = application.state
    require(move_application(ApplicationState(before), to))
    application.state = str(to)
    return before


def correct_application_state(application: Application, to: ApplicationState) -> str:
    """As `set_application_state`, for a decision that is corrected."""
    before = application.state
    require(correct_application(ApplicationState(before), to))
    application.state = str(to)
    return before


def correct_admission_state(admission: Admission, to: AdmissionState) -> str:
    """As `set_admission_state`, for a decision that is corrected."""
    before = admission.state
    require(correct_admission(AdmissionState(before), to))
    admission.state = str(to)
    return before


def set_admission_state(admission: Admission, to: AdmissionState) -> str:
    """The only way that an admission changes state; returns the state it had."""
    before = admission.state
    require(move_admission(AdmissionState(before), to))
    admission.state = str(to)
    return before
