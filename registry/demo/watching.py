"""What a register officer watches after the approval: an inspection held and another planned, something to put right,
a change that waits for a decision, a price that rises once its notice has run."""

from datetime import timedelta
from typing import Final

from registry.demo.agenda import Story
from registry.demo.past import COACHING
from registry.demo.stage import Firm, Stage, Town
from registry.providers.keeping.changes import ask_for_change
from registry.providers.keeping.correcting import report_correction, require_correction
from registry.providers.keeping.inspections import hold_inspection, plan_inspection
from registry.shared.actor import Role
from registry.shared.period import local_date

SEEN: Final = (
    "Kävimme tiloissa ja luimme kymmenen asiakkaan valmennussuunnitelmat. Kahdesta puuttui sovittu seuranta."
    " Tilat ovat ilmoitetun mukaiset."
)
TO_MEND: Final = "Kirjatkaa jokaisen asiakkaan suunnitelmaan, miten sen toteutumista seurataan."
MENDED: Final = "Olemme täydentäneet kaikki suunnitelmat ja lisänneet seurannan mallipohjaan."


async def watch(stage: Stage, town: Town) -> Story:
    """In Oulu: one provider is inspected, two others ask for something."""
    yield stage.agenda.days_ago(34, 9)
    await _inspect(stage, town, stage.firms["ketju-oulu"])
    yield stage.agenda.days_ago(5, 14)
    await _plan(stage, town, stage.firms["mielikuva"])
    yield stage.agenda.days_ago(3, 11)
    await _ask(stage, town, stage.firms["nuorten-tuki"])
    yield stage.agenda.days_ago(2, 10)
    await _raise_price(stage, town, stage.firms["ketju-oulu"])


async def _inspect(stage: Stage, town: Town, firm: Firm) -> None:
    officer = town.who(Role.REGISTER_OFFICER)
    today = local_date(stage.now)
    async with stage.database.transaction(officer.sight) as session:
        inspection_id = await plan_inspection(
            session,
            actor=officer,
            now=stage.now,
            provider_id=firm.id,
            planned_on=today,
            subject="Valmennussuunnitelmat ja tilat",
            service_id=town.services[COACHING],
        )
        await hold_inspection(
            session, actor=officer, now=stage.now, inspection_id=inspection_id, held_on=today, report=SEEN
        )
        corrective_id = await require_correction(
            session,
            actor=officer,
            now=stage.now,
            provider_id=firm.id,
            text=TO_MEND,
            due_on=today + timedelta(days=45),
            inspection_id=inspection_id,
        )
    async with stage.database.transaction(firm.actor.sight) as session:
        await report_correction(
            session, actor=firm.actor, now=stage.now, corrective_id=corrective_id, words=MENDED
        )


async def _plan(stage: Stage, town: Town, firm: Firm) -> None:
    officer = town.who(Role.REGISTER_OFFICER)
    async with stage.database.transaction(officer.sight) as session:
        await plan_inspection(
            session,
            actor=officer,
            now=stage.now,
            provider_id=firm.id,
            planned_on=local_date(stage.now) + timedelta(days=16),
            subject="Esteettömyys: korjattiinko havainnossa mainittu ovi",
        )


async def _ask(stage: Stage, town: Town, firm: Firm) -> None:
    """Another language is for an officer to look at."""
    async with stage.database.transaction(firm.actor.sight) as session:
        await ask_for_change(
            session,
            actor=firm.actor,
            now=stage.now,
            admission_id=firm.offers[town.code, COACHING].admission_id,
            asked={"languages": ["fi", "en", "ar", "so"]},
            words="Uusi valmentajamme puhuu äidinkielenään somalia.",
        )


async def _raise_price(stage: Stage, town: Town, firm: Firm) -> None:
    """Within the ceiling: it needs no decision, but its notice."""
    offer = firm.offers[town.code, COACHING]
    async with stage.database.transaction(firm.actor.sight) as session:
        await ask_for_change(
            session,
            actor=firm.actor,
            now=stage.now,
            admission_id=offer.admission_id,
            asked={"unit_price_cents": offer.price_cents + 100},
            words="Tilavuokra nousee vuodenvaihteessa.",
        )
