"""The accounting export sums to what the ledger moved, entry by entry."""

import csv
import io

import pytest
from sqlalchemy import func, select

from registry.ledger.model import Transfer
from registry.settlement.bank.journal import (
    ACCOUNTS,
    JournalMapping,
    JournalRefused,
    journal_csv,
    read_mapping,
)
from registry.settlement.bank.queries.journal import journal
from registry.shared.database import Database
from registry.shared.money import Money
from registry.shared.period import local_date, month_of
from tests.registry.settlement.bank.paying import NOW, credit, debit, paying_by_file
from tests.registry.settlement.builders import LATER

MAPPING = JournalMapping(
    {name: f"1{n}" for n, name in enumerate(ACCOUNTS)}, {"coaching": "3010"}, {"2550": "A1"}
)


async def test_debit_and_credit_are_what_the_ledger_moved(database: Database) -> None:
    bank = await paying_by_file(database, tolerance_cents=2)
    await bank.owe()
    await bank.order()
    (order,) = await bank.orders()
    await bank.says(debit(order, order.amount_cents + 2))
    await bank.says(credit(order), statement_id="STMT-2")
    async with database.transaction(bank.maker.sight) as session:
        postings = []
        for moment in (NOW, LATER):  # paid in one month, approved in another
            postings += await journal(
                session, organiser_id=bank.world.organiser_id, month=month_of(local_date(moment))
            )
        kinds = ("approve_statement", "pay", "pay_returned", "difference_more")
        moved = await session.scalar(select(func.sum(Transfer.amount_cents)).where(Transfer.kind.in_(kinds)))
    services = {p.service for p in postings if p.service}
    mapping = JournalMapping(MAPPING.accounts, dict.fromkeys(services, "3010"), {"2550": "A1"})
    rows = list(
        csv.DictReader(io.StringIO(journal_csv(postings, mapping).decode("utf-8-sig")), delimiter=";")
    )
    debits = sum(Money.parse(row["debit"]).cents for row in rows)
    assert debits == sum(Money.parse(row["credit"]).cents for row in rows) == moved
    by_account = {name: sum(p.debit_cents for p in postings if p.account == name) for name in ACCOUNTS}
    # owed again: the expense stands, the money is back but for the two cents
    assert by_account["payable"] == -105_50
    assert by_account["expense"] + by_account["vat"] == 105_50
    assert (by_account["bank"], by_account["difference"]) == (-2, 2)
    assert {row["cost_centre"] for row in rows if row["account"] == "10"} == {"3010"}
    assert {row["vat_code"] for row in rows if row["account"] == "10"} == {"A1"}
    with pytest.raises(JournalRefused) as caught:
        journal_csv(postings, JournalMapping({"bank": "1910"}, {}, {}))
    assert {"accounts.expense", "accounts.payable", 'vat_codes."2550"'} <= caught.value.errors.keys()


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (b"\xff", "file"),
        (b"accounts = ", "file"),
        (b"accounts = 1", "accounts"),
        (b"[accounts]\nbank = 1910", "accounts"),
        (b"[accounts]\nbanc = '1910'", "banc"),
    ],
)
def test_a_mapping_that_cannot_be_used_says_where(content: bytes, place: str) -> None:
    with pytest.raises(JournalRefused) as caught:
        read_mapping(content)
    assert place in caught.value.errors
