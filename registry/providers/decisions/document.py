"""A decision as a document: frozen when it goes out, and shown with the same words on the page, in the message and as
a PDF (Administrative Procedure Act 434/2003 §§ 43-47)."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from registry.catalogue.legal_regimes.remedy import RemedyInstructions
from registry.catalogue.legal_regimes.remedy_words import phrases
from registry.catalogue.legal_regimes.rules import Regime, Words, cited
from registry.catalogue.rule_books.rules import Point
from registry.providers.decisions.document_words import DocumentWords, document_words
from registry.providers.decisions.rules import DecisionKind, Mark, Noted


@dataclass(frozen=True, slots=True)
class Item:
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Section:
    heading: str
    paragraphs: tuple[str, ...] = ()
    items: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class DecisionText:
    """What a decision says, in one language. Lines within a text are parted by a line break."""

    language: str
    reference: str
    title: str
    sections: tuple[Section, ...]

    @property
    def plain_text(self) -> str:
        """For a message or a terminal: no markup."""
        parts = [self.title]
        for section in self.sections:
            parts += [section.heading, *section.paragraphs]
            parts += [f"{item.label}\n{item.text}" for item in section.items]
        return "\n\n".join(parts) + "\n"


def text_document(text: DecisionText) -> dict[str, Any]:
    """As it is kept: plain JSON."""
    return asdict(text)


def read_text(document: dict[str, Any]) -> DecisionText:
    """Back from what is kept."""
    return DecisionText(
        language=document["language"],
        reference=document["reference"],
        title=document["title"],
        sections=tuple(
            Section(
                heading=section["heading"],
                paragraphs=tuple(section["paragraphs"]),
                items=tuple(Item(**item) for item in section["items"]),
            )
            for section in document["sections"]
        ),
    )


@dataclass(frozen=True, slots=True)
class Finding:
    """One criterion and what was found of it."""

    point: Point
    noted: Noted


@dataclass(frozen=True, slots=True)
class HeardFact:
    """A hearing that came before."""

    opened_on: date
    due_on: date
    text: str
    answer: str | None
    answered_on: date | None


@dataclass(frozen=True, slots=True)
class Contents:
    """Everything that a decision's text is made of."""

    language: str
    reference: str
    kind: DecisionKind
    organiser: Words
    decided_by: str
    body_running: str
    body_deciding: str
    """Of the organiser's own unit; empty otherwise."""
    provider_name: str
    provider_number: str
    service: Words
    matter_began: date
    """When the application was sent, or the matter was taken up."""
    decided_on: date
    reasons: str
    """What the officer wrote besides the criteria; may be empty."""
    findings: tuple[Finding, ...]
    rule_book_version: str | None
    hearing: HeardFact | None
    legal_basis: str
    """What the officer named besides the regime's; may be empty."""
    regime: Regime
    valid_from: date | None
    """First day of an approval."""
    replaces: str | None
    """Reference of the decision that this one stands in the place of."""
    appeal_arrived: date | None
    appealed: str | None
    """Reference of the decision that was appealed."""
    remedy: RemedyInstructions


def decision_text(contents: Contents) -> DecisionText:
    """The document, section by section."""
    words = document_words(contents.language)
    sections = [
        _parties(contents, words),
        _outcome(contents, words),
        _reasons(contents, words),
        *_heard(contents, words),
        _law(contents, words),
        *_term(contents, words),
        _remedy(contents),
    ]
    return DecisionText(
        language=contents.language,
        reference=contents.reference,
        title=words.title[contents.kind],
        sections=tuple(sections),
    )


def _day(contents: Contents, day: date) -> str:
    return phrases(contents.language).day(day)


def _parties(contents: Contents, words: DocumentWords) -> Section:
    by = f"{contents.organiser.said_in(contents.language)}\n{contents.decided_by}".strip()
    items = [
        Item(words.provider, f"{contents.provider_name}\n{contents.provider_number}"),
        Item(words.decided_by, by),
        Item(words.service, contents.service.said_in(contents.language)),
        Item(words.matter_began, _day(contents, contents.matter_began)),
        Item(words.decided_on, _day(contents, contents.decided_on)),
        Item(words.reference, contents.reference),
    ]
    if contents.body_deciding:
        text = words.own_unit_text.format(running=contents.body_running, deciding=contents.body_deciding)
        items.insert(2, Item(words.own_unit, text))
    return Section(words.parties, items=tuple(items))


def _outcome(contents: Contents, words: DocumentWords) -> Section:
    facts = {
        "provider": contents.provider_name,
        "service": contents.service.said_in(contents.language),
        "appealed": contents.appealed or "",
    }
    said = [words.outcome[contents.kind].format(**facts)]
    if contents.replaces:
        said.insert(0, words.corrects.format(reference=contents.replaces))
    return Section(words.what, paragraphs=tuple(said))


def _reasons(contents: Contents, words: DocumentWords) -> Section:
    said: list[str] = []
    if contents.appeal_arrived:
        said.append(words.appeal_came.format(day=_day(contents, contents.appeal_arrived)))
    if contents.findings:
        said.append(words.findings.format(version=contents.rule_book_version))
    items = tuple(_finding(finding, words, contents.language) for finding in contents.findings)
    if contents.reasons:
        said.append(contents.reasons)
    return Section(words.reasons, paragraphs=tuple(said), items=items)


def _finding(finding: Finding, words: DocumentWords, language: str) -> Item:
    mark = finding.noted.mark or Mark.NOT_MET
    text = words.marks[mark]
    if finding.noted.note.strip():
        text = f"{text} {finding.noted.note.strip()}"
    if mark is Mark.NOT_MET and finding.point.legal_basis:
        text = f"{text}\n{finding.point.legal_basis}"
    return Item(finding.point.text.said_in(language), text)


def _heard(contents: Contents, words: DocumentWords) -> Sequence[Section]:
    heard = contents.hearing
    if heard is None:
        return ()
    asked = words.asked.format(opened=_day(contents, heard.opened_on), due=_day(contents, heard.due_on))
    answer = (
        words.answered.format(day=_day(contents, heard.answered_on))
        if heard.answer and heard.answered_on
        else words.silent
    )
    items = [Item(words.held_against, heard.text)]
    if heard.answer:
        items.append(Item(words.answer, heard.answer))
    return (Section(words.hearing, paragraphs=(asked, answer), items=tuple(items)),)


def _law(contents: Contents, words: DocumentWords) -> Section:
    said = [cited(source, contents.language) for source in contents.regime.basis]
    if contents.legal_basis:
        said.append(contents.legal_basis)
    said += words.procedure
    return Section(words.law, paragraphs=tuple(dict.fromkeys(said)))


def _term(contents: Contents, words: DocumentWords) -> Sequence[Section]:
    if contents.valid_from is None:
        return ()
    return (Section(words.term, paragraphs=(words.valid.format(day=_day(contents, contents.valid_from)),)),)


def _remedy(contents: Contents) -> Section:
    remedy = contents.remedy
    return Section(
        remedy.heading,
        paragraphs=(remedy.opening,),
        items=tuple(Item(step.label, step.text) for step in remedy.steps),
    )
