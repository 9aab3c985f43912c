"""The legal regime of a service, as data: on what law it rests, which evidence it asks, what one may do against a
decision and by when, how long files are kept.

It is data because it differs by service and changes with the law, and because an organiser has to confirm it: what
comes with the project is a template that names what is still open, and nobody decides on a template.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from registry.shared.errors import ACCEPTED, Decision, Refusal

LANGUAGES: Final = ("fi", "sv", "en")

PROVIDER_KINDS: Final = (
    "company",
    "sole_trader",
    "association",
    "foundation",
    "public_body",
    "own_production",
)
"""Who may apply: the legal forms of providers, and the organiser's own production, which is asked for itself."""


class RemedyKind(StrEnum):
    REVIEW = "review"
    """Oikaisuvaatimus, begäran om omprövning: the authority looks at its own decision again."""
    APPEAL = "appeal"
    """Valitus, besvär: a court looks at it."""


class EvidenceKind(StrEnum):
    TAX_DEBT = "tax_debt"
    PENSION_INSURANCE = "pension_insurance"
    COLLECTIVE_AGREEMENT = "collective_agreement"
    ACCIDENT_INSURANCE = "accident_insurance"
    LIABILITY_INSURANCE = "liability_insurance"
    REGISTER_EXTRACT = "register_extract"


@dataclass(frozen=True, slots=True)
class Words:
    """The same said in each language."""

    fi: str
    sv: str
    en: str

    def said_in(self, language: str) -> str:
        """In this language; in Finnish where it is none of ours."""
        return {"sv": self.sv, "en": self.en}.get(language, self.fi)


@dataclass(frozen=True, slots=True)
class Source:
    """An act and the sections of it that are meant."""

    act: str
    """Number and year: 410/2015."""
    name: Words
    sections: tuple[str, ...]
    """"134", "49 c"; empty for the act as a whole."""


@dataclass(frozen=True, slots=True)
class EvidenceRule:
    """One paper that is asked of some kinds of providers."""

    kind: EvidenceKind
    asked_of: tuple[str, ...]
    employers_only: bool
    """Not asked of one without employees: there is no insurance or agreement to show."""
    fetched: bool
    """The authority gets it from the company register itself, and asks only when the register cannot be reached."""
    max_age_months: int


@dataclass(frozen=True, slots=True)
class Remedy:
    """What one may do against a decision."""

    kind: RemedyKind
    period_days: int
    body: Words
    """Which body of the organiser is competent."""
    sources: tuple[Source, ...]
    second_instance: Words
    """Where one goes from there, as said after "you may appeal": hallinto-oikeuteen, hos …, to …"""
    second_period_days: int


@dataclass(frozen=True, slots=True)
class Regime:
    code: str
    name: Words
    basis: tuple[Source, ...]
    evidence: tuple[EvidenceRule, ...]
    remedy: Remedy
    rejected_file_years: int
    """How long the file of an application that was rejected is kept, from the end of the year in which it ended."""
    to_be_confirmed: tuple[Words, ...]
    """What a lawyer of the organiser has to settle before the first decision goes out."""


# --- what may be wrong with one -----------------------------------------------------------------------------------------

LONGEST_PERIOD_DAYS: Final = 90
LONGEST_AGE_MONTHS: Final = 24
LONGEST_FILE_YEARS: Final = 50

_CODE: Final = re.compile(r"[a-z][a-z0-9_]{1,49}")
_ACT: Final = re.compile(r"[1-9][0-9]{0,3}/(18|19|20)[0-9]{2}")
_SECTION: Final = re.compile(r"[1-9][0-9]{0,3}( [a-z])?")


def regime_problems(regime: Regime) -> dict[str, str]:
    """Field → code of everything that a regime cannot be; empty when it is whole."""
    problems = {}
    if not _CODE.fullmatch(regime.code):
        problems["code"] = "regime.code_malformed"
    if not regime.basis:
        problems["basis"] = "regime.basis_missing"
    if not 0 <= regime.rejected_file_years <= LONGEST_FILE_YEARS:
        problems["rejected_file_years"] = "regime.years_range"
    for name, days in (
        ("period_days", regime.remedy.period_days),
        ("second_period_days", regime.remedy.second_period_days),
    ):
        if not 1 <= days <= LONGEST_PERIOD_DAYS:
            problems[f"remedy.{name}"] = "regime.period_range"
    if not regime.remedy.sources:
        problems["remedy.sources"] = "regime.basis_missing"
    for where, source in _sources(regime):
        if not _ACT.fullmatch(source.act):
            problems[f"{where}.act"] = "regime.act_malformed"
        if not all(_SECTION.fullmatch(section) for section in source.sections):
            problems[f"{where}.sections"] = "regime.section_malformed"
    for where, words in _words(regime):
        if not all(words.said_in(language).strip() for language in LANGUAGES):
            problems[where] = "regime.language_missing"
    return problems | _evidence_problems(regime)


def _evidence_problems(regime: Regime) -> dict[str, str]:
    problems: dict[str, str] = {}
    seen: set[tuple[EvidenceKind, str]] = set()
    for number, rule in enumerate(regime.evidence):
        asked = {(rule.kind, kind) for kind in rule.asked_of}
        if not rule.asked_of or set(rule.asked_of) - set(PROVIDER_KINDS):
            problems[f"evidence.{number}.asked_of"] = "regime.provider_kind_unknown"
        elif len(asked) < len(rule.asked_of) or asked & seen:
            problems[f"evidence.{number}.asked_of"] = "regime.asked_twice"
        if not 1 <= rule.max_age_months <= LONGEST_AGE_MONTHS:
            problems[f"evidence.{number}.max_age_months"] = "regime.age_range"
        seen |= asked
    return problems


def _sources(regime: Regime) -> Iterator[tuple[str, Source]]:
    for field, sources in (("basis", regime.basis), ("remedy.sources", regime.remedy.sources)):
        yield from ((f"{field}.{number}", source) for number, source in enumerate(sources))


def _words(regime: Regime) -> Iterator[tuple[str, Words]]:
    yield "name", regime.name
    yield "remedy.body", regime.remedy.body
    yield "remedy.second_instance", regime.remedy.second_instance
    yield from ((f"{where}.name", source.name) for where, source in _sources(regime))
    yield from ((f"to_be_confirmed.{n}", words) for n, words in enumerate(regime.to_be_confirmed))


# --- what it means ------------------------------------------------------------------------------------------------------


def evidence_asked(
    regime: Regime, *, provider_kind: str, employer: bool | None, register_answered: bool
) -> tuple[EvidenceRule, ...]:
    """What an applicant has to show. `employer`: None where it is not known, and then it is asked; what is not known
    to be needless is asked rather than left out. A legal form that we do not know is asked what companies are."""
    kind = provider_kind if provider_kind in PROVIDER_KINDS else "company"
    return tuple(
        rule
        for rule in regime.evidence
        if kind in rule.asked_of
        and not (rule.employers_only and employer is False)
        and not (rule.fetched and register_answered)
    )


def may_decide(*, digest: str, confirmed: str | None) -> Decision:
    """A decision goes out only under a regime that the organiser has confirmed, word for word: `confirmed` is the
    digest of what was confirmed, `digest` that of what is in force."""
    if confirmed is None:
        return Refusal("regime.not_confirmed")
    return ACCEPTED if confirmed == digest else Refusal("regime.changed_since_confirmed")


_CITED: Final[Mapping[str, tuple[str, str, str]]] = {
    "fi": (" ja ", "{} §", "{} §"),
    "sv": (" och ", "{} §", "{} §"),
    "en": (" and ", "§ {}", "§§ {}"),
}
"""What stands before the last section, and around one and several."""


def cited(source: Source, language: str) -> str:
    """The act as it is cited: "Kuntalaki (410/2015) 134 ja 138 §"."""
    last, one, several = _CITED.get(language, _CITED["fi"])
    act = f"{source.name.said_in(language)} ({source.act})"
    if not source.sections:
        return act
    if len(source.sections) == 1:
        return f"{act} {one.format(source.sections[0])}"
    return f"{act} {several.format(', '.join(source.sections[:-1]) + last + source.sections[-1])}"
