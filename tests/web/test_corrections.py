"""A decision is corrected on the officer's page, and by an officer's system; the provider is asked where it matters."""

import httpx
from sqlalchemy import select

from registry.providers.decisions.model import DecisionRecord, Hearing
from registry.shared.actor import Role
from registry.shared.database import Database
from tests.builders import World
from tests.registry.providers.deciding import DUE, LAW
from tests.web.client import sign_in
from tests.web.pdf_text import pdf_text
from tests.web.test_deciding import MARKS, NOT_MET, NOTHING, officer_at, send
from tests.web.test_deciding_api import begun, ok
from tests.web.test_providers_api import caller


async def approved(site: httpx.AsyncClient, database: Database) -> tuple[World, str]:
    """Approved on the pages; the address of the decision."""
    world, at = await officer_at(site, database)
    await send(site, at, NOTHING, f"{at}/declaration")
    await send(site, f"{at}/checklist", MARKS)
    await send(site, at, {"approval_reason": "", "approval_notice": "electronic"}, f"{at}/approve")
    async with database.transaction(world.sight) as session:
        found = await session.scalar(select(DecisionRecord.id))
    return world, f"/decisions/{found}"


async def newest(database: Database, world: World) -> DecisionRecord:
    async with database.transaction(world.sight) as session:
        found = await session.scalar(select(DecisionRecord).order_by(DecisionRecord.id.desc()).limit(1))
    assert found
    return found


async def test_a_slip_is_corrected_and_both_decisions_can_be_read(
    site: httpx.AsyncClient, database: Database
) -> None:
    world, at = await approved(site, database)
    assert "Correct the decision" in (await site.get(at)).text
    slip = MARKS | {
        "ground": "clerical",
        "outcome": "same",
        "reasons": "Oikea paikka on Kempele.",
        "notice": "",
    }
    without = await send(site, f"{at}/correction", slip | {"reasons": "", "legal_basis": "Laki 1 §"})
    assert without.status_code == 422
    assert "Laki 1 §" in without.text
    done = await send(site, f"{at}/correction", slip)
    assert done.headers["location"] == f"{at}?done=corrected"
    second = await newest(database, world)
    await sign_in(site, database, world, Role.PROVIDER_USER)
    first_page = (await site.get(at)).text
    assert "This decision has been corrected" in first_page
    assert "Correct the decision" not in first_page
    page = (await site.get(f"/decisions/{second.id}")).text
    assert "Oikea paikka on Kempele." in page
    assert "Ask for a review" in page
    said = "".join(pdf_text((await site.get(f"/decisions/{second.id}/pdf")).content).split())
    assert "ilmeinenkirjoitus-tailaskuvirhe" in said
    assert (await site.get(f"{at}/correction")).status_code == 403


async def test_a_provider_asks_for_a_correction_and_reads_why_there_is_none(
    site: httpx.AsyncClient, database: Database
) -> None:
    world, at = await approved(site, database)
    await sign_in(site, database, world, Role.PROVIDER_USER)
    assert "Is there an error in the decision?" in (await site.get(at)).text
    empty = await send(site, at, {"error_words": ""}, f"{at}/correction-request")
    assert (empty.status_code, 'href="#f-error_words"' in empty.text) == (422, True)
    told = await send(site, at, {"error_words": "Kunta on <väärin>."}, f"{at}/correction-request")
    assert told.headers["location"] == f"{at}?done=error_told"
    page = (await site.get(at)).text
    assert "Kunta on &lt;väärin&gt;." in page
    assert "Is there an error in the decision?" not in page
    await sign_in(site, database, world, Role.REGISTER_OFFICER)
    queue = (await site.get("/appeals")).text
    assert f'href="{at}/correction"' in queue
    assert "No request waits" not in queue
    assert "(today)" in queue
    assert "A provider points out an error in a decision" in (await site.get("/cases")).text
    assert "Kunta on &lt;väärin&gt;." in (await site.get(f"{at}/correction")).text
    silent = await send(site, f"{at}/correction", {"refusal": ""}, f"{at}/correction/refusal")
    assert silent.status_code == 422
    said = await send(site, f"{at}/correction", {"refusal": "Kunta on oikein."}, f"{at}/correction/refusal")
    assert said.headers["location"] == f"{at}?done=error_answered"
    assert "If there is no error" not in (await site.get(f"{at}/correction")).text
    await sign_in(site, database, world, Role.PROVIDER_USER)
    page = (await site.get(at)).text
    assert "Kunta on oikein." in page
    assert "This answer cannot be appealed against" in page
    assert "Ask for a correction" in page


async def test_the_provider_is_asked_whether_it_agrees(site: httpx.AsyncClient, database: Database) -> None:
    world, at = await approved(site, database)
    worse = NOT_MET | {
        "ground": "evidence",
        "outcome": "rejected",
        "reasons": "Todistus oli toisen.",
        "legal_basis": LAW,
        "notice": "",
    }
    early = await send(site, f"{at}/correction", worse)
    assert early.status_code == 409
    assert "ask whether it agrees" in early.text
    assert "Todistus oli toisen." in early.text
    asked = {"points": ["qualified"], "hearing_text": "Todistus on toisen.", "due_on": DUE.isoformat()}
    nothing = await send(site, f"{at}/correction", asked | {"points": []}, f"{at}/correction/hearing")
    assert nothing.status_code == 422
    heard = await send(site, f"{at}/correction", asked, f"{at}/correction/hearing")
    assert heard.status_code == 303, heard.text[:800]
    async with database.transaction(world.sight) as session:
        hearing_id = await session.scalar(select(Hearing.id))
    await sign_in(site, database, world, Role.PROVIDER_USER)
    own = f"/provider/hearings/{hearing_id}"
    assert "Do you agree that the decision is corrected?" in (await site.get(own)).text
    answered = await send(site, own, {"answer": "Niin oli.", "consents": "yes"})
    assert answered.status_code == 303
    await sign_in(site, database, world, Role.REGISTER_OFFICER)
    assert "Agrees to the correction." in (await site.get(f"{at}/correction")).text
    assert (await send(site, f"{at}/correction", worse)).status_code == 303
    second = await newest(database, world)
    assert (second.kind, second.consent) == ("rejected", "given")


async def test_by_machine_with_a_hearing_and_its_answer(site: httpx.AsyncClient, database: Database) -> None:
    world, provider, officer, at = await begun(site, database)
    await ok(officer.post(f"{at}/declaration", {"ground": "none"}))
    met = [{"code": code, "mark": "met"} for code in ("registered", "qualified")]
    await ok(officer.post(f"{at}/checklist", {"marks": met}))
    await ok(officer.post(f"{at}/approval", {}))
    first = await newest(database, world)
    of = f"/api/v1/decisions/{first.id}"
    told = {"text": "Kunta on väärin."}
    assert (await officer.post(f"{of}/correction-requests", told)).status_code == 403
    await ok(provider.post(f"{of}/correction-requests", told))
    again = await provider.post(f"{of}/correction-requests", told)
    assert (again.status_code, again.json()["code"]) == (409, "correction.asked_already")
    await ok(officer.post(f"{of}/correction-refusal", {"text": "Kunta on oikein."}))
    (row,) = (await ok(provider.get(f"{of}/correction-requests")))["items"]
    assert (row["text"], row["answer"]) == ("Kunta on väärin.", "Kunta on oikein.")
    worse = {
        "ground": "evidence",
        "outcome": "rejected",
        "reasons": "Todistus oli toisen.",
        "legal_basis": LAW,
        "marks": [{"code": "qualified", "mark": "not_met", "note": "Toisen todistus."}],
    }
    early = await officer.post(f"{of}/correction", worse)
    assert (early.status_code, early.json()["code"]) == (409, "correction.consent_missing")
    assert (await provider.post(f"{of}/correction", worse)).status_code == 403
    asked = {"text": "Todistus on toisen.", "points": ["qualified"], "due_on": DUE.isoformat()}
    hearing = await ok(officer.post(f"{of}/correction-hearing", asked))
    own = f"/api/v1/hearings/{hearing['id']}"
    assert (await ok(provider.get(own)))["correcting"] == str(first.id)
    await ok(provider.post(f"{own}/answer", {"text": "Niin oli.", "consents": True}))
    made = await ok(officer.post(f"{of}/correction", worse))
    second = await ok(provider.get(f"/api/v1/decisions/{made['id']}"))
    assert (second["kind"], second["correction"], second["consent"], second["replaces"]) == (
        "rejected",
        "evidence",
        "given",
        str(first.id),
    )
    assert (await ok(provider.get(of)))["replaced_by"] == made["id"]


async def test_a_ruling_of_a_court_on_the_page_and_by_machine(
    site: httpx.AsyncClient, database: Database
) -> None:
    world, at = await approved(site, database)
    filed = {"court": "Pohjois-Suomen hallinto-oikeus", "docket": "00123/26", "filed_on": "2026-11-23"}
    early = await send(site, at, filed, f"{at}/court")
    assert early.status_code == 422
    assert "00123/26" in early.text
    entered = await send(site, at, filed | {"filed_on": "2026-11-22"}, f"{at}/court")
    assert entered.headers["location"] == f"{at}?done=court_entered"
    officer = await caller(site, database, world, Role.REGISTER_OFFICER)
    provider = await caller(site, database, world, Role.PROVIDER_USER)
    of = f"/api/v1{at}/court-appeals"
    (row,) = (await ok(provider.get(of)))["items"]
    assert (row["state"], row["docket"]) == ("pending", "00123/26")
    ruling = {"outcome": "rejected", "ruled_on": "2026-11-22", "ruling": "Valitus hylätään."}
    settle = f"/api/v1/court-appeals/{row['id']}/ruling"
    assert (await provider.post(settle, ruling)).status_code == 403
    await ok(officer.post(settle, ruling))
    assert "Valitus hylätään." in (await site.get(at)).text
    again = await officer.post(settle, ruling)
    assert (again.status_code, again.json()["code"]) == (409, "court.settled_already")
