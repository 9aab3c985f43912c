"""Services and the versions of their voucher terms."""

from dataclasses import asdict, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy import text as sql
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.catalogue.model import Service, VoucherTerms
from registry.catalogue.rules import AUDIENCES, Terms, is_code, terms_fit_service, terms_problems, value_of
from registry.shared.actor import Actor
from registry.shared.errors import Invalid, NotFound, Refused, require
from registry.shared.identifiers import uuid7
from registry.shared.texts import passage, single_line

NAMES: Final = ("name_fi", "name_sv", "name_en")
DESCRIPTIONS: Final = ("description_fi", "description_sv", "description_en")
CHANGEABLE: Final = (*NAMES, *DESCRIPTIONS, "free_by_law", "active")


async def create_service(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    code: str,
    name_fi: str,
    name_sv: str,
    name_en: str,
    audience: str,
    free_by_law: bool,
    description_fi: str = "",
    description_sv: str = "",
    description_en: str = "",
    organiser_id: UUID | None = None,
) -> UUID:
    """A service of the actor's organiser (the system names it). Vouchers of it can be granted once it has terms."""
    organiser_id = organiser_id if actor.kind == "system" and organiser_id else actor.organiser_id
    if not is_code(code):
        raise Invalid("code.malformed", errors={"code": "code.malformed"})
    if audience not in AUDIENCES:
        raise Invalid("field.not_a_choice", errors={"audience": "field.not_a_choice"})
    texts = _texts(
        {
            "name_fi": name_fi,
            "name_sv": name_sv,
            "name_en": name_en,
            "description_fi": description_fi,
            "description_sv": description_sv,
            "description_en": description_en,
        }
    )
    taken = select(Service.id).where(Service.organiser_id == organiser_id, Service.code == code)
    if await session.scalar(taken) is not None:
        raise Refused("service.code_taken", taken=code)
    service = Service(
        id=uuid7(),
        organiser_id=organiser_id,
        code=code,
        audience=audience,
        free_by_law=free_by_law,
        active=True,
        created_at=now,
        **texts,
    )
    session.add(service)
    record(
        session,
        actor=actor,
        now=now,
        action="service.created",
        subject_kind="service",
        subject_id=service.id,
        organiser_id=organiser_id,
        to_state="active",
        facts={"code": code, "audience": audience, "free_by_law": free_by_law},
    )
    await session.flush()
    return service.id


async def change_service(
    session: AsyncSession, *, actor: Actor, now: datetime, service_id: UUID, **changed: Any
) -> None:
    """Change texts, `active` or `free_by_law`. Code and audience stay: vouchers and admissions were made for them.

    A service that becomes free by law while its terms take an own share is refused: publish terms without one first.
    """
    unknown = set(changed) - set(CHANGEABLE)
    if unknown:
        raise TypeError(f"no such fields of a service: {sorted(unknown)}")
    service = await locked_service(session, actor, service_id)
    values = {**changed, **_texts({f: v for f, v in changed.items() if f in (*NAMES, *DESCRIPTIONS)})}
    if values.get("free_by_law"):
        current = await current_terms(session, service_id)
        if current is not None:
            require(terms_fit_service(free_by_law=True, own_share_allowed=current.own_share_allowed))
    different = sorted(field for field, value in values.items() if getattr(service, field) != value)
    if not different:
        return
    was_active = service.active
    for field in different:
        setattr(service, field, values[field])
    record(
        session,
        actor=actor,
        now=now,
        action="service.changed",
        subject_kind="service",
        subject_id=service.id,
        organiser_id=service.organiser_id,
        from_state="active" if was_active else "closed",
        to_state="active" if service.active else "closed",
        facts={"changed": different, "free_by_law": service.free_by_law},
    )


async def publish_terms(
    session: AsyncSession, *, actor: Actor, now: datetime, service_id: UUID, terms: Terms
) -> UUID:
    """The next version of a service's voucher terms; returns its id. Vouchers granted earlier keep theirs.

    Raises Invalid naming each wrong field, Refused(terms.own_share_on_free_service) or, when nothing differs from the
    version in force, Refused(terms.unchanged).
    """
    service = await locked_service(session, actor, service_id)
    if terms.kind == "results" and terms.milestones:  # the ceiling is the dearest of them
        dearest = max(int(one.get("amount_cents", 0)) for one in terms.milestones)
        terms = replace(terms, unit_price_ceiling_cents=dearest)
    problems = terms_problems(terms)
    if problems:
        raise Invalid("terms.wrong", errors=problems)
    if terms.expected_release_id is not None:
        await _require_release(session, service.organiser_id, terms.expected_release_id)
    require(terms_fit_service(free_by_law=service.free_by_law, own_share_allowed=terms.own_share_allowed))
    if terms.de_minimis and (service.audience != "company" or terms.kind == "allowance"):
        raise Invalid("terms.wrong", errors={"de_minimis": "terms.de_minimis_for_companies"})
    values = asdict(terms) | {"value_cents": value_of(terms)}
    current = await current_terms(session, service_id)
    if current is not None and all(getattr(current, field) == value for field, value in values.items()):
        raise Refused("terms.unchanged", version=current.version)
    version = 1 if current is None else current.version + 1
    row = VoucherTerms(id=uuid7(), service_id=service_id, version=version, created_at=now, **values)
    session.add(row)
    record(
        session,
        actor=actor,
        now=now,
        action="terms.published",
        subject_kind="service",
        subject_id=service_id,
        organiser_id=service.organiser_id,
        from_state=None if current is None else str(current.version),
        to_state=str(version),
        facts={"terms_id": row.id, **{name: value for name, value in values.items() if value is not None}},
    )
    await session.flush()
    return row.id


async def _require_release(session: AsyncSession, organiser_id: UUID, release_id: UUID) -> None:
    """A release of the same organiser: what is expected of its providers stands in no other."""
    known = await session.scalar(sql("SELECT organiser_id FROM release WHERE id = :id"), {"id": release_id})
    if known != organiser_id:
        raise Invalid("terms.wrong", errors={"expected_release_id": "terms.release_unknown"})


async def locked_service(session: AsyncSession, actor: Actor, service_id: UUID) -> Service:
    """The service, locked, if it is one of the actor's organiser: services are published, so row-level security does
    not keep organisers' hands off each other's."""
    service = await session.scalar(
        select(Service)
        .where(Service.id == service_id, Service.organiser_id.in_(actor.sight.organisers))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if service is None:
        raise NotFound("service.unknown")
    return service


async def current_terms(session: AsyncSession, service_id: UUID) -> VoucherTerms | None:
    found: VoucherTerms | None = await session.scalar(
        select(VoucherTerms)
        .where(VoucherTerms.service_id == service_id)
        .order_by(VoucherTerms.version.desc())
        .limit(1)
    )
    return found


def _texts(given: dict[str, str]) -> dict[str, str]:
    """Names in all three languages, for every page exists in all three; descriptions as far as they are written.
    All that is wrong is said at once."""
    cleaned: dict[str, str] = {}
    errors: dict[str, str] = {}
    for field, text in given.items():
        try:
            cleaned[field] = (
                single_line(field, text) if field in NAMES else passage(field, text, required=False)
            )
        except Invalid as wrong:
            errors |= wrong.errors
    if errors:
        raise Invalid("service.wrong", errors=errors, longest=200)
    return cleaned
