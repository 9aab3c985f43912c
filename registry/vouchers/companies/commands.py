"""A company's declaration of the de minimis aid that it has had."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.audit.commands import record
from registry.people.model import Client, ClientPerson
from registry.shared.actor import Actor, Role
from registry.shared.errors import Forbidden, Invalid, NotFound, Refused
from registry.shared.identifiers import uuid7
from registry.shared.period import local_date
from registry.shared.texts import single_line
from registry.vouchers.companies.model import AidDeclaration
from registry.vouchers.companies.rules import declaration_problems

AidLine = tuple[date, str, int]
"""The day of the grant, who granted, cents."""


async def declare_aid(
    session: AsyncSession, *, actor: Actor, now: datetime, client_id: UUID, aid: Sequence[AidLine]
) -> UUID:
    """What de minimis aid the company, with all that belongs to the same single undertaking, has had from anyone else; an
    empty list says that there was none. Said by a representative, or written down by a case worker from a signed form.
    A company without a business id on file cannot declare: nobody could tell whose aid it is."""
    if actor.role not in (Role.CLIENT, Role.CASE_WORKER):
        raise Forbidden("door.other_role", role=str(actor.role))
    client = await session.scalar(select(Client).where(Client.id == client_id).with_for_update())
    if client is None or (actor.role is Role.CLIENT and actor.client_id != client_id):
        raise NotFound("client.unknown")
    if client.kind != "company":
        raise Refused("aid.companies_only")
    known = await session.scalar(
        select(ClientPerson.identity_hash).where(ClientPerson.client_id == client_id)
    )
    if known is None:
        raise Refused("aid.business_id_missing")
    lines = [(day, single_line("aid", granter, longest=200), cents) for day, granter, cents in aid]
    problems = declaration_problems(lines, today=local_date(now))
    if problems:
        raise Invalid("aid.wrong", errors=problems)
    declaration = AidDeclaration(
        id=uuid7(),
        organiser_id=client.organiser_id,
        client_id=client_id,
        aid=[
            {"granted_on": day.isoformat(), "granter": granter, "cents": cents}
            for day, granter, cents in lines
        ],
        declared_at=now,
        declared_by=actor.id,
    )
    session.add(declaration)
    record(
        session,
        actor=actor,
        now=now,
        action="aid.declared",
        subject_kind="client",
        subject_id=client_id,
        organiser_id=client.organiser_id,
        facts={"lines": len(lines), "value_cents": sum(cents for _, _, cents in lines)},
    )
    await session.flush()
    return declaration.id
