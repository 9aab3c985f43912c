"""Two providers that have left owe what they took back after they had been paid: one pays in parts, the other has let
its day pass."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from registry.demo import acts
from registry.demo.agenda import Story
from registry.demo.clients import arrive, move_on
from registry.demo.deciding import approve_by_checklist
from registry.demo.past import COACHING
from registry.demo.register import apply_for, business_ids, register
from registry.demo.setting import HISTORY, told
from registry.demo.stage import Firm, Offered, Stage, Town
from registry.providers.keeping.standing import withdraw_admission
from registry.settlement.bank.commands.settings import confirm_setting, propose_setting
from registry.settlement.bank.rules import Route
from registry.settlement.claims.commands import make_claim, tell_receipt
from registry.settlement.claims.queries.owed import claimable
from registry.shared.actor import Role
from registry.shared.period import local_date

TOWN: Final = "oulu"
IBAN: Final = "FI1410093000123458"
"""The number that the banks' own examples of credit transfers use: it is nobody's."""
EACH_VISIT: Final = 250
"""Hundredths of an hour."""
WRONG: Final = "Kirjaus oli väärän asiakkaan setelillä."


@dataclass(frozen=True, slots=True)
class Debtor:
    """A provider that has left, with the one client that it had."""

    facts: dict[str, Any]
    business_id: str
    client: str
    taken_back: int
    """How many of its two visits."""
    claimed: int
    """Days ago; the claim is due in thirty days."""
    paid_cents: int = 0
    paid: int = 0
    """Days ago."""


_OFFER: Final[dict[str, Any]] = {
    "organiser": TOWN,
    "service": COACHING,
    "euros": 60,
    "municipalities": ["564"],
    "languages": ["fi"],
    "accessibility": [],
    "method": "one_to_one",
    "places": 1,
}
DEBTORS: Final = (
    Debtor(
        {
            "code": "haihtuva",
            "name": "Valmennus Haihtuva Oy",
            "form": "company",
            "user": "Hannu Haihtuva",
            "municipality": "564",
            "city": "Oulu",
        },
        business_ids()[60],
        "Sulo Sepitetty",
        taken_back=2,
        claimed=25,
        paid_cents=120_00,
        paid=10,
    ),
    Debtor(
        {
            "code": "lopettanut",
            "name": "Tmi Lauri Lopettanut",
            "form": "sole_trader",
            "user": "Lauri Lopettanut",
            "municipality": "564",
            "city": "Oulu",
        },
        business_ids()[61],
        "Saana Sepitetty",
        taken_back=1,
        claimed=50,
    ),
)


async def owe(stage: Stage) -> Story:
    """Oulu says what account is paid into; then come those who will owe it."""
    yield stage.agenda.days_ago(HISTORY - 20, 9)
    town = stage.towns[TOWN]
    first, second = town.who(Role.FINANCE_OFFICER, 0), town.who(Role.FINANCE_OFFICER, 1)
    async with stage.database.transaction(first.sight) as session:
        setting_id = await propose_setting(
            session,
            actor=first,
            now=stage.now,
            route=Route.ACCOUNTING,
            debtor_name="Oulun työllisyysalue (keksitty)",
            debtor_iban=IBAN,
        )
    async with stage.database.transaction(second.sight) as session:
        await confirm_setting(session, actor=second, now=stage.now, setting_id=setting_id)
    stage.agenda.add(*(_come_and_go(stage, town, debtor) for debtor in DEBTORS))


async def _come_and_go(stage: Stage, town: Town, debtor: Debtor) -> Story:
    """Admitted, two visits with one client, paid for; then it takes visits back, and leaves."""
    yield stage.agenda.days_ago(330, 9)
    firm = await register(stage, debtor.facts, debtor.business_id)
    stage.firms[firm.code] = firm  # as it is for the books; what it offered is no story of the past year
    yield stage.agenda.days_ago(327, 10)
    firm = await _admitted(stage, town, firm)
    yield stage.agenda.days_ago(322, 10)
    visitor = await arrive(stage, town, debtor.client)
    voucher_id = await acts.grant(stage, town, visitor, COACHING)
    yield stage.agenda.days_ago(320, 12)
    assignment_id = await acts.choose(stage, visitor, voucher_id, firm, (TOWN, COACHING))
    await acts.confirm(stage, firm, assignment_id)
    yield stage.agenda.days_ago(312, 13)
    shown = await acts.present(stage, visitor, firm, voucher_id)
    visits = []
    for days in (312, 305):
        yield stage.agenda.days_ago(days, 14)
        visits.append(await acts.redeem(stage, firm, shown, EACH_VISIT, _OFFER["euros"] * 100))
    yield stage.agenda.days_ago(300, 10)
    await acts.cancel(stage, visitor, voucher_id, "moved_away")  # so that nobody waits for another provider
    await move_on(stage, visitor)
    yield stage.agenda.days_ago(240, 10)  # both visits are paid for by now, whatever months they fell in
    for visit in visits[: debtor.taken_back]:
        await acts.reverse(stage, firm, visit, WRONG)
    yield stage.agenda.days_ago(235, 10)
    admission_id = firm.offers[TOWN, COACHING].admission_id
    async with stage.database.transaction(firm.actor.sight) as session:
        await withdraw_admission(session, actor=firm.actor, now=stage.now, admission_id=admission_id)
    yield stage.agenda.days_ago(debtor.claimed, 10)
    claim_id = await _claim(stage, town, firm)
    if debtor.paid_cents:
        yield stage.agenda.days_ago(debtor.paid, 10)
        await _received(stage, town, claim_id, debtor.paid_cents)


async def _admitted(stage: Stage, town: Town, firm: Firm) -> Firm:
    services = {service["code"]: service for service in told("organisers")["service"]}
    application_id = await apply_for(stage, firm, town, _OFFER, services[COACHING])
    admission_id = await approve_by_checklist(
        stage, town.who(Role.REGISTER_OFFICER), application_id, COACHING, own_unit=False
    )
    offers = {(TOWN, COACHING): Offered(admission_id, _OFFER["euros"] * 100, _OFFER)}
    return Firm(firm.code, firm.id, firm.name, firm.actor, offers)


async def _claim(stage: Stage, town: Town, firm: Firm) -> UUID:
    officer = town.who(Role.FINANCE_OFFICER, 0)
    async with stage.database.transaction(officer.sight) as session:
        owed = await claimable(session, organiser_id=town.id, now=stage.now, provider_id=firm.id)
        return await make_claim(
            session, actor=officer, now=stage.now, statement_ids=[one.statement_id for one in owed]
        )


async def _received(stage: Stage, town: Town, claim_id: UUID, cents: int) -> None:
    """The accounting system has it since the day before; the other officer writes it down."""
    officer = town.who(Role.FINANCE_OFFICER, 1)
    async with stage.database.transaction(officer.sight) as session:
        await tell_receipt(
            session,
            actor=officer,
            now=stage.now,
            claim_id=claim_id,
            cents=cents,
            received_on=local_date(stage.now) - timedelta(days=1),
        )
