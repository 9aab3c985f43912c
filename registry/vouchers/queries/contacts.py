"""Who a provider may know a client to be: nobody before it has confirmed, then name and contact."""

from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncSession

from registry.people.model import ClientPerson
from registry.shared.actor import Actor
from registry.shared.database import see


@dataclass(frozen=True, slots=True)
class Contact:
    """Who the client is, as the provider may know it once it has confirmed. A protected identity's contact stays
    with the authority."""

    name: str
    email: str | None
    phone: str | None
    protected: bool


async def see_clients(session: AsyncSession, actor: Actor) -> None:
    """Clients' rows are out of a provider's sight. The queries below name, by the provider's own picks, the few that it
    may see, so the provider's narrowing is lifted for them and put back."""
    await see(session, replace(actor.sight, provider=None))


def contact_of(person: ClientPerson) -> Contact:
    protected = person.protected
    return Contact(
        name=person.name,
        email=None if protected else person.email,
        phone=None if protected else person.phone,
        protected=protected,
    )
