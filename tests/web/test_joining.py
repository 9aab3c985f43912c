"""Somebody whom nobody knows begins: an address that answers, a request, an officer who accepts; and those who would take
what is not theirs."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select, update

from registry.audit.model import AuditEvent
from registry.messages.joining import mail_links
from registry.messages.mail import UNREACHABLE, MailFailed
from registry.messages.texts import MailText
from registry.people.joining.model import MailedLink
from registry.people.model import Account, RoleGrant
from registry.providers.model import Provider
from registry.providers.representing.model import Representation
from registry.shared.actor import Role
from registry.shared.database import Database
from registry.shared.outbox import OutboxMessage
from registry.shared.settings import Settings
from tests.builders import NOW, World, add_account, add_provider, build_world
from tests.web.client import api_token, post_form, sign_in

BASE = "https://registry.invalid"
PERSON = {"name": "Uusi Ihminen", "email": "uusi@example.invalid"}
CLAIM = {
    "business_id": "2331972-7",
    "name": "Aivan Uusi Oy",
    "form": "company",
    "municipality_code": "564",
    "words": "Olen toimitusjohtaja.",
}


class Post:
    """A mail server that keeps what it got."""

    hands_over = True

    def __init__(self) -> None:
        self.mails: list[tuple[str, MailText]] = []
        self.away = False
        self.full: set[str] = set()

    async def send(self, *, mail_id: Any, address: str, text: MailText, now: Any) -> None:
        if self.away:
            raise MailFailed(UNREACHABLE, permanent=False)
        if address in self.full:
            raise MailFailed("smtp.452", permanent=False)
        self.mails.append((address, text))

    @property
    def code(self) -> str:
        found = re.search(r"#(\S+)", self.mails[-1][1].body)
        assert found
        return found.group(1)

    async def round(self, database: Database) -> int:
        return await mail_links(database, mailer=self, base_url=BASE, now=NOW)


@pytest.fixture(autouse=True)
def no_demonstration(application: Any, settings: Settings) -> None:
    held = application.state.services
    object.__setattr__(held, "settings", settings.model_copy(update={"demo": False, "secure_cookies": False}))


async def asked(site: httpx.AsyncClient, database: Database, world: World, **changed: str) -> Post:
    """A request that waits for the world's officer."""
    post = Post()
    site.cookies.set("language", "en")
    assert (await post_form(site, "/join", PERSON)).status_code == 200
    await post.round(database)
    claim = CLAIM | {"organiser": str(world.organiser_id), "code": post.code} | changed
    sent = await post_form(site, "/join/confirm", claim)
    assert (sent.status_code, "The request was sent" in sent.text) == (200, True), sent.text
    return post


async def the_request(database: Database, world: World) -> Representation:
    async with database.transaction(world.sight) as session:
        return (await session.scalars(select(Representation))).one()


async def decide(
    site: httpx.AsyncClient, database: Database, world: World, verdict: str, **said: str
) -> httpx.Response:
    await sign_in(site, database, world, Role.REGISTER_OFFICER)
    row = await the_request(database, world)
    at = f"/applications/representatives/{row.id}"
    return await post_form(site, at, {"verdict": verdict} | said)


async def the_case(site: httpx.AsyncClient) -> str:
    """The page of the only case that waits for whoever is signed in; empty where none does."""
    found = re.search(r'href="(/cases/[0-9a-f-]{36})"', (await site.get("/cases")).text)
    return (await site.get(found.group(1))).text if found else ""


def gist(answer: httpx.Response) -> str:
    """An answer without what differs from one to the next by itself."""
    return re.sub(r'value="[^"]{20,}"', "", answer.text)


async def test_from_an_address_to_a_provider_of_ones_own(site: httpx.AsyncClient, database: Database) -> None:
    world = await build_world(database)
    post = await asked(site, database, world)
    async with database.transaction() as session:
        assert await session.scalar(select(Provider).where(Provider.identity_value == "2331972-7")) is None
    await sign_in(site, database, world, Role.REGISTER_OFFICER)
    desk = (await site.get("/applications")).text
    assert "Uusi Ihminen, Aivan Uusi Oy" in desk
    assert "Uusi Ihminen" not in (await site.get("/applications?view=overdue")).text
    row = await the_request(database, world)
    assert f"/applications/representatives/{row.id}" in await the_case(site)
    page = (await site.get(f"/applications/representatives/{row.id}")).text
    assert "Olen toimitusjohtaja." in page
    assert "Company facts are unverified" in page
    assert (await decide(site, database, world, "refuse")).status_code == 422
    assert (await decide(site, database, world, "accept")).status_code == 303
    again = await decide(site, database, world, "accept")
    assert (again.status_code, "decided already" in again.text) == (409, True)
    assert await the_case(site) == ""

    site.cookies.delete("registry_session")
    await post.round(database)
    assert [address for address, _ in post.mails] == ["uusi@example.invalid"] * 2
    assert "/join/sign-in#" in post.mails[-1][1].body
    inside = await post_form(site, "/join/sign-in", {"code": post.code})
    assert inside.headers["location"] == "/provider"
    assert "Aivan Uusi Oy" in (await site.get("/provider/offer")).text
    assert (await site.get("/provider/offer/draft")).status_code == 200
    site.cookies.delete("registry_session")
    assert (await post_form(site, "/join/sign-in", {"code": post.code})).status_code == 409

    await post_form(site, "/join", PERSON | {"email": "UUSI@example.invalid"})
    await post.round(database)
    assert (await post_form(site, "/join/sign-in", {"code": post.code})).status_code == 303


async def test_nobody_learns_whom_or_what_is_known_here(site: httpx.AsyncClient, database: Database) -> None:
    world = await build_world(database)
    async with database.transaction() as session:
        await session.execute(
            update(Account)
            .where(Account.id == world.provider_actor().id)
            .values(email="tuttu@example.invalid")
        )
        await session.execute(
            update(Provider)
            .where(Provider.id == world.provider_id)
            .values(identity_scheme="fi:business-id", identity_value="2331972-7")
        )
    site.cookies.set("language", "en")
    known = await post_form(site, "/join", PERSON | {"email": "tuttu@example.invalid"})
    unknown = await post_form(site, "/join", PERSON)
    assert (known.status_code, gist(known)) == (unknown.status_code, gist(unknown))
    answers = []
    for business_id in ("2331972-7", "0112038-9"):
        post = Post()
        await post_form(site, "/join", PERSON | {"email": f"{business_id}@example.invalid"})
        await post.round(database)
        claim = CLAIM | {"organiser": str(world.organiser_id), "code": post.code, "business_id": business_id}
        answers.append(await post_form(site, "/join/confirm", claim))
    assert gist(answers[0]) == gist(answers[1])
    assert answers[0].status_code == 200


async def test_who_was_given_access_by_others_gets_no_link_into_that_account(
    site: httpx.AsyncClient, database: Database
) -> None:
    """Whoever reads somebody's mail is not to be signed in as that person."""
    await build_world(database)
    async with database.transaction() as session:
        await session.execute(update(Account).values(email=PERSON["email"]))
    await post_form(site, "/join", PERSON)
    post = Post()
    await post.round(database)
    assert "/join/confirm#" in post.mails[-1][1].body
    assert (await post_form(site, "/join/sign-in", {"code": post.code})).status_code == 409


async def test_nobody_takes_over_an_organisation_that_has_people(
    site: httpx.AsyncClient, database: Database
) -> None:
    world = await build_world(database)
    async with database.transaction() as session:
        await session.execute(
            update(Provider)
            .where(Provider.id == world.provider_id)
            .values(identity_scheme="fi:business-id", identity_value="2331972-7")
        )
    await asked(site, database, world)
    refused = await decide(site, database, world, "accept")
    assert (refused.status_code, "adds others" in refused.text) == (409, True)
    async with database.transaction() as session:
        account = await session.scalar(select(Account).where(Account.signs_in_by_mail))
        assert account
        assert await session.scalar(select(RoleGrant).where(RoleGrant.account_id == account.id)) is None
    turned = await decide(site, database, world, "refuse", reason="Ei ole osoitettu.")
    assert turned.status_code == 303
    async with database.transaction(world.sight) as session:
        await session.execute(
            update(RoleGrant).where(RoleGrant.provider_id == world.provider_id).values(ended_at=NOW)
        )
        row = (await session.scalars(select(Representation))).one()
        assert row.state == "refused"


async def test_one_that_came_with_an_import_and_has_nobody_gets_its_first_person(
    site: httpx.AsyncClient, database: Database
) -> None:
    world = await build_world(database)
    async with database.transaction(world.sight) as session:
        alone = await add_provider(session, world, name="Tuotu Oy")
        await session.execute(update(RoleGrant).where(RoleGrant.provider_id == alone).values(ended_at=NOW))
        await session.execute(
            update(Provider)
            .where(Provider.id == alone)
            .values(identity_scheme="fi:business-id", identity_value="2331972-7")
        )
    await asked(site, database, world)
    assert (await decide(site, database, world, "accept")).status_code == 303
    async with database.transaction(replace(world.sight, provider=alone)) as session:
        held = await session.scalar(select(RoleGrant.account_id).where(RoleGrant.ended_at.is_(None)))
        account = await session.scalar(select(Account.id).where(Account.signs_in_by_mail))
    assert held == account


async def test_another_authoritys_officer_sees_nothing_of_it(
    site: httpx.AsyncClient, database: Database
) -> None:
    world, other = await build_world(database), await build_world(database, code="turku")
    await asked(site, database, world)
    row = await the_request(database, world)
    await sign_in(site, database, other, Role.REGISTER_OFFICER)
    at = f"/applications/representatives/{row.id}"
    assert (await site.get(at)).status_code == 404
    assert (await post_form(site, at, {"verdict": "accept"})).status_code == 404
    assert "Uusi Ihminen" not in (await site.get("/applications")).text


async def test_a_link_opens_once_and_for_its_time(site: httpx.AsyncClient, database: Database) -> None:
    world = await build_world(database)
    await post_form(site, "/join", PERSON)
    post = Post()
    await post.round(database)
    claim = CLAIM | {"organiser": str(world.organiser_id)}
    wrong = await post_form(site, "/join/confirm", claim | {"code": "x" * 43})
    assert wrong.status_code == 409
    lacking = await post_form(site, "/join/confirm", claim | {"code": post.code, "business_id": "2331972-8"})
    assert (lacking.status_code, post.code in lacking.text) == (422, True), "the link is still good"
    async with database.transaction() as session:
        await session.execute(update(MailedLink).values(expires_at=NOW))
    assert gist(await post_form(site, "/join/confirm", claim | {"code": post.code})).replace(
        post.code, ""
    ) == gist(wrong).replace("x" * 43, "")
    async with database.transaction() as session:
        await session.execute(update(MailedLink).values(expires_at=NOW + timedelta(hours=1)))
    assert (await post_form(site, "/join/confirm", claim | {"code": post.code})).status_code == 200
    assert (await post_form(site, "/join/confirm", claim | {"code": post.code})).status_code == 409


async def test_nobodys_mailbox_is_filled_through_us(site: httpx.AsyncClient, database: Database) -> None:
    await build_world(database)
    sent = [(await post_form(site, "/join", PERSON)).status_code for _ in range(4)]
    assert sent == [200, 200, 200, 429]
    post = Post()
    post.away = True
    assert await post.round(database) == 0
    post.away = False
    assert await post.round(database) == 1, "a newer link stands for the older ones"
    assert await post.round(database) == 0
    others = [
        (await post_form(site, "/join", PERSON | {"email": f"a{n}@example.invalid"})).status_code
        for n in range(20)
    ]
    assert others[-1] == 429, "from one place"


async def test_one_mailbox_that_must_wait_holds_up_nobody(
    site: httpx.AsyncClient, database: Database
) -> None:
    await build_world(database)
    post = Post()
    post.full = {"taynna@example.invalid"}
    for email in ("taynna@example.invalid", PERSON["email"]):
        assert (await post_form(site, "/join", PERSON | {"email": email})).status_code == 200
    assert await post.round(database) == 1
    assert [address for address, _ in post.mails] == [PERSON["email"]]
    post.full.clear()
    assert await post.round(database) == 1


async def test_asking_again_takes_back_no_answer(site: httpx.AsyncClient, database: Database) -> None:
    """Whoever knows an address could otherwise keep a refusal, or the link of somebody just accepted, from arriving."""
    world = await build_world(database)
    post = await asked(site, database, world)
    assert (await decide(site, database, world, "refuse", reason="Ei kuulu teille.")).status_code == 303
    site.cookies.delete("registry_session")
    assert (await post_form(site, "/join", PERSON)).status_code == 200
    await post.round(database)
    async with database.transaction() as session:
        sent = (await session.scalars(select(MailedLink.purpose).where(MailedLink.used_at.is_(None)))).all()
    assert sorted(sent) == ["join", "refused"]
    assert len(post.mails) == 3


async def addressed(database: Database, account_id: UUID | None, email: str | None) -> None:
    async with database.transaction() as session:
        await session.execute(update(Account).where(Account.id == account_id).values(email=email))


async def test_by_api_requests_are_listed_and_answered_by_who_has_seen(
    site: httpx.AsyncClient, database: Database
) -> None:
    world, other = await build_world(database), await build_world(database, code="turku")
    await asked(site, database, world)
    row = await the_request(database, world)
    site.cookies.clear()
    officer = str(world[Role.REGISTER_OFFICER].id)

    bearers = {
        whose.organiser_id: await api_token(database, whose, Role.REGISTER_OFFICER, scopes=["register:write"])
        for whose in (world, other)
    }

    async def call(whose: World, path: str = "", key: str = "", **body: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {bearers[whose.organiser_id]}"}
        address = f"/api/v1/representations{path}"
        if not path:
            return await site.get(address, headers=headers)
        return await site.post(address, json=body, headers=headers | {"Idempotency-Key": key})

    (listed,) = (await call(world)).json()["items"]
    assert (listed["id"], listed["person"], listed["business_id"]) == (
        str(row.id),
        "Uusi Ihminen",
        "2331972-7",
    )
    assert (await call(other)).json()["items"] == []
    accept, refuse = f"/{row.id}/acceptance", f"/{row.id}/refusal"
    for key, whose, path, body, code in (
        ("a", other, accept, {"seen_by": str(other[Role.REGISTER_OFFICER].id)}, (404, "representation.unknown")),
        ("b", world, accept, {"seen_by": str(row.account_id)}, (409, "representation.nobody_has_seen")),
        ("c", world, accept, {"seen_by": str(world[Role.AUDITOR].id)}, (409, "representation.nobody_has_seen")),
        ("d", world, refuse, {"seen_by": officer, "reason": ""}, (422, "request.invalid")),
    ):  # fmt: skip
        answer = await call(whose, path, key, **body)
        assert (answer.status_code, answer.json()["code"]) == code, key
    async with database.transaction(world.sight) as session:
        seer, _ = await add_account(
            session, "Toinen", Role.REGISTER_OFFICER, sight=world.sight, organiser_id=world.organiser_id
        )
        before = (await session.get_one(Account, world[Role.REGISTER_OFFICER].id)).email
    # whoever joins gets a new account: whose it is, its address tells. Whoever made the token answers too
    for key, account_id, email in (
        ("own", seer.id, None),
        ("own token", world[Role.REGISTER_OFFICER].id, before),
    ):
        await addressed(database, account_id, "Uusi@Example.invalid")
        answer = await call(world, refuse, key, seen_by=str(seer.id), reason="Käynyt täällä.")
        assert (answer.status_code, answer.json()["code"]) == (409, "role_change.own_role"), key
        await addressed(database, account_id, email)
    made = await call(world, accept, "e", seen_by=officer)
    assert (made.status_code, made.json()) == (201, {"id": str(row.id)})
    assert (await call(world, accept, "e", seen_by=officer)).json() == made.json()
    late = await call(world, refuse, "f", seen_by=officer, reason="Ei enää.")
    assert (late.status_code, late.json()["code"]) == (409, "representation.decided_already")
    assert (await call(world)).json()["items"] == []
    decided = await the_request(database, world)
    async with database.transaction(world.sight) as session:
        event = (
            await session.scalars(select(AuditEvent).where(AuditEvent.action == "representation.accepted"))
        ).one()
        held = await session.scalar(select(RoleGrant.role).where(RoleGrant.account_id == row.account_id))
        named = await session.scalars(
            select(OutboxMessage.account_id).where(
                OutboxMessage.template == "representation.decided_in_your_name"
            )
        )
        assert [str(account_id) for account_id in named] == [officer]
    assert (decided.state, str(decided.decided_by), held) == ("accepted", officer, "provider_user")
    assert (event.actor_kind, event.facts["seen_by"]) == ("token", officer)
