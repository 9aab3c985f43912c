"""Files that come with an answer and with a request for review: what is taken, until when, and who may have it."""

from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import func, select

from registry.audit.model import AuditEvent
from registry.providers.decisions.attachments.commands import MOST
from registry.providers.decisions.attachments.model import Attachment
from registry.providers.decisions.model import DecisionRecord, Hearing
from registry.shared.actor import Role
from registry.shared.database import Database
from tests.builders import World
from tests.registry.providers.deciding import DUE, LAW
from tests.registry.providers.files.samples import pdf
from tests.web.client import api_token, hidden, post_form, sign_in
from tests.web.test_deciding import NOT_MET, NOTHING, officer_at, send
from tests.web.test_deciding_api import begun, ok

PAPER = pdf()
PAGE = b"%PDF-1.7\n<html><script>alert(1)</script></html>"


async def attach(
    site: httpx.AsyncClient, page: str, to: str, content: bytes = PAPER, name: str = "todistus.pdf"
) -> httpx.Response:
    shown = await site.get(page)
    key = hidden(shown, "idempotency_key") + "file"
    return await post_form(
        site, to, {"idempotency_key": key}, files={"file": (name, content, "application/pdf")}
    )


async def heard(site: httpx.AsyncClient, database: Database) -> tuple[World, str, str]:
    """An application whose applicant is being heard, the provider signed in; its address and the hearing's."""
    world, at = await officer_at(site, database)
    await send(site, at, NOTHING, f"{at}/declaration")
    await send(site, f"{at}/checklist", NOT_MET)
    asked = {"points": ["qualified"], "hearing_text": "Koulutus puuttuu.", "due_on": DUE.isoformat()}
    await send(site, f"{at}/hearing", asked)
    async with database.transaction(world.sight) as session:
        hearing_id = await session.scalar(select(Hearing.id))
    await sign_in(site, database, world, Role.PROVIDER_USER)
    return world, at, f"/provider/hearings/{hearing_id}"


async def rows(database: Database, world: World) -> list[Attachment]:
    async with database.transaction(world.sight) as session:
        return list(await session.scalars(select(Attachment).order_by(Attachment.added_at, Attachment.id)))


async def test_files_come_before_the_answer_and_after_it_and_not_after_the_decision(
    site: httpx.AsyncClient, database: Database
) -> None:
    world, at, own = await heard(site, database)
    taken = await attach(site, own, f"{own}/files", name="../../etc/todistus;.exe")
    assert taken.headers["location"] == f"{own}?done=attached", taken.text[:500]
    await send(site, own, {"answer": "Todistus on liitteenä."})
    assert (await attach(site, own, f"{own}/files", pdf(b"<< /A 1 >>"), "lisa.pdf")).status_code == 303
    first, second = await rows(database, world)
    assert (first.file_name, second.file_name) == ("todistus.pdf", "lisa.pdf")
    await sign_in(site, database, world, Role.REGISTER_OFFICER)
    assert f"/attachments/{second.id}" in (await site.get(at)).text
    got = await site.get(f"/attachments/{first.id}")
    assert got.content == PAPER
    assert got.headers["content-disposition"].startswith("attachment;")
    assert got.headers["content-security-policy"] == "default-src 'none'; sandbox"
    async with database.transaction(world.sight) as session:
        looks = select(func.count()).where(AuditEvent.action == "attachment.read")
        assert await session.scalar(looks) == 1
    await send(site, at, {"rejection_reason": "", "legal_basis": LAW, "rejection_notice": ""}, f"{at}/reject")
    async with database.transaction(world.sight) as session:
        decision_id = await session.scalar(select(DecisionRecord.id))
    assert "lisa.pdf" in (await site.get(f"/decisions/{decision_id}")).text
    await sign_in(site, database, world, Role.PROVIDER_USER)
    late = await attach(site, f"/decisions/{decision_id}/appeal", f"{own}/files", pdf(b"<< /B 1 >>"))
    assert late.status_code == 409
    assert "nothing is added to it any more" in late.text
    await sign_in(site, database, world, "provider_user:1")
    assert (await site.get(f"/attachments/{first.id}")).status_code == 404


@pytest.mark.parametrize(
    ("content", "name", "status", "said"),
    [
        (b"MZ\x90\x00 a program", "todistus.pdf", 422, "Send a PDF, PNG or JPEG file"),
        (PAGE, "todistus.pdf", 422, "holds something else"),
        (pdf() + b"\0" * 11_000_000, "todistus.pdf", 413, "too large: at most 10 MB"),
    ],
    ids=["program", "page", "11 MB"],
)
async def test_what_is_no_paper_is_not_taken(
    site: httpx.AsyncClient, database: Database, content: bytes, name: str, status: int, said: str
) -> None:
    world, _, own = await heard(site, database)
    refused = await attach(site, own, f"{own}/files", content, name)
    assert (refused.status_code, said in refused.text) == (status, True), refused.text[:400]
    assert 'href="#f-file"' in refused.text
    assert await rows(database, world) == []


async def test_machines_add_to_a_request_for_review_that_waits(
    site: httpx.AsyncClient, database: Database
) -> None:
    world, provider, officer, at = await begun(site, database)
    await ok(officer.post(f"{at}/declaration", NOTHING | {"ground": "none"}))
    marks = [{"code": "qualified", "mark": "not_met", "note": "Ei."}, {"code": "registered", "mark": "met"}]
    await ok(officer.post(f"{at}/checklist", {"marks": marks}))
    asked = {"text": "Koulutus?", "points": ["qualified"], "due_on": DUE.isoformat()}
    hearing = await ok(officer.post(f"{at}/hearing", asked))
    await ok(provider.post(f"/api/v1/hearings/{hearing['id']}/answer", {"text": "Tulee."}))
    decided = await ok(officer.post(f"{at}/rejection", {"legal_basis": LAW}))
    made = await ok(provider.post(f"/api/v1/decisions/{decided['id']}/appeals", {"text": "Oikaiskaa."}))
    to = f"/api/v1/appeals/{made['id']}/attachments"
    token = await api_token(database, world, Role.PROVIDER_USER, scopes=["register:write"])

    async def put(number: int, key: str = "") -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key or f"liite-{number}"}
        files = {"file": ("liite.pdf", pdf(b"<< /N %d >>" % number), "application/pdf")}
        return await site.post(to, files=files, headers=headers)

    first: dict[str, Any] = (await put(0)).json()
    assert (await put(0)).json() == first
    other = await put(1, key="liite-0")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency.key_reused")
    for number in range(1, MOST):
        assert (await put(number)).status_code == 201
    full = await put(MOST)
    assert (full.status_code, full.json()["code"]) == (409, "attachment.too_many")
    of = f"/api/v1/appeals/{made['id']}"
    listed = (await ok(officer.get(of)))["attachments"]
    assert [one["id"] for one in listed][:1] == [first["id"]]
    assert (await officer.get(f"/api/v1/attachments/{first['id']}/file")).status_code == 200
    stranger = await api_token(database, world, Role.PROVIDER_USER, scopes=["register:write"], provider=1)
    hidden_ = await site.get(
        f"/api/v1/attachments/{first['id']}/file", headers={"Authorization": f"Bearer {stranger}"}
    )
    assert hidden_.status_code == 404
    await ok(provider.post(f"{of}/withdrawal"))
    closed = await put(MOST + 1)
    assert (closed.status_code, closed.json()["code"]) == (409, "attachment.closed")
    assert UUID(first["id"]) in {row.id for row in await rows(database, world)}
