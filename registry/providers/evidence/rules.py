"""Which of a provider's papers answers what is asked, and whether it is young enough. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from registry.catalogue.legal_regimes.rules import EvidenceKind, EvidenceRule
from registry.providers.files.rules import evidence_good_until, evidence_in_time
from registry.shared.errors import Decision, Refusal

VERDICTS: Final = ("accepted", "not_accepted")


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper as the rules see it."""

    id: UUID
    kind: str
    issued_on: date
    valid_until: date | None


@dataclass(frozen=True, slots=True)
class Asked:
    """A paper that is asked, with the strictest age limit of those who ask it."""

    kind: EvidenceKind
    max_age_months: int


def asked_together(rules: Iterable[Sequence[EvidenceRule]]) -> tuple[Asked, ...]:
    """What several services ask, each paper once: one that is young enough for the strictest is so for all."""
    months: dict[EvidenceKind, int] = {}
    for rule in (rule for of_service in rules for rule in of_service):
        months[rule.kind] = min(rule.max_age_months, months.get(rule.kind, rule.max_age_months))
    return tuple(Asked(kind, months[kind]) for kind in EvidenceKind if kind in months)


def fits(paper: Paper, *, max_age_months: int, on: date) -> Decision:
    """Whether this paper can be submitted on this day."""
    young = evidence_in_time(issued=paper.issued_on, submitted=on, months=max_age_months)
    if isinstance(young, Refusal):
        return young
    if paper.valid_until is not None and paper.valid_until < on:
        return Refusal("evidence.no_longer_valid", {"until": paper.valid_until})
    return young


def good_until(paper: Paper, *, max_age_months: int) -> date:
    """The last day on which it can be submitted."""
    until = evidence_good_until(paper.issued_on, months=max_age_months)
    return min(until, paper.valid_until) if paper.valid_until else until


def chosen(papers: Iterable[Paper], asked: Iterable[Asked], *, on: date) -> Mapping[EvidenceKind, Paper]:
    """Of each kind asked the newest paper, whether it fits or not: an older one is not brought forward in its stead."""
    kinds = {one.kind for one in asked}
    found: dict[EvidenceKind, Paper] = {}
    for paper in sorted(papers, key=lambda paper: (paper.issued_on, paper.id)):
        if (kind := EvidenceKind(paper.kind)) in kinds:
            found[kind] = paper
    return found


def lacking(papers: Iterable[Paper], asked: Sequence[Asked], *, on: date) -> dict[EvidenceKind, Refusal]:
    """What is asked and not there, or there and of no use, each with its reason."""
    have = chosen(papers, asked, on=on)
    problems: dict[EvidenceKind, Refusal] = {}
    for one in asked:
        paper = have.get(one.kind)
        verdict: Decision = (
            fits(paper, max_age_months=one.max_age_months, on=on) if paper else Refusal("evidence.missing")
        )
        if isinstance(verdict, Refusal):
            problems[one.kind] = verdict
    return problems
