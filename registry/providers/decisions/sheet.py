"""What lies before an officer who decides an application: criteria and what is noted of them, papers, hearings, what
has been declared, and whether the service may decide at all."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.catalogue.legal_regimes.queries import regime_in_force
from registry.catalogue.legal_regimes.rules import cited
from registry.catalogue.rule_books.queries import rule_book_of
from registry.catalogue.rule_books.rules import Point
from registry.providers.decisions.people import acts_for, declared_by, person_behind
from registry.providers.decisions.queries import (
    DecisionRow,
    HearingView,
    MarkView,
    decisions_of,
    hearing_views,
    marks_of,
)
from registry.providers.decisions.rules import Declared, Mark
from registry.providers.evidence.queries import PaperRow, papers_of
from registry.providers.model import Application, Provider
from registry.shared.actor import Actor
from registry.shared.errors import NotFound
from registry.shared.period import local_date

UNDECIDED = ("submitted", "more_information", "hearing", "heard")


@dataclass(frozen=True, slots=True)
class Sheet:
    application_id: UUID
    provider_id: UUID
    provider_name: str
    service_id: UUID
    state: str
    due_on: date
    own_unit: bool
    declared: Declared | None
    """What this officer has declared."""
    acts_for_provider: bool
    regime: str
    """confirmed, changed, open or missing."""
    book_version: str
    criteria: tuple[Point, ...]
    """None where the rule book was never published with its points."""
    marks: Mapping[str, MarkView]
    papers: tuple[PaperRow, ...]
    hearings: tuple[HearingView, ...]
    decisions: tuple[DecisionRow, ...]
    basis: tuple[str, ...]
    """What the regime and the criteria that are not met rest on, in Finnish: a beginning for a legal basis."""

    @property
    def open(self) -> bool:
        return self.state in UNDECIDED

    @property
    def may_take_part(self) -> bool:
        return self.declared is not None and self.declared.ground is None and not self.acts_for_provider

    @property
    def not_met(self) -> tuple[str, ...]:
        return tuple(p.code for p in self.criteria if self._mark(p) == Mark.NOT_MET)

    @property
    def looked_at(self) -> int:
        return sum(self._mark(point) is not None for point in self.criteria)

    @property
    def all_met(self) -> bool:
        return bool(self.criteria) and self.looked_at == len(self.criteria) and not self.not_met

    def _mark(self, point: Point) -> str | None:
        noted = self.marks.get(point.code)
        return noted.mark if noted else None


async def decision_sheet(
    session: AsyncSession, *, actor: Actor, application_id: UUID, now: datetime
) -> Sheet:
    """Of one application in sight."""
    found = (
        await session.execute(
            select(Application, Provider.name, Provider.own_production_of)
            .join(Provider, Provider.id == Application.provider_id)
            .where(Application.id == application_id)
        )
    ).one_or_none()
    if found is None:
        raise NotFound("application.unknown")
    application, name, own_production_of = found
    person = await person_behind(session, actor)
    book = await rule_book_of(
        session, application.service_id, version=str(application.offer.get("rule_book_version", ""))
    )
    marks = await marks_of(session, application.id)
    in_force = await regime_in_force(session, application.service_id)
    regime = "missing"
    if in_force is not None:
        regime = "open" if in_force.confirmed_digest is None else "changed"
        regime = "confirmed" if in_force.confirmed else regime
    failed = (
        [p for p in book.criteria if p.code in marks and marks[p.code].mark == Mark.NOT_MET] if book else []
    )
    basis = [point.legal_basis for point in failed if point.legal_basis]
    basis += [cited(source, "fi") for source in in_force.regime.basis] if in_force else []
    return Sheet(
        application_id=application.id,
        provider_id=application.provider_id,
        provider_name=name,
        service_id=application.service_id,
        state=application.state,
        due_on=application.due_on,
        own_unit=own_production_of == application.organiser_id,
        declared=await declared_by(session, person, application.id) if person else Declared(None),
        acts_for_provider=await acts_for(session, person, application.provider_id, now) if person else False,
        regime=regime,
        book_version=str(application.offer.get("rule_book_version", "")),
        criteria=book.criteria if book else (),
        marks=marks,
        papers=tuple(
            await papers_of(session, application.provider_id, application.organiser_id, local_date(now))
        ),
        hearings=tuple(await hearing_views(session, application.id)),
        decisions=tuple(await decisions_of(session, application.id)),
        basis=tuple(dict.fromkeys(basis)),
    )
