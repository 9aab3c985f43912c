"""Everything that can happen to what a provider owes, once."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from registry.settlement.bank.commands import import_bank_file
from registry.settlement.claims.commands import (
    cancel_claim,
    decide_write_off,
    make_claim,
    propose_write_off,
    undo_receipt,
)
from registry.settlement.claims.queries.views import ClaimView, claim_view
from registry.settlement.claims.rules import NETTING_DAYS
from registry.shared.actor import Actor
from tests.registry.settlement.bank.camt_files import Detail, Entry, File, camt
from tests.registry.settlement.bank.paying import Bank
from tests.registry.settlement.builders import (
    LATER,
    approve,
    close,
    invoice_csv,
    only_statement,
    reverse_at,
    send_invoice,
)

DECEMBER = date(2026, 12, 1)
NOBODY_NETTED = LATER + timedelta(days=NETTING_DAYS + 1)


async def a_debt(bank: Bank, redemption_id: UUID, cents: int, *, provider: int) -> None:
    """A visit that was paid is taken back: claimed, cancelled and claimed again; paid in part, that taken back, the rest
    written off and paid in part after all."""
    database, world = bank.database, bank.world

    async def act(command: Any, *, by: Actor | None = None, **arguments: Any) -> Any:
        actor = by or bank.maker
        async with database.transaction(actor.sight) as session:
            return await command(session, actor=actor, now=NOBODY_NETTED, **arguments)

    async def view(claim_id: UUID) -> ClaimView:
        async with database.transaction(bank.maker.sight) as session:
            found = await claim_view(session, claim_id=claim_id)
        assert found is not None
        return found

    async def pays(part: int, reference: str) -> None:
        entry = Entry(part, (Detail(part, reference=reference, own_ref=f"CLAIM-{part}"),))
        content = camt(File("053", 8, (entry,), statement_id=f"CLAIM-{part}"))
        await act(import_bank_file, file_name="tiliote.xml", content=content)

    at = datetime(2026, 12, 10, 9, tzinfo=UTC)
    await reverse_at(database, world, redemption_id, at, provider=provider)
    await close(database, world, DECEMBER)
    credit = await only_statement(database, world, DECEMBER, provider=provider)
    content = invoice_csv([(redemption_id, -cents)], number="H-1")
    await send_invoice(database, world, credit, content, by=world.provider_actor(provider))
    await approve(database, world, credit, by=bank.maker)
    wrong = await act(make_claim, statement_ids=[credit])
    await act(cancel_claim, claim_id=wrong, reason="väärä tili")
    claim_id = await act(make_claim, statement_ids=[credit])
    reference = (await view(claim_id)).row.reference
    await pays(10_00, reference)
    await act(undo_receipt, receipt_id=(await view(claim_id)).receipts[0].id)
    await pays(5_00, reference)
    await act(propose_write_off, claim_id=claim_id, reason="konkurssi")
    await act(decide_write_off, by=bank.sender, claim_id=claim_id, approve=True)
    await pays(2_00, reference)
    assert (await view(claim_id)).row.state == "written_off"
