"""A new organisation comes in, with what the company register says of it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.catalogue.model import Municipality
from registry.people.model import RoleGrant
from registry.providers.company_register.lookups import keep_statement, known_facts
from registry.providers.model import Provider
from registry.providers.rules import PROVIDER_FORMS, search_words, sort_key
from registry.shared.actor import Actor, Role, Sight
from registry.shared.database import see
from registry.shared.errors import Forbidden, Invalid, Refused
from registry.shared.identifiers import format_business_id, is_business_id, uuid7
from registry.shared.texts import single_line

BUSINESS_ID: Final = "fi:business-id"
FORMS_TO_CHOOSE: Final = tuple(form for form in PROVIDER_FORMS if form != "unknown")


@dataclass(frozen=True, slots=True)
class Organisation:
    """What is asked of a new organisation. Name, form and municipality are those of the company register where it has
    been asked and says them; what is typed here stands in for what it does not say."""

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
    registers: Mapping[str, bool] | None = None
    """Prepayment, VAT and employer register, as the applicant states it where the register could not be asked."""


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
    provider_id = await enter_organisation(session, now=now, organisation=organisation)
    if provider_id is None:
        raise Refused("provider.known_already", business_id=format_business_id(organisation.business_id))
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


async def enter_organisation(
    session: AsyncSession, *, now: datetime, organisation: Organisation
) -> UUID | None:
    """Enter an organisation that nobody acts for yet; None where its business id is here already."""
    organisation = await _as_registered(session, organisation)
    values = await _checked(session, organisation)
    made: UUID | None = await session.scalar(
        insert(Provider)
        .values(id=uuid7(), introduction={}, fictional=False, created_at=now, **values)
        .on_conflict_do_nothing(index_elements=["identity_scheme", "identity_value"])
        .returning(Provider.id)
    )
    if made is not None and organisation.registers is not None:
        keep_statement(
            session,
            now=now,
            business_id=str(values["identity_value"]),
            registers=organisation.registers,
        )
    return made


def _seen_as(actor: Actor, provider_id: UUID) -> Sight:
    return Sight(organisers=actor.sight.organisers, provider=provider_id)


async def _as_registered(session: AsyncSession, organisation: Organisation) -> Organisation:
    """With what the company register says in the place of what was typed."""
    if not is_business_id(organisation.business_id):
        return organisation
    known = await known_facts(session, business_id=format_business_id(organisation.business_id))
    if known is None or known.facts is None:
        return organisation
    facts = known.facts
    # a municipality that merged into another may still stand in the register
    code = facts.municipality_code
    home = await session.get(Municipality, code) if code else None
    return replace(
        organisation,
        name=facts.name or organisation.name,
        form=facts.form if facts.form in FORMS_TO_CHOOSE else organisation.form,
        municipality_code=home.code if home is not None else organisation.municipality_code,
        registers=None,
    )


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
