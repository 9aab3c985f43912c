"""Who one can sign in as in the demonstration. Nothing here may be reached without REGISTRY_DEMO=1."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.model import Organiser
from registry.people.model import Account, ClientPerson, RoleGrant
from registry.shared.actor import Role, Sight
from registry.shared.database import see


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Someone of the demonstration: `at` names the organiser in the three languages, or is empty for providers."""

    role_grant_id: UUID
    account_id: UUID
    role: Role
    name: str
    provider_id: UUID | None
    organiser_code: str
    at: dict[str, str]


async def demo_people(session: AsyncSession, *, per_role: int = 40) -> list[DemoPerson]:
    """Everyone with a role, by role, organiser and name; at most `per_role` of each role at each organiser.

    Widens the transaction to all organisers: that is what the demonstration's door is for, and why it exists
    nowhere else.
    """
    await see(session, Sight(organisers=tuple(await session.scalars(select(Organiser.id)))))
    # whoever acts for a client signs in under the own name, not the client's
    name = case(
        (RoleGrant.guardian | RoleGrant.representative, Account.display_name),
        else_=func.coalesce(ClientPerson.name, Account.display_name),
    )
    place = (
        func.row_number()
        .over(
            partition_by=(RoleGrant.role, RoleGrant.organiser_id),
            order_by=(RoleGrant.granted_at, RoleGrant.id),
        )
        .label("place")
    )
    found = (
        select(
            RoleGrant.id,
            RoleGrant.account_id,
            RoleGrant.role,
            RoleGrant.provider_id,
            name.label("name"),
            Organiser.code,
            Organiser.name_fi,
            Organiser.name_sv,
            Organiser.name_en,
            place,
        )
        .join(Account, Account.id == RoleGrant.account_id)
        .outerjoin(Organiser, Organiser.id == RoleGrant.organiser_id)
        .outerjoin(ClientPerson, ClientPerson.client_id == RoleGrant.client_id)
        .where(RoleGrant.ended_at.is_(None), Account.disabled_at.is_(None))
        .subquery()
    )
    rows = await session.execute(select(found).where(found.c.place <= per_role))
    order = {role: place for place, role in enumerate(Role)}
    people = [
        DemoPerson(
            role_grant_id=row.id,
            account_id=row.account_id,
            role=Role(row.role),
            name=row.name,
            provider_id=row.provider_id,
            organiser_code=row.code or "",
            at={"fi": row.name_fi or "", "sv": row.name_sv or "", "en": row.name_en or ""},
        )
        for row in rows
    ]
    return sorted(people, key=lambda p: (order[p.role], p.organiser_code, p.name.casefold()))
