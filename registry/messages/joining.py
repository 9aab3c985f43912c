"""The mail to people who made their account themselves: it goes to an address that nobody here has vouched for, so it
says nothing of anybody, and its link is worth nothing once it is used."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy import select

from registry.messages.mail import UNREACHABLE, Mailer, MailFailed
from registry.messages.texts import MailText
from registry.people.joining.commands import WAIT, issue_code
from registry.people.joining.model import MailedLink
from registry.people.rules import LINK_PATHS
from registry.shared.database import Database

log = structlog.get_logger(__name__)

TEXTS: Final[Mapping[tuple[str, str], MailText]] = {
    ("join", "fi"): MailText(
        "Vahvista osoitteesi",
        "Hei,\n\ntästä pääset alkuun palveluntuottajana:\n\n{link}\n\nLinkki toimii kerran ja kaksi tuntia."
        " Jos et ole pyytänyt tätä, sinun ei tarvitse tehdä mitään.\n",
    ),
    ("join", "sv"): MailText(
        "Bekräfta din adress",
        "Hej!\n\nHär kommer du i gång som tjänsteproducent:\n\n{link}\n\nLänken fungerar en gång och i två timmar."
        " Om du inte har bett om detta behöver du inte göra något.\n",
    ),
    ("join", "en"): MailText(
        "Confirm your address",
        "Hello,\n\nthis is where you start as a service provider:\n\n{link}\n\nThe link works once and for two hours."
        " If you did not ask for it, you need not do anything.\n",
    ),
    ("sign_in", "fi"): MailText(
        "Kirjautumislinkkisi",
        "Hei,\n\nkirjaudu tästä:\n\n{link}\n\nLinkki toimii kerran ja kaksi tuntia. Uuden saat samasta paikasta."
        " Jos et ole pyytänyt tätä, sinun ei tarvitse tehdä mitään.\n",
    ),
    ("sign_in", "sv"): MailText(
        "Din inloggningslänk",
        "Hej!\n\nLogga in här:\n\n{link}\n\nLänken fungerar en gång och i två timmar. En ny får du på samma ställe."
        " Om du inte har bett om detta behöver du inte göra något.\n",
    ),
    ("sign_in", "en"): MailText(
        "Your sign-in link",
        "Hello,\n\nsign in here:\n\n{link}\n\nThe link works once and for two hours. You get a new one in the same place."
        " If you did not ask for it, you need not do anything.\n",
    ),
    ("refused", "fi"): MailText(
        "Pyyntösi on käsitelty",
        "Hei,\n\npyyntöäsi ei hyväksytty. Kysy syytä viranomaiselta, jolle lähetit sen. Voit pyytää"
        " uudelleen:\n\n{link}\n",
    ),
    ("refused", "sv"): MailText(
        "Din begäran har behandlats",
        "Hej!\n\nDin begäran godkändes inte. Fråga myndigheten som du skickade den till om orsaken. Du kan begära på"
        " nytt:\n\n{link}\n",
    ),
    ("refused", "en"): MailText(
        "Your request has been handled",
        "Hello,\n\nyour request was not accepted. Ask the authority that you sent it to for the reason. You can ask"
        " again:\n\n{link}\n",
    ),
}


async def mail_links(
    database: Database, *, mailer: Mailer, base_url: str, now: datetime, limit: int = 50
) -> int:
    """Mail up to `limit` links that wait; how many went. The code is in the mail and nowhere else, so a link that
    could not be sent gets another one the next time."""
    async with database.transaction() as session:
        waiting = list(
            await session.scalars(
                select(MailedLink.id)
                .where(MailedLink.mailed_at.is_(None), MailedLink.created_at > now - WAIT)
                .order_by(MailedLink.created_at, MailedLink.id)
                .limit(limit)
            )
        )
    sent = 0
    for link_id in waiting:
        try:
            await _mail(database, link_id, mailer=mailer, base_url=base_url, now=now)
        except MailFailed as failure:
            # what was prepared is rolled back; a server that is away gets no more of this round, while one address
            # that has to wait holds up nobody else's
            log.warning("joining.mail_failed", code=failure.code)
            if failure.code == UNREACHABLE:
                break
        else:
            sent += 1
    return sent


async def _mail(database: Database, link_id: UUID, *, mailer: Mailer, base_url: str, now: datetime) -> None:
    async with database.transaction() as session:
        row = await session.scalar(
            select(MailedLink)
            .where(MailedLink.id == link_id, MailedLink.mailed_at.is_(None))
            .with_for_update(skip_locked=True)
        )
        if row is None:
            return
        address = f"{base_url.rstrip('/')}{LINK_PATHS[row.purpose]}"
        if row.purpose != "refused":
            address += f"#{await issue_code(session, now=now, link_id=link_id)}"
        row.mailed_at = now
        text = TEXTS[row.purpose, row.language].written(address)
        try:
            await mailer.send(mail_id=row.id, address=row.email, text=text, now=now)
        except MailFailed as failure:
            if not failure.permanent:
                raise
