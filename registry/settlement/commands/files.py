"""Reading an invoice file for a statement, and finding the statement that a file is for."""

from asyncio import to_thread
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import ARRAY, Text, any_, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.providers.model import Provider
from registry.settlement.einvoices.intake import Expected, Read, StatedLine, order_references, take_einvoice
from registry.settlement.einvoices.reading import read_einvoice
from registry.settlement.einvoices.source import looks_like_xml
from registry.settlement.invoice_csv import InvoiceFile, read_invoice
from registry.settlement.invoice_problems import InvoiceUnreadable, of_einvoice
from registry.settlement.model import Statement, StatementLine
from registry.settlement.rules import TAKES_INVOICES
from registry.shared.database import direct_of
from registry.shared.errors import DomainError, Refused

MOST_NAMED: Final = 20
"""References that stand on no statement, as they are named at once."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A file read by itself, before it is held to a statement: an e-invoice or a CSV file, or what is wrong with it."""

    einvoice: Read | None = None
    file: InvoiceFile | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a reference stands: whether it was not taken off there, and whether something is still to be invoiced."""

    stands: bool
    takes_invoices: bool


async def open_file(content: bytes, *, today: date) -> Opened:
    """UBL, Finvoice or CSV by its content. Raises InvoiceUnreadable of a CSV file; what is wrong with an e-invoice is
    told when it is held to its statement."""
    if looks_like_xml(content):
        # five megabytes take some seconds of computing, in which others are served
        return Opened(einvoice=await to_thread(read_einvoice, content))
    return Opened(file=read_invoice(content, today=today))


async def held_to(opened: Opened, content: bytes, expected: Expected | None, *, today: date) -> InvoiceFile:
    """The invoice in a file as it can be matched to its statement; or InvoiceUnreadable. A CSV file is held to nothing
    but its own lines."""
    if opened.file is not None:
        return opened.file
    if expected is None:
        raise LookupError("an e-invoice is held to its statement")
    return await to_thread(take_einvoice, content, expected=expected, today=today, read=opened.einvoice)


_LINES: Final = """
SELECT statement_id, reference, amount_cents, net_cents, vat_rate_bp, vat_category FROM statement_line
WHERE statement_id = ANY ($1::uuid[]) ORDER BY statement_id, position
"""


async def expected_of(session: AsyncSession, statements: Sequence[Statement]) -> dict[UUID, Expected]:
    """What e-invoices for these statements are held to, in two queries."""
    providers = {
        provider.id: provider
        for provider in await session.scalars(
            select(Provider).where(Provider.id.in_({each.provider_id for each in statements}))
        )
    }
    lines: dict[UUID, list[StatedLine]] = {each.id: [] for each in statements}
    for statement_id, *line in await (await direct_of(session)).fetch(_LINES, list(lines)):
        lines[statement_id].append(StatedLine(*line))
    return {
        each.id: Expected(
            seller_scheme=providers[each.provider_id].identity_scheme,
            seller_id=providers[each.provider_id].identity_value,
            references=(each.reference, each.number),
            lines=lines[each.id],
        )
        for each in statements
    }


async def statement_of(session: AsyncSession, content: bytes, *, today: date) -> UUID:
    """The statement in sight that a file says it is for: an e-invoice by its order reference, a CSV file by the lines
    that it refers to.

    Raises InvoiceUnreadable where the file cannot be read, and Refused: invoice.statement_unknown, where it names none
    or more than one, none of them likelier; with what it refers to that is on no statement.
    """
    (found,) = await statements_of(session, [await open_file(content, today=today)])
    if isinstance(found, DomainError):
        raise found
    return found


async def statements_of(session: AsyncSession, opened: Sequence[Opened]) -> list[UUID | DomainError]:
    """As `statement_of`, of many files in two queries."""
    by_order = await _by_order(session, {word for each in opened for word in _orders(each)})
    by_line = await _by_line(session, {word for each in opened for word in _references(each)})
    answers: list[UUID | DomainError] = []
    for each in opened:
        if each.einvoice is not None and each.einvoice[0] is None:
            _, problems, count = each.einvoice
            answers.append(InvoiceUnreadable(of_einvoice(problems), count))
            continue
        found = {i for word in _orders(each) for i in by_order.get(word, ())}
        found |= _likeliest([by_line[word] for word in _references(each) if word in by_line])
        answers.append(found.pop() if len(found) == 1 else _no_one(each, [*by_order, *by_line]))
    return answers


def _no_one(opened: Opened, known: Collection[str]) -> Refused:
    """That the statement of a file is not found; with what it refers to that stands nowhere, as far as it does."""
    unknown = sorted({*_orders(opened), *_references(opened)} - set(known))
    facts = {"on_no_statement": ", ".join(unknown[:MOST_NAMED]), "count": len(unknown)} if unknown else {}
    return Refused("invoice.statement_unknown", **facts)


def _likeliest(places: Sequence[Mapping[UUID, Place]]) -> set[UUID]:
    """The statements that a file can be for, by where each of its references stands; one that stands nowhere says nothing
    of it, and is told line by line once the file is taken in. One that was disputed and came back, or was reversed in a
    later month, stands on several: of those that have all of them, the one on which most were not taken off, and then
    the one that still takes invoices."""
    found = {i for place in places for i in place}
    if len(found) <= 1:
        return found
    whole = [i for i in found if all(i in place for place in places)]
    stand = {i: sum(place[i].stands for place in places) for i in whole}
    best = {i for i in whole if stand[i] == max(stand.values())}
    return best if len(best) == 1 else {i for i in best if places[0][i].takes_invoices}


def _orders(opened: Opened) -> Sequence[str]:
    return order_references(opened.einvoice[0]) if opened.einvoice and opened.einvoice[0] else ()


def _references(opened: Opened) -> set[str]:
    return {line.reference for line in opened.file.lines} if opened.file else set()


async def _by_order(session: AsyncSession, words: Collection[str]) -> dict[str, set[UUID]]:
    found: dict[str, set[UUID]] = defaultdict(set)
    if words:
        named = Statement.reference.in_(words) | Statement.number.in_(words)
        for row in await session.execute(
            select(Statement.id, Statement.reference, Statement.number).where(named)
        ):
            found[row.reference].add(row.id)
            found[row.number].add(row.id)
    return found


async def _by_line(session: AsyncSession, references: Collection[str]) -> dict[str, dict[UUID, Place]]:
    found: dict[str, dict[UUID, Place]] = defaultdict(dict)
    if references:
        wanted = any_(literal(list(references), ARRAY(Text)))
        for reference, statement_id, state, off in await session.execute(
            select(
                StatementLine.reference,
                StatementLine.statement_id,
                Statement.state,
                func.bool_or(StatementLine.dispute_id.is_not(None)),
            )
            .join(Statement, Statement.id == StatementLine.statement_id)
            .where(StatementLine.reference == wanted)
            .group_by(StatementLine.reference, StatementLine.statement_id, Statement.state)
        ):
            found[reference][statement_id] = Place(not off, state in TAKES_INVOICES)
    return found
