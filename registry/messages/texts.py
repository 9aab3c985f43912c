"""The words of the mail: that there is a message and where to sign in, and nothing else.

That someone is a client is itself secret, and mail is read over shoulders and by relays: so no name, no service,
no authority, no hint of the matter, in every language alike.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class MailText:
    subject: str
    body: str

    def written(self, link: str) -> "MailText":
        return MailText(self.subject, self.body.replace("{link}", link))


NEUTRAL: Final[Mapping[str, MailText]] = {
    "fi": MailText(
        "Sinulle on uusi viesti",
        "Hei,\n\nsinulle on uusi viesti. Lue se kirjautumalla palveluun:\n\n{link}\n\n"
        "Turvallisuussyistä viestin sisältö näkyy vasta, kun olet kirjautunut. Tähän sähköpostiin ei voi vastata.\n",
    ),
    "sv": MailText(
        "Du har ett nytt meddelande",
        "Hej!\n\nDu har ett nytt meddelande. Logga in för att läsa det:\n\n{link}\n\n"
        "Av säkerhetsskäl visas innehållet först när du har loggat in. Du kan inte svara på det här e-postmeddelandet.\n",
    ),
    "en": MailText(
        "You have a new message",
        "Hello,\n\nyou have a new message. Sign in to read it:\n\n{link}\n\n"
        "For safety, the message is shown only after you have signed in. You cannot reply to this e-mail.\n",
    ),
}


def neutral(language: str, base_url: str) -> MailText:
    """The mail in the account's language; Finnish where it is none of ours."""
    return NEUTRAL.get(language, NEUTRAL["fi"]).written(f"{base_url.rstrip('/')}/sign-in")
