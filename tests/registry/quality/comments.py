"""Steps of a comment's life, each in its own committed transaction."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text

from registry.quality.comments.commands import (
    answer_comment,
    decide_reports,
    moderate_answer,
    moderate_comment,
    publish_comments,
    queue_comment,
    report_comment,
)
from registry.quality.comments.commands.publishing import ComingOut
from registry.quality.comments.model import PublishedComment
from registry.quality.comments.queries import CommentView, published_comments
from registry.quality.comments.rules import CommentState, ReportVerdict, Verdict
from registry.quality.model import Release, Review
from registry.quality.preview.rules import public_from
from registry.quality.rules import ASPECTS, Moment
from registry.shared.actor import Actor, Role, system
from registry.shared.database import Database
from registry.shared.identifiers import uuid7
from registry.shared.settings import Keys
from tests.builders import NOW, TODAY, World, add_client, build_world
from tests.registry.vouchers.steps import Steps


@dataclass
class Comments:
    """Acts on one world's comments."""

    database: Database
    world: World
    steps: Steps
    now: datetime = NOW
    number: int = 0
    clients: list[UUID] = field(default_factory=list)

    @classmethod
    async def of(cls, database: Database, keys: Keys, world: World | None = None) -> "Comments":
        world = world or await build_world(database)
        return cls(database, world, Steps(database, world, keys))

    @property
    def officer(self) -> Actor:
        return self.world[Role.REGISTER_OFFICER]

    async def write(
        self, comment: str | None = "Hyvä.", *, provider: int = 0, moment: Moment = Moment.AFTER
    ) -> UUID:
        """A review by a client of its own, as submitting leaves it."""
        async with self.database.transaction(self.world.sight) as session:
            client_id = await add_client(session, self.world)
        self.clients.append(client_id)
        voucher_id = await self.steps.grant(client_id=client_id)
        async with self.database.transaction(self.world.sight) as session:
            review = Review(
                id=uuid7(),
                organiser_id=self.world.organiser_id,
                service_id=self.world.service_id,
                provider_id=self.world.providers[provider],
                voucher_id=voucher_id,
                client_id=client_id,
                moment=str(moment),
                comment=comment,
                submitted_at=self.now,
                **dict.fromkeys(ASPECTS, 8),
            )
            session.add(review)
            await session.flush()
            await queue_comment(session, review=review)
        return review.id

    async def decide(
        self,
        review_id: UUID,
        reason: str | None = None,
        *,
        actor: Actor | None = None,
        seen: CommentState = CommentState.SUBMITTED,
    ) -> None:
        actor = actor or self.officer
        async with self.database.transaction(actor.sight) as session:
            await moderate_comment(
                session,
                actor=actor,
                now=self.now,
                review_id=review_id,
                verdict=Verdict.REJECT if reason else Verdict.APPROVE,
                reason=reason,
                seen=seen,
            )

    async def approved(self, how_many: int, *, provider: int = 0, text: str = "Hyvä {}.") -> list[UUID]:
        made = [await self.write(text.format(number), provider=provider) for number in range(how_many)]
        for review_id in made:
            await self.decide(review_id)
        return made

    async def release(self) -> tuple[UUID, ComingOut]:
        """A release made by hand, and the comments that come out with it."""
        self.number += 1
        actor = system(self.world.organiser_id)
        async with self.database.transaction(actor.sight) as session:
            release = Release(
                id=uuid7(),
                organiser_id=self.world.organiser_id,
                number=self.number,
                method="1",
                as_of=TODAY,
                cells="{}",
                cells_sha256="0" * 64,
                figures="{}",
                figures_sha256="0" * 64,
                released_at=self.now,
                public_from=public_from(self.now),
            )
            session.add(release)
            await session.flush()
            came_out = await publish_comments(session, actor=actor, now=self.now, release=release)
        return release.id, came_out

    async def later(self, days: int = 30) -> None:
        self.now += timedelta(days=days)
        self.steps.now = self.now

    async def shown(self, provider: int = 0) -> list[CommentView]:
        """What the public reads, seen without anybody in sight."""
        provider_id = self.world.providers[provider]
        async with self.database.transaction() as session:
            found = await published_comments(session, provider_ids=[provider_id], now=self.now)
        return found.get(provider_id, [])

    async def published(self, how_many: int = 5, *, provider: int = 0) -> list[CommentView]:
        """Comments that the public can read."""
        await self.approved(how_many, provider=provider)
        await self.release()
        await self.later()
        return await self.shown(provider)

    async def answer(self, comment_id: UUID, words: str = "Kiitos.", *, provider: int = 0) -> None:
        actor = self.world.provider_actor(provider)
        async with self.database.transaction(actor.sight) as session:
            await answer_comment(session, actor=actor, now=self.now, comment_id=comment_id, words=words)

    async def decide_answer(self, comment_id: UUID, reason: str | None = None) -> None:
        async with self.database.transaction(self.officer.sight) as session:
            await moderate_answer(
                session,
                actor=self.officer,
                now=self.now,
                comment_id=comment_id,
                verdict=Verdict.REJECT if reason else Verdict.APPROVE,
                reason=reason,
            )

    async def report(self, comment_id: UUID, about: str = "comment", words: str = "") -> UUID:
        async with self.database.transaction() as session:
            return await report_comment(
                session,
                now=self.now,
                comment_id=comment_id,
                about=about,
                reason="names_a_person",
                words=words,
            )

    async def decide_reports(self, comment_id: UUID, verdict: ReportVerdict) -> None:
        async with self.database.transaction(self.officer.sight) as session:
            await decide_reports(
                session, actor=self.officer, now=self.now, comment_id=comment_id, verdict=verdict
            )

    async def column(self, query: str, **values: object) -> list[object]:
        """What the organiser's own sight finds."""
        async with self.database.transaction(self.world.sight) as session:
            return list(await session.scalars(text(query), values))

    async def messages(self) -> list[tuple[str, str]]:
        """(template, to whom) of what waits in the outbox, in order of sending."""
        async with self.database.transaction(self.world.sight) as session:
            rows = await session.execute(
                text(
                    "SELECT template, CASE WHEN client_id IS NOT NULL THEN 'client' ELSE 'provider' END FROM outbox"
                    " WHERE template LIKE 'comment%' ORDER BY created_at, id"
                )
            )
            return [(template, to) for template, to in rows]

    async def row(self, comment_id: UUID) -> PublishedComment:
        async with self.database.transaction() as session:
            return await session.get_one(PublishedComment, comment_id)
