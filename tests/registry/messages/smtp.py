"""A real mail server on localhost that a test can make misbehave."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP

from registry.messages.mail import SmtpMailer


@dataclass
class Postman:
    """What the server was given, and what it answers: an SMTP line per address instead of taking its mail."""

    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    refuse_recipient: dict[str, str] = field(default_factory=dict)
    refuse_data: str | None = None
    refuse_sender: str | None = None
    port: int = 0

    @property
    def mailer(self) -> SmtpMailer:
        return SmtpMailer(
            host="127.0.0.1", port=self.port, sender="viestit@registry.invalid", starttls=False, timeout=5.0
        )

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if self.refuse_sender:
            return self.refuse_sender
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if address in self.refuse_recipient:
            return self.refuse_recipient[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.refuse_data:
            return self.refuse_data
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        self.recipients += envelope.rcpt_tos
        return "250 taken"


@asynccontextmanager
async def mail_server() -> AsyncIterator[Postman]:
    """A mail server on a free port, in the test's own loop."""
    postman = Postman()
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(postman, hostname="localhost"), host="127.0.0.1", port=0
    )
    try:
        postman.port = server.sockets[0].getsockname()[1]
        yield postman
    finally:
        server.close()
        await server.wait_closed()
