"""What the bank says of a payment file before it books anything."""

import pytest

from registry.settlement.bank.commands import approve_batch, import_bank_file, make_batch
from registry.settlement.bank.commands.importing import Imported
from registry.settlement.bank.documents import BankFileUnreadable
from registry.settlement.rules import StatementState
from registry.shared.database import Database
from tests.registry.settlement.bank.paying import DAY, Bank, debit, paying_by_file
from tests.registry.settlement.builders import view
from tests.registry.settlement.test_paying import balances

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"


def report(message_id: str, *orders: tuple[str, str, str], group: str = "") -> bytes:
    """(end-to-end id, status, reason) per order."""
    parts = "".join(
        f"<TxInfAndSts><OrgnlEndToEndId>{one}</OrgnlEndToEndId><TxSts>{status}</TxSts>"
        f"<StsRsnInf><Rsn><Cd>{reason}</Cd></Rsn></StsRsnInf></TxInfAndSts>"
        for one, status, reason in orders
    )
    whole = f"<GrpSts>{group}</GrpSts>" if group else ""
    inside = (
        f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>{message_id}</OrgnlPmtInfId>{parts}</OrgnlPmtInfAndSts>"
        if parts
        else ""
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><Document xmlns="{NAMESPACE}"><CstmrPmtStsRpt><GrpHdr><MsgId>S-1</MsgId>'
        f"</GrpHdr><OrgnlGrpInfAndSts><OrgnlMsgId>{message_id}</OrgnlMsgId>{whole}</OrgnlGrpInfAndSts>{inside}"
        "</CstmrPmtStsRpt></Document>"
    ).encode()


async def take(bank: Bank, content: bytes) -> Imported:
    made: Imported = await bank.act(bank.maker, import_bank_file, file_name="vastaus.xml", content=content)
    return made


async def test_a_rejected_order_is_owed_again_and_the_others_stay(database: Database) -> None:
    bank = await paying_by_file(database)
    owed = await bank.owe()
    batch = await bank.order()
    (order,) = await bank.orders()
    accepted = await take(bank, report(batch.hex.upper(), (order.id.hex.upper(), "ACCP", "")))
    assert (accepted.bookings, accepted.run.returned) == (1, 0)
    ((first,), state) = (await bank.orders(), (await view(database, bank.world, owed)).row.state)
    assert (first.bank_status, first.state, state) == ("ACCP", "ordered", StatementState.PAID)
    content = report(batch.hex.upper(), (order.id.hex.upper(), "RJCT", "AC04"))
    rejected = await take(bank, content)
    assert rejected.run.returned == 1
    (first,) = await bank.orders()
    assert (first.bank_status, first.state, first.return_reason) == ("RJCT", "returned", "AC04")
    assert (await view(database, bank.world, owed)).row.state is StatementState.APPROVED
    assert (await balances(database, bank.world))["payable"] == 105_50
    assert not (await take(bank, content)).first
    # said again in other words it changes nothing, and the order that takes its place is another one
    await take(bank, report(batch.hex.upper(), group="RJCT"))
    second = await bank.act(bank.maker, make_batch, execute_on=DAY)
    await bank.act(bank.sender, approve_batch, batch_id=second)
    assert (await balances(database, bank.world))["payable"] == 0


async def test_a_rejected_file_is_owed_again_whole_but_not_what_the_bank_booked(database: Database) -> None:
    bank = await paying_by_file(database)
    await bank.owe()
    batch = await bank.order()
    (order,) = await bank.orders()
    await bank.says(debit(order))
    assert (await take(bank, report(batch.hex.upper(), group="RJCT"))).run.returned == 0
    (order,) = await bank.orders()
    assert (order.state, order.bank_status) == ("booked", "RJCT")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (report("01" * 16, group="RJCT"), "bank.message_unknown"),
        (report("OTHER", group="RJCT"), "bank.message_unknown"),
        (report("{batch}", ("AB" * 16, "RJCT", "")), "bank.order_unknown"),
        (report("{batch}", group="NOPE"), "bank.status"),
        (report("{batch}"), "bank.missing"),
        (report("", group="RJCT"), "bank.missing"),
    ],
)
async def test_what_is_not_about_our_payments_is_refused_whole(
    database: Database, content: bytes, code: str
) -> None:
    bank = await paying_by_file(database)
    await bank.owe()
    batch = await bank.order()
    with pytest.raises(BankFileUnreadable) as refused:
        await take(bank, content.replace(b"{batch}", batch.hex.upper().encode()))
    assert [problem.code for problem in refused.value.problems] == [code]
    (order,) = await bank.orders()
    assert (order.state, order.bank_status) == ("ordered", None)
