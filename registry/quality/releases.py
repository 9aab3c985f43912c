"""Making a release, and verifying an old one. Run by the command line or the worker, never in a web process: this is
where numpy and scipy are loaded."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import undefer

from registry.audit.commands import record
from registry.catalogue.model import Organiser
from registry.quality.cells import counting, earlier_releases, gather, gather_private
from registry.quality.comments.commands import publish_comments
from registry.quality.computation import (
    KAPPA_DIGITS,
    MEAN_DIGITS,
    canonical,
    cells_document,
    count_of,
    digest,
    figures_document,
    posterior,
)
from registry.quality.model import Release, ReleaseFigure, ReleaseMeasure
from registry.quality.preview.commands import announce
from registry.quality.preview.model import PrivateFigure
from registry.quality.preview.rules import public_from
from registry.quality.rules import MEASURES, METHOD, Kind
from registry.quality.sources import Found
from registry.shared.actor import Actor
from registry.shared.errors import NotFound, Refused
from registry.shared.identifiers import uuid7
from registry.shared.period import local_date

ROWS_AT_ONCE: Final = 2_000


async def publish_release(
    session: AsyncSession, *, actor: Actor, now: datetime, organiser_id: UUID, as_of: date | None = None
) -> UUID:
    """Freeze what is known of quality at one organiser: cells, parameters and figures, with their hashes.

    It becomes public after the days in which providers may point out errors, and there is no way round them: not even
    a first release is nobody's. Each provider in it is told. Two at once cannot both get the same number: the second
    fails on the unique key and changes nothing.
    """
    day = as_of or local_date(now)
    if await session.scalar(select(Organiser.sandbox).where(Organiser.id == organiser_id)):
        raise Refused("release.sandbox")
    earlier = await earlier_releases(session, organiser_id)
    gathered = await gather(session, organiser_id=organiser_id, as_of=day, earlier=earlier)
    cells = cells_document(
        organiser_id=str(organiser_id),
        as_of=day.isoformat(),
        counting=await counting(session),
        cells=gathered.cells,
        coefficients=gathered.coefficients,
    )
    figures = figures_document(cells)
    cells_text, figures_text = canonical(cells), canonical(figures)
    release = Release(
        id=uuid7(),
        organiser_id=organiser_id,
        number=earlier.number + 1,
        method=METHOD,
        as_of=day,
        cells=cells_text,
        cells_sha256=digest(cells_text),
        figures=figures_text,
        figures_sha256=digest(figures_text),
        released_at=now,
        public_from=public_from(now),
        released_by=actor.id,
    )
    session.add(release)
    await session.flush()
    await _write_rows(session, release.id, cells, figures)
    await _write_private(
        session, release, await gather_private(session, organiser_id=organiser_id, as_of=day)
    )
    await publish_comments(session, actor=actor, now=now, release=release)
    await announce(session, now=now, release=release)
    record(
        session,
        actor=actor,
        now=now,
        action="release.published",
        subject_kind="release",
        subject_id=release.id,
        organiser_id=organiser_id,
        facts={
            "number": release.number,
            "method": METHOD,
            "as_of": day,
            "public_from": release.public_from.isoformat(),
            "cells_sha256": release.cells_sha256,
            "figures_sha256": release.figures_sha256,
        },
    )
    return release.id


async def _write_rows(
    session: AsyncSession, release_id: UUID, cells: Mapping[str, Any], figures: Mapping[str, Any]
) -> None:
    fitted = list(_fitted(release_id, figures))
    if fitted:
        await session.execute(insert(ReleaseMeasure), fitted)
    batch: list[dict[str, Any]] = []
    for row in _rows(release_id, cells, figures):
        batch.append(row)
        if len(batch) == ROWS_AT_ONCE:
            await session.execute(insert(ReleaseFigure), batch)
            batch = []
    if batch:
        await session.execute(insert(ReleaseFigure), batch)


async def _write_private(session: AsyncSession, release: Release, found: Found) -> None:
    rows = [
        {
            "release_id": release.id,
            "organiser_id": release.organiser_id,
            "service_id": UUID(service),
            "provider_id": UUID(provider),
            "measure": code,
            "n": count.n,
            "k": count.k,
        }
        for (service, code), provider, count in found
    ]
    for start in range(0, len(rows), ROWS_AT_ONCE):
        await session.execute(insert(PrivateFigure), rows[start : start + ROWS_AT_ONCE])


_COLUMNS: Final = (
    "n",
    "k",
    "unknown",
    "days",
    "estimate",
    "low",
    "high",
    "if_unknown_bad",
    "if_unknown_good",
    "expected",
    "ratio",
    "ratio_low",
    "ratio_high",
)


def _fitted(release_id: UUID, figures: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The fitted parameters of each share, as rows."""
    for service, measures in figures["services"].items():
        for code, measure in measures.items():
            if MEASURES[code].kind is Kind.SHARE:
                funnel = measure.get("funnel") or {}
                yield {
                    "release_id": release_id,
                    "service_id": UUID(service),
                    "measure": code,
                    "mean_millionths": measure["mean_millionths"],
                    "kappa_thousandths": measure["kappa_thousandths"],
                    "funnel_phi_thousandths": funnel.get("phi_thousandths"),
                    "funnel_kappa_thousandths": funnel.get("kappa_thousandths"),
                }


def _rows(release_id: UUID, cells: Mapping[str, Any], figures: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The figures' document as rows, with the posterior that pages compare two providers by."""
    for service, measures in figures["services"].items():
        for code, measure in measures.items():
            share = MEASURES[code].kind is Kind.SHARE
            for provider, figure in measure["providers"].items():
                row: dict[str, Any] = {
                    "release_id": release_id,
                    "service_id": UUID(service),
                    "provider_id": UUID(provider),
                    "measure": code,
                    "kind": measure["kind"],
                    "blank": figure.get("blank"),
                    "usual": None,
                    "alpha": None,
                    "beta": None,
                    **{column: figure.get(column) for column in _COLUMNS},
                }
                if share and "blank" not in figure:
                    row["usual"] = measure["usual"]
                    row["alpha"], row["beta"] = posterior(
                        count_of(Kind.SHARE, cells["services"][service][code][provider]),
                        measure["mean_millionths"] / 10**MEAN_DIGITS,
                        measure["kappa_thousandths"] / 10**KAPPA_DIGITS,
                    )
                yield row


@dataclass(frozen=True, slots=True)
class Verification:
    """What a release says of itself, compared with what its cells give today."""

    number: int
    as_of: date
    cells_unchanged: bool
    """The cells hash to what was recorded."""
    figures_same: bool
    """The figures recomputed from the cells are the same bytes."""
    rows_same: bool
    """The rows that pages read say the same as the document."""

    @property
    def holds(self) -> bool:
        return self.cells_unchanged and self.figures_same and self.rows_same


async def verify_release(session: AsyncSession, *, release_id: UUID) -> Verification:
    """Recompute a release from its own cells. It needs no person's row, so it works when those are long gone."""
    release = await session.scalar(
        select(Release)
        .where(Release.id == release_id)
        .options(undefer(Release.cells), undefer(Release.figures))
    )
    if release is None:
        raise NotFound("release.unknown")
    cells = json.loads(release.cells)
    recomputed = canonical(figures_document(cells))
    figures = json.loads(recomputed)
    same = [
        await _rows_same(session, table, release_id, rows)
        for table, rows in (
            (ReleaseFigure, _rows(release_id, cells, figures)),
            (ReleaseMeasure, _fitted(release_id, figures)),
        )
    ]
    return Verification(
        number=release.number,
        as_of=release.as_of,
        cells_unchanged=digest(release.cells) == release.cells_sha256,
        figures_same=recomputed == release.figures and digest(recomputed) == release.figures_sha256,
        rows_same=all(same),
    )


async def _rows_same(
    session: AsyncSession,
    table: type[ReleaseFigure] | type[ReleaseMeasure],
    release_id: UUID,
    expected: Iterable[Mapping[str, Any]],
) -> bool:
    """Whether a table has just these rows of the release."""

    def key(row: Mapping[str, Any]) -> tuple[UUID | str, ...]:
        return row["service_id"], row.get("provider_id", ""), row["measure"]

    stored = await session.execute(select(table.__table__).where(table.release_id == release_id))
    rows = [dict(row) for row in stored.mappings()]
    return {key(row): row for row in rows} == {key(row): row for row in expected}
