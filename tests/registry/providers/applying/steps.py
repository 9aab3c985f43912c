"""A provider that has all that an application asks for besides its answers and papers."""

from registry.providers.bank_accounts.commands import request_account
from registry.providers.coaches.commands import save_coach
from registry.providers.sites.commands import SiteFacts, save_site
from registry.shared.actor import Actor
from registry.shared.database import Database
from tests.builders import NOW

IBAN = "FI2112345600000785"


async def ready(database: Database, actor: Actor) -> None:
    """A site, a coach with a surname and a qualification, and an account that waits for confirmation."""
    async with database.transaction(actor.sight) as session:
        facts = SiteFacts("Keskusta", "Katu 1", "90100", "Oulu", "564")
        await save_site(session, actor=actor, now=NOW, site_id=None, facts=facts)
        await save_coach(
            session, actor=actor, now=NOW, coach_id=None, first_name="Aino", languages=("fi",), statement={},
            surname="Salainen", qualification="Yhteisöpedagogi",
        )  # fmt: skip
        await request_account(session, actor=actor, now=NOW, iban=IBAN)
