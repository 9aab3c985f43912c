"""Consenting to self-billing, taking it back, and making a statement's invoice."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from stdnum.fi import alv

from registry.audit.commands import record
from registry.catalogue.model import Organiser
from registry.people.duties import require_office
from registry.providers.bank_accounts.model import BankAccount
from registry.providers.model import Provider
from registry.settlement.commands.invoicing import ReceivedInvoice, receive_together
from registry.settlement.commands.statements import finance_only, lock_statement
from registry.settlement.einvoices.invoice import Address, Party
from registry.settlement.einvoices.writing_ubl import write_ubl
from registry.settlement.model import Invoice, Statement
from registry.settlement.queries import LineView, statement_view
from registry.settlement.rules import TAKES_INVOICES
from registry.settlement.selfbilling.making import (
    BilledLine,
    Untaxed,
    by_invoice,
    category_of,
    make_invoice,
    may_bill,
)
from registry.settlement.selfbilling.model import SelfBillingConsent
from registry.shared.actor import Actor, Role
from registry.shared.errors import Forbidden, Invalid, NotFound, Refused, require
from registry.shared.identifiers import uuid7
from registry.shared.period import local_date
from registry.shared.texts import single_line

CATEGORIES = ("E", "AE", "Z", "O")


async def give_consent(
    session: AsyncSession,
    *,
    actor: Actor,
    now: datetime,
    organiser_id: UUID,
    vat_id: str,
    untaxed_category: str,
    untaxed_reason: str,
) -> UUID:
    """The provider lets one organiser make its invoices. Only somebody of its office may say so, and what it says of its
    VAT is what the invoices will say."""
    await _provider_office(session, actor)
    if organiser_id not in actor.sight.organisers:
        raise NotFound("organiser.unknown")
    number = _vat_number(vat_id)
    if untaxed_category not in CATEGORIES:
        raise Invalid("request.invalid", errors={"untaxed_category": "field.invalid"})
    needed = untaxed_category != "Z"
    reason = single_line("untaxed_reason", untaxed_reason, longest=70, required=needed)
    made: UUID | None = await session.scalar(
        insert(SelfBillingConsent)
        .values(
            id=uuid7(),
            organiser_id=organiser_id,
            provider_id=actor.provider_id,
            vat_id=number,
            untaxed_category=untaxed_category,
            untaxed_reason=reason,
            given_at=now,
            given_by=actor.id,
        )
        .on_conflict_do_nothing()
        .returning(SelfBillingConsent.id)
    )
    if made is None:
        raise Refused("selfbilling.given_already")
    _record(session, actor, now, "self_billing.consented", made, organiser_id)
    return made


async def end_consent(session: AsyncSession, *, actor: Actor, now: datetime, organiser_id: UUID) -> None:
    """Take the consent back. Invoices that were made stand; the next ones the provider sends itself."""
    await _provider_office(session, actor)
    ended: UUID | None = await session.scalar(
        update(SelfBillingConsent)
        .where(
            SelfBillingConsent.organiser_id == organiser_id,
            SelfBillingConsent.provider_id == actor.provider_id,
            SelfBillingConsent.ended_at.is_(None),
        )
        .values(ended_at=now, ended_by=actor.id)
        .returning(SelfBillingConsent.id)
    )
    if ended is None:
        raise Refused("selfbilling.no_consent")
    _record(session, actor, now, "self_billing.ended", ended, organiser_id)


async def bill_statement(
    session: AsyncSession, *, actor: Actor, now: datetime, statement_id: UUID
) -> tuple[ReceivedInvoice, ...]:
    """Make the invoice of a statement, or of what was on one that was made here and sent back, and take it in by the same
    door, and the same checks, as one that the provider sends. Two of them where some of it is outside VAT and some is
    not; they are matched together.

    Raises Refused: selfbilling.no_consent, selfbilling.not_registered, selfbilling.invoiced,
    selfbilling.buyer_id_missing, selfbilling.account_missing, statement.<state>.
    """
    finance_only(actor)
    statement = await lock_statement(session, statement_id)
    if statement.state not in TAKES_INVOICES:
        raise Refused(f"statement.{statement.state}")
    found = await statement_view(session, statement_id=statement_id)
    lines = found.billable if found is not None else []
    if not lines:
        raise Refused("selfbilling.invoiced")
    # locked: a consent that is taken back meanwhile waits, or is gone before the invoice
    consent = await session.scalar(
        select(SelfBillingConsent)
        .where(
            SelfBillingConsent.organiser_id == statement.organiser_id,
            SelfBillingConsent.provider_id == statement.provider_id,
            SelfBillingConsent.ended_at.is_(None),
        )
        .with_for_update(read=True)
    )
    if consent is None:
        raise Refused("selfbilling.no_consent")
    received = await receive_together(
        session,
        actor=actor,
        now=now,
        statement_id=statement_id,
        files=await _write(session, statement, lines, consent, now),
    )
    made = [one.invoice_id for one in received]
    await session.execute(update(Invoice).where(Invoice.id.in_(made)).values(self_billed=True))
    return received


async def _write(
    session: AsyncSession,
    statement: Statement,
    lines: Sequence[LineView],
    consent: SelfBillingConsent,
    now: datetime,
) -> list[tuple[str, bytes]]:
    """The invoices' file names and bytes."""
    untaxed = Untaxed(consent.untaxed_category, consent.untaxed_reason)
    billed = [
        BilledLine(
            line.reference,
            f"{line.service_name['fi']} {line.service_date:%d.%m.%Y}"[:100],
            line.net_cents,
            line.amount_cents,
            line.vat_rate_bp,
            line.vat_category,
            line.vat_reason,
        )
        for line in lines
    ]
    provider = await session.get_one(Provider, statement.provider_id)
    organiser = await session.get_one(Organiser, statement.organiser_id)
    categories = frozenset(category_of(line, untaxed) for line in billed)
    buyer_id = organiser.business_id or ""
    require(may_bill(vat_id=consent.vat_id, buyer_id=buyer_id, categories=categories))
    iban = await session.scalar(
        select(BankAccount.iban).where(
            BankAccount.provider_id == provider.id, BankAccount.state == "in_force"
        )
    )
    if iban is None:
        raise Refused("selfbilling.account_missing")
    before = await session.scalar(
        select(func.count()).where(Invoice.statement_id == statement.id, Invoice.self_billed)
    )
    made = [
        make_invoice(
            together,
            number=_number(statement, place),
            day=local_date(now),
            seller=_seller(provider, consent),
            buyer=Party(organiser.name_fi, buyer_id, address=Address(country="FI")),
            reference=statement.reference,
            iban=iban,
            untaxed=untaxed,
            note="Itselaskutus – Självfakturering – Self-billing",
        )
        for place, together in enumerate(by_invoice(billed, untaxed), start=(before or 0) + 1)
    ]
    return [(f"{invoice.number}.xml", write_ubl(invoice)) for invoice in made]


def _seller(provider: Provider, consent: SelfBillingConsent) -> Party:
    business_id = provider.identity_value
    address = Address(provider.street or "", provider.postal_code or "", provider.city or "", "FI")
    return Party(provider.name, business_id, consent.vat_id or "", address)


def _number(statement: Statement, place: int) -> str:
    """`SB202610000018`: the digits of the statement's reference, and from the second invoice that is made for it on a
    count. Finvoice takes at most 20 characters."""
    base = f"SB{statement.reference[4:]}"
    return base if place == 1 else f"{base}-{place}"


async def _provider_office(session: AsyncSession, actor: Actor) -> None:
    if actor.role != Role.PROVIDER_USER or actor.kind != "account":
        raise Forbidden("door.other_role", role=str(actor.role))
    await require_office(session, actor)


def _vat_number(text: str) -> str | None:
    """`FI12345678`, or None when nothing was given: not registered."""
    plain = "".join(text.split()).upper()
    if not plain:
        return None
    if not plain.startswith("FI") or not alv.is_valid(plain):
        raise Invalid("request.invalid", errors={"vat_id": "selfbilling.vat_id"})
    return f"FI{alv.compact(plain)}"


def _record(
    session: AsyncSession, actor: Actor, now: datetime, action: str, consent_id: UUID, organiser_id: UUID
) -> None:
    record(
        session,
        actor=actor,
        now=now,
        action=action,
        subject_kind="self_billing_consent",
        subject_id=consent_id,
        organiser_id=organiser_id,
        facts={"provider": actor.provider_id},
    )
