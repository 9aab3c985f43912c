"""Moderation, answers and reports through the pages and the API."""

import logging
import re
from datetime import timedelta

import httpx
import pytest

from registry.quality.comments.rules import REJECTIONS
from registry.shared.actor import Role
from registry.shared.database import Database
from registry.shared.identifiers import uuid7
from registry.shared.settings import Keys
from tests.builders import build_world
from tests.registry.quality.comments import Comments
from tests.web.client import api_token, hidden, post_form, sign_in
from tests.web.conftest import Clock
from web.comment_words import KEEP_BACK, MARKS, REASONS, words_shown
from web.translations import use_language

WRITTEN = "Valmentajani Matti Virtanen soitti <b>numeroon</b> 040 123 4567."
ORIGINAL = ("Matti", "Virtanen", "040 123")


@pytest.fixture
async def comments(database: Database, keys: Keys) -> Comments:
    """Begun a month ago, so that what was published then is public today."""
    made = await Comments.of(database, keys)
    await made.later(-30)
    return made


@pytest.fixture
async def officer(site: httpx.AsyncClient, database: Database, comments: Comments) -> httpx.AsyncClient:
    await sign_in(site, database, comments.world, Role.REGISTER_OFFICER)
    site.cookies.set("language", "en")
    return site


async def moderate(site: httpx.AsyncClient, verdict: str, view: str = "") -> httpx.Response:
    page = await site.get(f"/comments?view={view}" if view else "/comments")
    found = re.search(r'action="(/comments/[^"]+)"', page.text)
    assert found, "nothing waits"
    return await post_form(
        site,
        found.group(1),
        {"verdict": verdict, "idempotency_key": hidden(page, "idempotency_key")},
    )


def test_every_mark_and_every_reason_has_its_words() -> None:
    from registry.quality.comments.patterns import KINDS

    assert set(MARKS) == set(KINDS)
    assert set(REASONS) == set(REJECTIONS) == set(KEEP_BACK)
    with use_language("fi"):
        assert words_shown("<i>⟦name⟧ & ⟦muu⟧") == ('&lt;i&gt;<span class="masked">[nimi]</span> &amp; ⟦muu⟧')


async def test_a_moderator_reads_what_is_left_and_never_what_was_written(
    officer: httpx.AsyncClient, comments: Comments, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    empty = await officer.get("/comments")
    assert "Nothing is waiting" in empty.text
    await comments.write(WRITTEN)
    await comments.write("Toinen.")
    page = await officer.get("/comments")
    assert "[name]" in page.text
    assert "[phone number]" in page.text
    assert "&lt;b&gt;numeroon&lt;/b&gt;" in page.text
    assert "Toinen" not in page.text
    assert "86 of 100" in page.text
    answer = await moderate(officer, "names_a_person")
    following = await officer.get(answer.headers["location"])
    assert "Kept back." in following.text
    assert "Toinen." in following.text
    for seen in (page.text, following.text, caplog.text):
        assert not any(part in seen for part in ORIGINAL)


async def test_a_decision_needs_a_verdict_and_is_made_once(
    officer: httpx.AsyncClient, comments: Comments
) -> None:
    review_id = await comments.write(WRITTEN)
    assert (await moderate(officer, "")).status_code == 422
    assert (await moderate(officer, "unfriendly")).status_code == 422
    page = await officer.get("/comments")
    form = {"verdict": "approve", "idempotency_key": hidden(page, "idempotency_key")}
    await comments.decide(review_id, "health")
    late = await post_form(officer, f"/comments/comment/{review_id}", form)
    assert late.status_code == 409
    assert "Somebody has decided on this comment meanwhile." in late.text
    assert "Nothing is waiting" in late.text
    assert (await post_form(officer, f"/comments/other/{review_id}", form)).status_code == 404


async def test_skipping_goes_on_to_the_next_and_back(officer: httpx.AsyncClient, comments: Comments) -> None:
    for number in range(2):
        await comments.write(f"Kommentti {number}.")
        await comments.later(1)
    first = await officer.get("/comments")
    skip = re.search(r'href="(/comments\?after=[^"]+)"', first.text)
    assert "Kommentti 0." in first.text
    assert skip
    second = await officer.get(skip.group(1))
    assert "Kommentti 1." in second.text
    assert 'href="/comments"' in second.text
    assert (await officer.get("/comments?after=nonsense")).status_code == 422


async def test_what_was_let_through_can_be_kept_back_until_it_is_out(
    officer: httpx.AsyncClient, comments: Comments
) -> None:
    await comments.write("Hyvä.")
    await moderate(officer, "approve")
    page = await officer.get("/comments?view=let_through")
    assert "Hyvä." in page.text
    assert "Let it through" not in page.text
    assert (await moderate(officer, "health", "let_through")).status_code == 303
    assert "Hyvä." not in (await officer.get("/comments?view=let_through")).text


async def test_a_provider_reads_and_answers_its_comments(
    officer: httpx.AsyncClient, database: Database, comments: Comments
) -> None:
    site = officer
    shown = await comments.published()
    await sign_in(site, database, comments.world, Role.PROVIDER_USER)
    page = await site.get("/provider/comments")
    assert page.text.count('class="comment"') == 5
    path = f"/provider/comments/{shown[0].id}"
    key = hidden(await site.get(path), "idempotency_key")
    assert (await post_form(site, path, {"words": " ", "idempotency_key": key})).status_code == 422
    sent = await post_form(site, path, {"words": "Kiitos, Matti Virtanen!", "idempotency_key": key})
    assert "Your answer was sent." in (await site.get(sent.headers["location"])).text
    again = await site.get(path)
    assert "Each comment can be answered once." in again.text
    assert "<textarea" not in again.text
    twice = await post_form(site, path, {"words": "Vielä yksi", "idempotency_key": "another"})
    assert twice.status_code == 409
    await sign_in(site, database, comments.world, "provider_user:1")
    assert "No comments yet" in (await site.get("/provider/comments")).text
    assert (await site.get(path)).status_code == 404

    await sign_in(site, database, comments.world, Role.REGISTER_OFFICER)
    waiting = await site.get("/comments?view=answer")
    assert "Kiitos, " in waiting.text
    assert "Virtanen" not in waiting.text
    assert shown[0].comment in waiting.text
    assert (
        "The answer now stands under the comment."
        in (await site.get((await moderate(site, "approve", "answer")).headers["location"])).text
    )
    assert any(one.answer == "Kiitos, ⟦name⟧!" for one in await comments.shown())


async def test_anybody_reports_and_an_officer_takes_down(
    officer: httpx.AsyncClient, database: Database, comments: Comments
) -> None:
    site = officer
    comment = (await comments.published())[0]
    del site.cookies["registry_session"]
    path = f"/comments/{comment.id}/report"
    assert comment.comment in (await site.get(path)).text
    assert (await post_form(site, path, {"words": "x"})).status_code == 422
    sent = await post_form(site, path, {"reason": "health", "words": "Siinä on Matti Virtanen."})
    assert (await site.get(sent.headers["location"])).status_code == 200
    await sign_in(site, database, comments.world, Role.REGISTER_OFFICER)
    listed = await site.get("/comments/reported")
    assert f"/comments/{comment.id}/reports" in listed.text
    assert "Virtanen" not in listed.text
    page = await site.get(f"/comments/{comment.id}/reports")
    assert "Siinä on" in page.text
    assert "Virtanen" not in page.text
    assert "Take down the provider" not in page.text
    (case_id,) = await comments.column("SELECT id FROM case_file")
    assert f"/comments/{comment.id}/reports" in (await site.get(f"/cases/{case_id}")).text
    form = {"verdict": "withdraw_comment", "idempotency_key": hidden(page, "idempotency_key")}
    decided = await post_form(site, f"/comments/{comment.id}/reports", form)
    assert "It was taken down at once." in (await site.get(decided.headers["location"])).text
    late = await post_form(site, f"/comments/{comment.id}/reports", form | {"idempotency_key": "another"})
    assert late.status_code == 409
    assert (await site.get(path)).status_code == 404


async def test_reports_are_limited_and_hidden_comments_have_no_form(
    site: httpx.AsyncClient, comments: Comments
) -> None:
    comment = (await comments.published())[0]
    path = f"/comments/{comment.id}/report"
    statuses = [(await post_form(site, path, {"reason": "health"})).status_code for _ in range(11)]
    assert statuses == [303] * 10 + [429]
    assert (await site.get(f"/comments/{uuid7()}/report")).status_code == 404
    assert (await comments.column("SELECT count(*) FROM comment_report")) == [10]
    assert (await comments.column("SELECT count(*) FROM case_file")) == [1]


async def test_a_report_needs_the_forms_token(site: httpx.AsyncClient, comments: Comments) -> None:
    comment = (await comments.published())[0]
    answer = await site.post(f"/comments/{comment.id}/report", data={"reason": "health"})
    assert answer.status_code == 403


async def test_a_machine_moderates_and_anybody_reads_what_is_published(
    site: httpx.AsyncClient, database: Database, comments: Comments, clock: Clock
) -> None:
    token = await api_token(database, comments.world, Role.REGISTER_OFFICER, scopes=["register:write"])
    headers = {"Authorization": f"Bearer {token}"}
    made = [await comments.write(WRITTEN) for _ in range(5)]
    first = (await site.get("/api/v1/comments/queue?limit=3", headers=headers)).json()
    second = (await site.get(f"/api/v1/comments/queue?cursor={first['next']}", headers=headers)).json()
    items = [*first["items"], *second["items"]]
    assert [item["id"] for item in items] == [str(review_id) for review_id in made]
    assert {item["masked"] for item in items} == {"Valmentajani ⟦name⟧ soitti <b>numeroon</b> ⟦phone⟧."}
    assert "Virtanen" not in repr(items)

    async def decide(key: str, **body: str) -> httpx.Response:
        return await site.post(
            "/api/v1/comments/decisions", json=body, headers={**headers, "Idempotency-Key": key}
        )

    for review_id in made:
        body = {"about": "comment", "id": str(review_id), "verdict": "approve"}
        assert (await decide(f"k{review_id}", **body)).json() == body
    again = await decide(f"k{made[0]}", about="comment", id=str(made[0]), verdict="approve")
    assert again.status_code == 200
    late = await decide("other", about="comment", id=str(made[0]), verdict="reject", reason="health")
    assert (late.status_code, late.json()["code"]) == (409, "comment.decided")
    without = await decide("more", about="answer", id=str(uuid7()), verdict="reject")
    assert (without.status_code, without.json()["code"]) == (409, "comment.reason_missing")
    await comments.later(30)
    await comments.release()
    path = f"/api/v1/providers/{comments.world.provider_id}/comments"
    assert (await site.get(path)).json()["items"] == []
    clock.now += timedelta(days=30)
    listed = (await site.get(path)).json()["items"]
    assert len(listed) == 5
    assert set(listed[0]) == {"id", "service_id", "moment", "comment", "answer"}
    assert not {item["id"] for item in listed} & {str(review_id) for review_id in made}


async def test_another_organisers_officer_sees_nothing_of_it(
    officer: httpx.AsyncClient, database: Database, comments: Comments
) -> None:
    site = officer
    await comments.write("Meidän kommentti.")
    comment = (await comments.published())[0]
    await comments.report(comment.id)
    other = await build_world(database, code="turku")
    await sign_in(site, database, other, Role.REGISTER_OFFICER)
    assert "Nothing is waiting" in (await site.get("/comments")).text
    assert "Nothing has been reported" in (await site.get("/comments/reported")).text
    assert (await site.get(f"/comments/{comment.id}/reports")).status_code == 404
    decided = await post_form(
        site, f"/comments/{comment.id}/reports", {"verdict": "withdraw_comment", "idempotency_key": "k"}
    )
    assert decided.status_code == 404
