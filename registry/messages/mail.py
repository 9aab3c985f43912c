"""Handing mail over to a mail server, and what its answers mean for trying again."""

from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Final, Protocol
from uuid import UUID

import aiosmtplib

from registry.messages.texts import MailText
from registry.shared.settings import Settings

UNREACHABLE: Final = "smtp.connect"


class MailFailed(Exception):
    """The mail was not taken. `code` names why without the address, for it ends up in logs; `permanent` is true
    where asking again cannot help."""

    def __init__(self, code: str, *, permanent: bool) -> None:
        super().__init__(code)
        self.code = code
        self.permanent = permanent


class Mailer(Protocol):
    """Where mail goes."""

    @property
    def hands_over(self) -> bool:
        """False for one that only keeps the mail."""

    async def send(self, *, mail_id: UUID, address: str, text: MailText, now: datetime) -> None:
        """Returns once the mail is taken; raises MailFailed."""


class KeepingMailer:
    """For an installation without a mail server: the mail is kept where an administrator can see it."""

    hands_over = False

    async def send(self, *, mail_id: UUID, address: str, text: MailText, now: datetime) -> None:
        written(sender="nobody@registry.invalid", mail_id=mail_id, address=address, text=text, now=now)


@dataclass(frozen=True, slots=True)
class SmtpMailer:
    """Hands mail over by SMTP, one connection each: mail is rare here, and a connection kept open is one more
    thing that fails between two mails."""

    host: str
    port: int
    sender: str
    user: str | None = None
    password: str | None = None
    starttls: bool = False
    timeout: float = 20.0
    hands_over: bool = True

    async def send(self, *, mail_id: UUID, address: str, text: MailText, now: datetime) -> None:
        mail = written(sender=self.sender, mail_id=mail_id, address=address, text=text, now=now)
        try:
            await aiosmtplib.send(
                mail,
                hostname=self.host,
                port=self.port,
                username=self.user,
                password=self.password,
                start_tls=self.starttls,
                timeout=self.timeout,
            )
        except aiosmtplib.SMTPException as failure:
            raise failed(failure) from None
        except OSError:
            raise MailFailed(UNREACHABLE, permanent=False) from None
        except ValueError:
            raise MailFailed("mail.address_malformed", permanent=True) from None


def failed(failure: aiosmtplib.SMTPException) -> MailFailed:
    """What a failure means. A refused recipient or a refused text (5xx) stays refused; a refused sender or sign-in
    is our own configuration, which somebody will mend, so that is tried again like a server that is away."""
    if isinstance(failure, aiosmtplib.SMTPRecipientsRefused):
        worst = min((refusal.code for refusal in failure.recipients), default=550)
        return MailFailed(f"smtp.{worst}", permanent=worst >= 500)
    if isinstance(failure, aiosmtplib.SMTPNotSupported):
        return MailFailed("mail.address_malformed", permanent=True)
    if isinstance(failure, (aiosmtplib.SMTPAuthenticationError, aiosmtplib.SMTPSenderRefused)):
        return MailFailed(f"smtp.{failure.code}", permanent=False)
    if isinstance(failure, aiosmtplib.SMTPResponseException):
        permanent = isinstance(failure, aiosmtplib.SMTPDataError) and failure.code >= 500
        return MailFailed(f"smtp.{failure.code}", permanent=permanent)
    return MailFailed(UNREACHABLE, permanent=False)


def written(*, sender: str, mail_id: UUID, address: str, text: MailText, now: datetime) -> EmailMessage:
    """The mail as it goes over the wire. Its Message-ID is the message's own id, so that a mail handed over twice,
    after a worker died between sending and noting it, can be told for the same one."""
    user, _, domain = address.rpartition("@")
    if not user or not domain:
        raise MailFailed("mail.address_malformed", permanent=True)
    try:
        to = Address(username=user, domain=domain)
        mail = EmailMessage()
        mail["From"] = sender
        mail["To"] = to
        mail["Subject"] = text.subject
        mail["Date"] = format_datetime(now)
        mail["Message-ID"] = f"<{mail_id}@{sender.rpartition('@')[2]}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(text.body)
    except (ValueError, IndexError) as malformed:
        raise MailFailed("mail.address_malformed", permanent=True) from malformed
    return mail


def mailer_from(settings: Settings) -> Mailer:
    """The mailer that the settings ask for."""
    if not settings.smtp_host:
        return KeepingMailer()
    return SmtpMailer(
        host=settings.smtp_host,
        port=settings.smtp_port,
        sender=settings.mail_from,
        user=settings.smtp_user,
        password=settings.smtp_password.get_secret_value() if settings.smtp_password else None,
        starttls=settings.smtp_starttls,
    )
