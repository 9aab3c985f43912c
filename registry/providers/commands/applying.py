"""What an applicant does: applies, answers, withdraws."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.catalogue.legal_regimes.queries import decide_by
from registry.catalogue.model import Municipality, Service, VoucherTerms
from registry.people.duties import require_office
from registry.providers.commands.doors import (
    act_for,
    locked_application,
    require_provider_user,
    set_application_state,
)
from registry.providers.model import Admission, Application, ApplicationMessage, Provider
from registry.providers.rules import (
    LONGEST_TEXT,
    ApplicationState,
    Offer,
    OfferLimits,
    offer_errors,
)
from registry.shared.actor import Actor
from registry.shared.errors import Invalid, NotFound, Refused
from registry.shared.identifiers import uuid7
from registry.shared.period import local_date
from registry.shared.texts import passage


async def limits_of(session: AsyncSession, service_id: UUID) -> tuple[Service, OfferLimits]:
    """The service and what its terms of today allow an offer to be."""
    service = await session.get(Service, service_id)
    if service is None or not service.active:
        raise NotFound("service.unknown")
    terms = await session.scalar(
        select(VoucherTerms)
        .where(VoucherTerms.service_id == service_id)
        .order_by(VoucherTerms.version.desc())
        .limit(1)
    )
    if terms is None:
        raise Refused("service.no_terms")
    municipalities = frozenset((await session.scalars(select(Municipality.code))).all())
    return service, OfferLimits(
        unit_price_ceiling_cents=terms.unit_price_ceiling_cents,
        own_share_allowed=terms.own_share_allowed and not service.free_by_law,
        rule_book_version=terms.rule_book_version,
        municipalities=municipalities,
    )


async def submit_application(
    session: AsyncSession, *, actor: Actor, now: datetime, provider_id: UUID, service_id: UUID, offer: Offer
) -> UUID:
    """A provider applies to the service's organiser for one service, with an offer and nothing else, as a set-up and
    tests do; people and systems write a draft and send that."""
    service, _ = await limits_of(session, service_id)
    await act_for(session, actor=actor, provider_id=provider_id, organiser_id=service.organiser_id)
    return await insert_application(
        session,
        actor=actor,
        now=now,
        provider_id=provider_id,
        service_id=service_id,
        offer=offer,
        details=None,
    )


def first_day(application: Application, now: datetime) -> date:
    """From when an approval given now holds: at once, or from the later day from which the price was offered. Before
    it there is no price at which anybody could choose the provider."""
    starts = (application.details or {}).get("price_start")
    return max(local_date(now), date.fromisoformat(starts)) if starts else local_date(now)


async def insert_application(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    provider_id: UUID,
    service_id: UUID,
    offer: Offer,
    details: dict[str, Any] | None,
) -> UUID:
    """The application itself, for one who acts for the provider with the organiser in sight. One per service is open
    at a time, and none while an admission stands (a change of that is not a new application).

    Raises Invalid naming what in the offer the service's terms do not allow.
    """
    service, limits = await limits_of(session, service_id)
    if await session.get(Provider, provider_id) is None:
        raise NotFound("provider.unknown")
    await _require_no_admission(session, provider_id, service_id)
    errors = offer_errors(offer, limits, earliest_start=local_date(now))
    if errors:
        raise Invalid("application.offer_invalid", errors=errors)
    application_id: UUID | None = await session.scalar(
        insert(Application)
        .values(
            id=uuid7(),
            organiser_id=service.organiser_id,
            provider_id=provider_id,
            service_id=service_id,
            state=str(ApplicationState.SUBMITTED),
            offer=offer.document(),
            details=details,
            submitted_by=actor.id,
            submitted_at=now,
            due_on=await decide_by(session, service_id, now),
            created_at=now,
        )
        .on_conflict_do_nothing()
        .returning(Application.id)
    )
    if application_id is None:
        raise Refused("application.open_already")
    record(
        session,
        actor=actor,
        now=now,
        action="application.submitted",
        subject_kind="application",
        subject_id=application_id,
        organiser_id=service.organiser_id,
        to_state=str(ApplicationState.SUBMITTED),
        facts={"provider": provider_id, "service": service_id, "rule_book_version": offer.rule_book_version},
    )
    return application_id


async def _require_no_admission(session: AsyncSession, provider_id: UUID, service_id: UUID) -> None:
    standing = await session.scalar(
        select(Admission.state).where(
            Admission.provider_id == provider_id,
            Admission.service_id == service_id,
            Admission.state.in_(("active", "suspended")),
        )
    )
    if standing is not None:
        raise Refused("application.admitted_already", state=standing)


async def _own_application(session: AsyncSession, actor: Actor, application_id: UUID) -> Application:
    """The provider's own application, locked; row-level security hides every other."""
    require_provider_user(actor)
    await require_office(session, actor)
    return await locked_application(session, application_id)


async def give_information(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    application_id: UUID,
    text: str,
    offer: Offer | None = None,
) -> None:
    """Answer the officer's question, with a mended offer where the question was about it; the application is back
    in the queue, at its old place."""
    application = await _own_application(session, actor, application_id)
    said = passage("text", text, longest=LONGEST_TEXT)
    if application.state == ApplicationState.DRAFT:  # which is submitted, not answered
        raise Refused("application.wrong_state", state=application.state, wanted="submitted")
    before = set_application_state(application, ApplicationState.SUBMITTED)
    if offer is not None:
        _, limits = await limits_of(session, application.service_id)
        errors = offer_errors(offer, limits, earliest_start=local_date(now))
        if errors:
            raise Invalid("application.offer_invalid", errors=errors)
        application.offer = offer.document()
    session.add(
        ApplicationMessage(
            id=uuid7(),
            application_id=application.id,
            organiser_id=application.organiser_id,
            provider_id=application.provider_id,
            kind="answer",
            text=said,
            written_by=actor.id,
            written_at=now,
        )
    )
    _record(
        session, actor, now, application, "application.information_given", before, changed=offer is not None
    )


async def withdraw_application(
    session: AsyncSession, *, actor: Actor, now: datetime, application_id: UUID
) -> None:
    """The applicant takes it back, while it is not decided."""
    application = await _own_application(session, actor, application_id)
    before = set_application_state(application, ApplicationState.WITHDRAWN)
    _record(session, actor, now, application, "application.withdrawn", before)


def _record(
    session: AsyncSession,
    actor: Actor,
    now: datetime,
    application: Application,
    action: str,
    before: str,
    **facts: object,
) -> None:
    record(
        session,
        actor=actor,
        now=now,
        action=action,
        subject_kind="application",
        subject_id=application.id,
        organiser_id=application.organiser_id,
        from_state=before,
        to_state=application.state,
        facts={"provider": application.provider_id, **facts},
    )
