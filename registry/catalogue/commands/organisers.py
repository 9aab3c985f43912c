"""Taking an organiser into the installation."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.catalogue.model import EmploymentArea, Organiser
from registry.catalogue.rules import MOST_REPRESENTATION_DAYS, ORGANISER_KINDS, is_code, may_organise
from registry.shared.actor import Actor, Sight
from registry.shared.database import see
from registry.shared.errors import Forbidden, Invalid, Refused, require
from registry.shared.identifiers import format_business_id, is_business_id, uuid7
from registry.shared.texts import single_line


async def create_organiser(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    code: str,
    kind: str,
    name_fi: str,
    name_sv: str,
    name_en: str,
    contact_email: str,
    contact_phone: str = "",
    employment_area_code: str | None = None,
    fictional: bool = False,
) -> UUID:
    """A new organiser; only the system may, for it is whoever runs the installation that takes one in.

    Narrows the transaction's sight to the new organiser, so that its first rows can be written in the same one.
    """
    if actor.kind != "system":
        raise Forbidden("organiser.system_only")
    if not is_code(code):
        raise Invalid("code.malformed", errors={"code": "code.malformed"})
    if kind not in ORGANISER_KINDS:
        raise Invalid("field.not_a_choice", errors={"kind": "field.not_a_choice"})
    require(may_organise(employment_area_code))
    if employment_area_code is not None and await session.get(EmploymentArea, employment_area_code) is None:
        raise Invalid("area.unknown", errors={"employment_area_code": "area.unknown"})
    if await session.scalar(select(Organiser.id).where(Organiser.code == code)) is not None:
        raise Refused("organiser.code_taken", taken=code)
    organiser = Organiser(
        id=uuid7(),
        code=code,
        kind=kind,
        name_fi=single_line("name_fi", name_fi),
        name_sv=single_line("name_sv", name_sv),
        name_en=single_line("name_en", name_en),
        employment_area_code=employment_area_code,
        contact_email=single_line("contact_email", contact_email),
        contact_phone=single_line("contact_phone", contact_phone, longest=40, required=False),
        fictional=fictional,
        created_at=now,
    )
    session.add(organiser)
    await session.flush()
    await see(session, Sight(organisers=(organiser.id,)))
    record(
        session,
        actor=actor,
        now=now,
        action="organiser.created",
        subject_kind="organiser",
        subject_id=organiser.id,
        organiser_id=organiser.id,
        facts={"code": code, "kind": kind, "area": employment_area_code, "fictional": fictional},
    )
    await session.flush()
    return organiser.id


async def tell_business_id(
    session: AsyncSession, *, actor: Actor, now: datetime, organiser_id: UUID, business_id: str
) -> None:
    """Say which business id the organiser buys under: it stands on the invoices that are made here. Only the system may,
    as it is the system that takes an organiser in."""
    if actor.kind != "system":
        raise Forbidden("organiser.system_only")
    if not is_business_id(business_id):
        raise Invalid(
            "identity.business_id_malformed", errors={"business_id": "identity.business_id_malformed"}
        )
    organiser = await session.get_one(Organiser, organiser_id, with_for_update=True)
    organiser.business_id = format_business_id(business_id)
    record(
        session,
        actor=actor,
        now=now,
        action="organiser.business_id_told",
        subject_kind="organiser",
        subject_id=organiser_id,
        organiser_id=organiser_id,
        facts={"business_id": organiser.business_id},
    )
    await session.flush()


async def set_representation_days(
    session: AsyncSession, *, actor: Actor, now: datetime, organiser_id: UUID, days: int
) -> None:
    """Say within how many days whoever asks to act for an organisation is answered; requests that wait already are
    reminded of by it too."""
    if actor.kind != "system":
        raise Forbidden("organiser.system_only")
    if not 1 <= days <= MOST_REPRESENTATION_DAYS:
        raise Invalid("organiser.representation_days", most=MOST_REPRESENTATION_DAYS)
    organiser = await session.get_one(Organiser, organiser_id, with_for_update=True)
    before, organiser.representation_days = organiser.representation_days, days
    record(
        session,
        actor=actor,
        now=now,
        action="organiser.representation_days_set",
        subject_kind="organiser",
        subject_id=organiser_id,
        organiser_id=organiser_id,
        facts={"before": before, "days": days},
    )
    await session.flush()
