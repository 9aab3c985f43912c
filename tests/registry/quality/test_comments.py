"""A comment's whole way on a real database: masked, moderated, published in a batch, answered, reported, erased."""

import asyncio
import json
from dataclasses import replace

import pytest
from sqlalchemy import func, select, text

from registry.quality.commands import submit_review
from registry.quality.comments.commands import erase_comments
from registry.quality.comments.model import CommentAnswer, PublishedComment, ReviewComment
from registry.quality.comments.queries import (
    counts,
    let_through,
    own_comments,
    published_comments,
    reported,
    waiting,
)
from registry.quality.comments.rules import CommentState, ReportVerdict
from registry.quality.model import Review
from registry.quality.preview.commands import withdraw_release
from registry.quality.releases import publish_release
from registry.quality.rules import ASPECTS, Moment
from registry.shared.actor import Role, system
from registry.shared.database import Database
from registry.shared.errors import DomainError, Forbidden, NotFound
from registry.shared.identifiers import uuid7
from registry.shared.settings import Keys
from tests.builders import add_client, build_world
from tests.registry.quality.comments import Comments

WRITTEN = "Valmentajani Matti Virtanen soitti numeroon 040 123 4567."
MASKED = "Valmentajani ⟦name⟧ soitti numeroon ⟦phone⟧."


@pytest.fixture
async def comments(database: Database, keys: Keys) -> Comments:
    return await Comments.of(database, keys)


async def refused(awaitable: object) -> str:
    with pytest.raises(DomainError) as error:
        await awaitable  # type: ignore[misc]
    return error.value.code


async def test_a_review_puts_its_comment_before_the_moderators_masked(comments: Comments) -> None:
    voucher_id, presentation_id = await comments.steps.opened(0)
    await comments.steps.redeem(presentation_id)
    client = comments.world[Role.CLIENT]
    async with comments.database.transaction(client.sight) as session:
        await submit_review(
            session, over=True, actor=client, now=comments.now, voucher_id=voucher_id,
            provider_id=comments.world.provider_id, moment=Moment.AFTER, scores=dict.fromkeys(ASPECTS, 8),
            comment=WRITTEN,
        )  # fmt: skip
    async with comments.database.transaction(comments.officer.sight) as session:
        ((only,), following), counted = await waiting(session), await counts(session)
    assert (only.masked, only.masked_kinds, only.about) == (MASKED, ["phone", "name"], "comment")
    assert following is None
    assert (counted.comments, counted.answers, counted.reported) == (1, 0, 0)
    assert "Virtanen" not in repr(only)


async def test_a_review_without_words_waits_for_nobody(comments: Comments) -> None:
    await comments.write(None)
    async with comments.database.transaction(comments.officer.sight) as session:
        assert (await counts(session)).comments == 0


async def test_only_officers_see_the_queue_and_only_their_own(comments: Comments, database: Database) -> None:
    review_id = await comments.write(WRITTEN)
    for actor in (comments.world.provider_actor(0), comments.world[Role.CLIENT]):
        async with database.transaction(actor.sight) as session:
            assert (await waiting(session))[0] == []
        with pytest.raises(Forbidden):
            await comments.decide(review_id, actor=actor)
    with pytest.raises(Forbidden):
        await comments.decide(review_id, actor=comments.world[Role.CASE_WORKER])
    other = await build_world(database, code="turku")
    assert await refused(comments.decide(review_id, actor=other[Role.REGISTER_OFFICER])) == "comment.unknown"


async def test_the_author_is_told_and_nothing_that_was_written_is_in_the_audit_trail(
    comments: Comments,
) -> None:
    first, second = await comments.write(WRITTEN), await comments.write(WRITTEN)
    await comments.decide(first)
    await comments.decide(second, "names_a_person")
    assert await comments.messages() == [("comment.approved", "client"), ("comment.rejected", "client")]
    events = await comments.column("SELECT to_jsonb(audit_event)::text FROM audit_event")
    sent = await comments.column("SELECT facts::text FROM outbox")
    for kept in [*events, *sent]:
        assert "Virtanen" not in str(kept)
        assert "soitti" not in str(kept)
    (facts,) = await comments.column("SELECT facts::text FROM audit_event WHERE action = 'comment.rejected'")
    assert json.loads(str(facts)) == {
        "provider_id": str(comments.world.provider_id), "reason": "names_a_person"
    }  # fmt: skip


async def test_two_officers_decide_at_once_and_one_wins(comments: Comments) -> None:
    review_id = await comments.write(WRITTEN)
    answers = await asyncio.gather(
        comments.decide(review_id), comments.decide(review_id, "health"), return_exceptions=True
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["NoneType", "Refused"]
    assert len(await comments.messages()) == 1


async def test_what_is_decided_stays_decided(comments: Comments) -> None:
    review_id = await comments.write()
    assert await refused(comments.decide(review_id, "unfriendly")) == "comment.reason_missing"
    await comments.decide(review_id, "abuse")
    assert await refused(comments.decide(review_id)) == "comment.decided"
    assert await refused(comments.decide(uuid7())) == "comment.unknown"


async def test_a_rejected_comment_keeps_its_scores(comments: Comments) -> None:
    made = await comments.approved(5)
    await comments.decide(made[0], "health", seen=CommentState.APPROVED)  # a second look, before it is out
    async with comments.database.transaction(comments.officer.sight) as session:
        waits, _ = await let_through(session)
    assert {one.id for one in waits} == set(made[1:])
    _, came_out = await comments.release()
    assert came_out.comments == 4
    assert await comments.column("SELECT count(*) FROM review") == [5]


async def test_nothing_comes_out_where_fewer_than_five_people_reviewed(comments: Comments) -> None:
    await comments.approved(4)
    _, came_out = await comments.release()
    assert came_out.comments == 0
    await comments.write(None)  # scores count as a person, words or not
    _, came_out = await comments.release()
    assert (came_out.comments, came_out.providers) == (4, 1)


async def test_the_two_moments_do_not_add_up_to_five_people(comments: Comments) -> None:
    await comments.approved(3)
    for _ in range(2):
        await comments.decide(await comments.write(moment=Moment.HALF_YEAR))
    assert (await comments.release())[1].comments == 0


async def test_no_comment_comes_out_alone_after_a_single_visit(comments: Comments) -> None:
    await comments.approved(5)
    await comments.release()
    await comments.later()
    await comments.approved(4, text="Uusi {}.")
    assert (await comments.release())[1].comments == 0
    await comments.write(None)
    await comments.later()
    assert (await comments.release())[1].comments == 4


async def test_comments_are_public_with_their_release_and_say_nothing_of_their_day(
    comments: Comments,
) -> None:
    await comments.approved(5, text="Matti Virtanen oli hyvä {}.")
    await comments.release()
    assert await comments.shown() == []  # the provider looks at them first
    await comments.later()
    shown = await comments.shown()
    assert sorted(one.comment for one in shown) == [f"⟦name⟧ oli hyvä {number}." for number in range(5)]
    assert [one.id for one in shown] == sorted(one.id for one in shown)
    assert all(one.id.version == 4 for one in shown)
    columns = set(PublishedComment.__table__.columns.keys())
    assert {name for name in columns if name.endswith("_at")} == {"withdrawn_at"}
    async with comments.database.transaction(comments.world.provider_actor(0).sight) as session:
        assert await session.scalar(text("SELECT count(*) FROM comment_publication")) == 0


async def test_the_whole_way_from_five_visits_to_the_public(comments: Comments) -> None:
    steps, client = comments.steps, comments.world[Role.CLIENT]
    for number in range(5):
        async with comments.database.transaction(comments.world.sight) as session:
            client_id = await add_client(session, comments.world)
        voucher_id, presentation_id = await steps.opened(0, client_id=client_id)
        await steps.redeem(presentation_id)
        actor = replace(client, sight=replace(client.sight, client=client_id))
        async with comments.database.transaction(actor.sight) as session:
            review_id = await submit_review(
                session, over=True, actor=actor, now=comments.now, voucher_id=voucher_id,
                provider_id=comments.world.provider_id, moment=Moment.AFTER,
                scores=dict.fromkeys(ASPECTS, 8), comment=f"Matti Virtanen oli hyvä {number}.",
            )  # fmt: skip
        await comments.decide(review_id)
    organiser = system(comments.world.organiser_id)
    async with comments.database.transaction(organiser.sight) as session:
        await publish_release(
            session, actor=organiser, now=comments.now, organiser_id=comments.world.organiser_id
        )
    assert await comments.shown() == []
    await comments.later()
    assert {one.comment for one in await comments.shown()} == {f"⟦name⟧ oli hyvä {n}." for n in range(5)}
    assert "comments.published" in await comments.column("SELECT action FROM audit_event")


async def test_a_withdrawn_release_shows_no_comments_until_the_next_one(comments: Comments) -> None:
    await comments.approved(5)
    release_id, _ = await comments.release()
    await comments.later()
    async with comments.database.transaction(comments.officer.sight) as session:
        await withdraw_release(
            session, actor=comments.officer, now=comments.now, release_id=release_id, reason="Virhe."
        )
    assert await comments.shown() == []
    assert await refused(comments.report((await _any(comments)).id)) == "comment.unknown"
    assert (await comments.release())[1].comments == 0
    await comments.later()
    assert len(await comments.shown()) == 5


async def _any(comments: Comments) -> PublishedComment:
    async with comments.database.transaction() as session:
        found = await session.scalar(select(PublishedComment).limit(1))
    assert found is not None
    return found


async def test_the_provider_is_told_with_the_batch_and_not_of_what_was_said(comments: Comments) -> None:
    made = await comments.approved(5)
    await comments.decide(made[0], "health", seen=CommentState.APPROVED)
    before = len(await comments.messages())
    await comments.release()
    told = (await comments.messages())[before:]
    assert sorted(told) == [("comments.kept_back", "provider"), ("comments.published", "provider")]
    facts = await comments.column("SELECT facts::text FROM outbox WHERE template LIKE 'comments.%'")
    assert set(facts) == {"{}"}
    await comments.later()
    await comments.release()
    assert len(await comments.messages()) == before + 2


async def test_a_provider_answers_once_and_a_moderator_reads_it_first(comments: Comments) -> None:
    comment = (await comments.published())[0]
    await comments.answer(comment.id, "Kiitos, Matti Virtanen!")
    assert await refused(comments.answer(comment.id)) == "answer.given_already"
    assert (await comments.row(comment.id)).answer is None
    async with comments.database.transaction(comments.officer.sight) as session:
        ((only,), _), counted = await waiting(session, about="answer"), await counts(session)
    assert (only.masked, only.answers) == ("Kiitos, ⟦name⟧!", comment.comment)
    assert (counted.comments, counted.answers) == (0, 1)
    await comments.decide_answer(comment.id)
    assert {one.id: one.answer for one in await comments.shown()}[comment.id] == "Kiitos, ⟦name⟧!"
    assert await refused(comments.decide_answer(comment.id)) == "answer.decided"
    assert (await comments.messages())[-1] == ("comment_answer.approved", "provider")
    async with comments.database.transaction(comments.world.provider_actor(0).sight) as session:
        own = await own_comments(session, provider_id=comments.world.provider_id)
    (answered,) = [one for one in own if one.answer_state]
    assert (answered.answered, answered.answer_state) == ("Kiitos, Matti Virtanen!", "approved")


async def test_an_answer_that_is_kept_back_is_shown_nowhere(comments: Comments) -> None:
    comment = (await comments.published())[0]
    await comments.answer(comment.id)
    await comments.decide_answer(comment.id, "third_person")
    assert all(one.answer is None for one in await comments.shown())
    assert (await comments.messages())[-1] == ("comment_answer.rejected", "provider")


async def test_a_provider_answers_only_comments_on_itself(comments: Comments) -> None:
    comment = (await comments.published())[0]
    assert await refused(comments.answer(comment.id, provider=1)) == "comment.unknown"
    with pytest.raises(NotFound):
        await comments.answer(uuid7())
    async with comments.database.transaction(comments.world.provider_actor(1).sight) as session:
        assert await own_comments(session, provider_id=comments.world.providers[1]) == []


async def test_several_reports_are_one_case_and_what_is_taken_down_is_gone_at_once(
    comments: Comments,
) -> None:
    comment = (await comments.published())[0]
    await comments.report(comment.id, words="Siinä lukee Matti Virtanen.")
    await comments.report(comment.id)
    assert await comments.steps.open_cases() == ["comment_reported"]
    async with comments.database.transaction(comments.officer.sight) as session:
        (only,) = await reported(session)
    assert [report.words for report in only.reports] == ["Siinä lukee ⟦name⟧.", ""]
    await comments.decide_reports(comment.id, ReportVerdict.WITHDRAW_COMMENT)
    assert comment.id not in {one.id for one in await comments.shown()}
    assert await comments.steps.open_cases() == []
    assert await comments.column("SELECT state FROM comment_report") == ["upheld", "upheld"]
    assert await comments.column("SELECT count(*) FROM review_comment WHERE state = 'withdrawn'") == [1]
    assert (await comments.messages())[-1] == ("comment.withdrawn", "client")
    assert await refused(comments.report(comment.id)) == "comment.unknown"
    assert await refused(comments.decide_reports(comment.id, ReportVerdict.KEEP)) == "report.decided"


async def test_an_answer_goes_alone_and_its_comment_stays(comments: Comments) -> None:
    comment = (await comments.published())[0]
    assert await refused(comments.report(comment.id, "answer")) == "comment.unknown"
    await comments.answer(comment.id)
    await comments.decide_answer(comment.id)
    await comments.report(comment.id, "answer")
    await comments.report(comment.id, "comment")
    await comments.decide_reports(comment.id, ReportVerdict.WITHDRAW_ANSWER)
    assert {one.id: one.answer for one in await comments.shown()}[comment.id] is None
    states = await comments.column("SELECT about || ' ' || state FROM comment_report ORDER BY about")
    assert states == ["answer upheld", "comment dismissed"]
    assert await comments.column("SELECT state FROM comment_answer") == ["withdrawn"]
    assert (await comments.messages())[-1] == ("comment_answer.withdrawn", "provider")


async def test_two_officers_decide_a_report_at_once_and_one_wins(comments: Comments) -> None:
    comment = (await comments.published())[0]
    await comments.report(comment.id)
    answers = await asyncio.gather(
        comments.decide_reports(comment.id, ReportVerdict.WITHDRAW_COMMENT),
        comments.decide_reports(comment.id, ReportVerdict.KEEP),
        return_exceptions=True,
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["NoneType", "Refused"]
    assert len(await comments.shown()) in (4, 5)


async def test_words_are_erased_without_changing_a_count(comments: Comments) -> None:
    made = await comments.approved(6, text="Ihan omat sanani {}.")
    await comments.release()
    await comments.later()
    async with comments.database.transaction(comments.world.sight) as session:
        erased = await erase_comments(
            session, actor=comments.officer, now=comments.now, review_ids=made[:1], public_too=False
        )
        assert erased == 1
        erased = await erase_comments(
            session, actor=comments.officer, now=comments.now, review_ids=made[1:2], public_too=True
        )
        assert erased == 1
    assert len(await comments.shown()) == 5
    async with comments.database.transaction(comments.world.sight) as session:
        assert await session.scalar(select(func.count()).select_from(Review)) == 6
        assert await session.scalar(select(func.count()).select_from(ReviewComment)) == 4
        assert set(await session.scalars(select(Review.comment).where(Review.id.in_(made[:2])))) == {None}
        assert "" in set(await session.scalars(select(PublishedComment.comment)))
    await comments.approved(5)
    assert (await comments.release())[1].comments == 5


async def test_a_comment_whose_author_nobody_knows_any_more_can_still_be_taken_down(
    comments: Comments,
) -> None:
    made = await comments.approved(5)
    await comments.release()
    await comments.later()
    async with comments.database.transaction(comments.world.sight) as session:
        await erase_comments(
            session, actor=comments.officer, now=comments.now, review_ids=made, public_too=False
        )
    comment = (await comments.shown())[0]
    await comments.report(comment.id)
    await comments.decide_reports(comment.id, ReportVerdict.WITHDRAW_COMMENT)
    assert len(await comments.shown()) == 4


async def test_an_answer_to_what_was_taken_down_waits_for_nobody(comments: Comments) -> None:
    comment = (await comments.published())[0]
    await comments.answer(comment.id)
    await comments.report(comment.id)
    await comments.decide_reports(comment.id, ReportVerdict.WITHDRAW_COMMENT)
    async with comments.database.transaction(comments.officer.sight) as session:
        assert (await counts(session)).answers == 0
        assert await session.scalar(select(func.count()).select_from(CommentAnswer)) == 1


async def test_many_providers_take_one_query_and_no_more_than_asked(comments: Comments) -> None:
    await comments.published()
    async with comments.database.transaction() as session:
        found = await published_comments(
            session, provider_ids=comments.world.providers, now=comments.now, most=3,
            service_id=comments.world.service_id,
        )  # fmt: skip
        none = await published_comments(
            session, provider_ids=comments.world.providers, now=comments.now, service_id=uuid7()
        )
    assert {provider: len(some) for provider, some in found.items()} == {comments.world.provider_id: 3}
    assert none == {}
