"""What a provider does: registers its organisation, applies, answers, withdraws."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.catalogue.model import Municipality, Service, VoucherTerms
from registry.people.model import RoleGrant
from registry.providers.commands.doors import act_for, locked_application, set_application_state
from registry.providers.model import Admission, Application, ApplicationMessage, Provider
from registry.providers.rules import (
    LONGEST_TEXT,
    PROVIDER_FORMS,
    ApplicationState,
    Offer,
    OfferLimits,
    offer_errors,
    search_words,
    sort_key,
)
from registry.shared.actor import Actor, Role, Sight
from registry.shared.database import see
from registry.shared.errors import Forbidden, Invalid, NotFound, Refused
from registry.shared.identifiers import format_business_id, is_business_id, uuid7
from registry.shared.period import local_date
from registry.shared.texts import passage, single_line

BUSINESS_ID: Final = "fi:business-id"
FORMS_TO_CHOOSE: Final = tuple(form for form in PROVIDER_FORMS if form != "unknown")


@dataclass(frozen=True, slots=True)
class Organisation:
    """What is asked of a new organisation."""

    business_id: str
    name: str
    form: str
    municipality_code: str
    email: str
    phone: str = ""
    street: str = ""
    postal_code: str = ""
    city: str = ""
    website: str = ""


async def register_organisation(
    session: AsyncSession, *, actor: Actor, now: datetime, organisation: Organisation
) -> UUID:
    """A new organisation, for which its registrar may act from now on. It is in no register yet: for that it
    applies.

    Its business id must have the right check digit and be new here: an organisation that is known already gives
    its own people their roles, or anyone could take it over. Raises Invalid naming fields, or
    Refused(provider.known_already).
    """
    if actor.kind != "account" or actor.role != Role.PROVIDER_USER or actor.id is None:
        raise Forbidden("door.other_role", role=str(actor.role))
    values = await _checked(session, organisation)
    provider_id = uuid7()
    made = await session.scalar(
        insert(Provider)
        .values(id=provider_id, introduction={}, fictional=False, created_at=now, **values)
        .on_conflict_do_nothing(index_elements=["identity_scheme", "identity_value"])
        .returning(Provider.id)
    )
    if made is None:
        raise Refused("provider.known_already", business_id=values["identity_value"])
    # the registrar's own new role is a row of the new provider, which the session could not see before
    await see(session, _seen_as(actor, provider_id))
    grant = RoleGrant(
        id=uuid7(),
        account_id=actor.id,
        role=str(Role.PROVIDER_USER),
        provider_id=provider_id,
        granted_at=now,
    )
    session.add(grant)
    await session.flush()
    record(
        session,
        actor=actor,
        now=now,
        action="provider.registered",
        subject_kind="provider",
        subject_id=provider_id,
        organiser_id=None,
        facts={"scheme": BUSINESS_ID, "form": organisation.form, "role_grant": grant.id},
    )
    await session.flush()
    await see(session, actor.sight)
    return provider_id


def _seen_as(actor: Actor, provider_id: UUID) -> Sight:
    return Sight(organisers=actor.sight.organisers, provider=provider_id)


async def _checked(session: AsyncSession, organisation: Organisation) -> dict[str, str | None]:
    errors: dict[str, str] = {}

    def line(field: str, text: str, longest: int = 200, required: bool = False) -> str:
        try:
            return single_line(field, text, longest=longest, required=required)
        except Invalid as error:
            errors.update(error.errors)
            return ""

    name = line("name", organisation.name, required=True)
    if name and not search_words(name):
        errors["name"] = "provider.name_unreadable"
    business_id = line("business_id", organisation.business_id, 20, True)
    if "business_id" not in errors and not is_business_id(business_id):
        errors["business_id"] = "provider.business_id_wrong"
    if organisation.form not in FORMS_TO_CHOOSE:
        errors["form"] = "field.not_a_choice"
    municipality = line("municipality_code", organisation.municipality_code, 10, True)
    if municipality and await session.get(Municipality, municipality) is None:
        errors["municipality_code"] = "field.not_a_choice"
    contact = {
        "email": email_address("email", line("email", organisation.email, 254, True), errors),
        "phone": line("phone", organisation.phone, 40) or None,
        "street": line("street", organisation.street) or None,
        "postal_code": line("postal_code", organisation.postal_code, 10) or None,
        "city": line("city", organisation.city) or None,
        "website": web_address("website", line("website", organisation.website), errors),
    }
    if errors:
        raise Invalid("provider.invalid", errors=errors)
    return {
        "identity_scheme": BUSINESS_ID,
        "identity_value": format_business_id(business_id),
        "name": name,
        "form": organisation.form,
        "municipality_code": municipality,
        "search_words": search_words(name, organisation.city),
        "sort_key": sort_key(name),
        **contact,
    }


def email_address(field: str, text: str, errors: dict[str, str]) -> str | None:
    """An address that looks like one; whether it is read shows only by writing to it."""
    if not text:
        return None
    user, at, host = text.rpartition("@")
    if not at or not user or "." not in host.strip(".") or any(c.isspace() for c in text):
        errors.setdefault(field, "field.not_an_email")
    return text


def web_address(field: str, text: str, errors: dict[str, str]) -> str | None:
    """An address that a page may link to: http or https and nothing else, for `javascript:` is an address too."""
    if not text:
        return None
    address = text if "://" in text else f"https://{text}"
    host = address.split("://", 1)[1].split("/", 1)[0]
    if (
        not address.startswith(("https://", "http://"))
        or "." not in host
        or any(c in text for c in ' <>"\\@')
    ):
        errors.setdefault(field, "provider.website_wrong")
    return address


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
    """A provider applies to the service's organiser. One application per service is open at a time, and none while
    an admission stands (a change of that is not a new application).

    Raises Invalid naming what in the offer the service's terms do not allow.
    """
    service, limits = await limits_of(session, service_id)
    await act_for(session, actor=actor, provider_id=provider_id, organiser_id=service.organiser_id)
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
            submitted_by=actor.id,
            submitted_at=now,
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
    if actor.role != Role.PROVIDER_USER:
        raise Forbidden("door.other_role", role=str(actor.role))
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
