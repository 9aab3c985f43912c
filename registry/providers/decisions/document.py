"""A decision as a document: frozen when it goes out, and shown with the same words on the page, in the message and as
a PDF (Administrative Procedure Act 434/2003 §§ 43-47)."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from registry.catalogue.legal_regimes.remedy import RemedyInstructions
from registry.catalogue.legal_regimes.remedy_words import days_in
from registry.catalogue.legal_regimes.rules import Regime, Words, cited
from registry.catalogue.rule_books.rules import Point
from registry.providers.decisions import document_words as words
from registry.providers.decisions.corrections import words as of_correction
from registry.providers.decisions.corrections.rules import Consent, CorrectionGround
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
    attachments: tuple[str, ...] = ()
    """Names of the files that came with the answer."""


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
    correction: CorrectionGround | None = None
    consent: Consent | None = None
    changes: tuple[Item, ...] = ()
    """Of a decision on a change: each thing that was asked, as it was and as it is to be."""

    def say(self, text: Words, **facts: object) -> str:
        """In the language of the decision, filled in."""
        return text.said_in(self.language).format(**facts)


def decision_text(contents: Contents) -> DecisionText:
    """The document, section by section."""
    sections = [
        _parties(contents),
        _outcome(contents),
        _reasons(contents),
        *_heard(contents),
        _law(contents),
        *_term(contents),
        _remedy(contents),
    ]
    return DecisionText(
        language=contents.language,
        reference=contents.reference,
        title=contents.say(words.TITLE[contents.kind]),
        sections=tuple(sections),
    )


def _day(contents: Contents, day: date) -> str:
    return days_in(contents.language).day(day)


def _parties(contents: Contents) -> Section:
    by = f"{contents.organiser.said_in(contents.language)}\n{contents.decided_by}".strip()
    items = [
        Item(contents.say(words.PROVIDER), f"{contents.provider_name}\n{contents.provider_number}"),
        Item(contents.say(words.DECIDED_BY), by),
        Item(contents.say(words.SERVICE), contents.service.said_in(contents.language)),
        Item(contents.say(words.MATTER_BEGAN), _day(contents, contents.matter_began)),
        Item(contents.say(words.DECIDED_ON), _day(contents, contents.decided_on)),
        Item(contents.say(words.REFERENCE), contents.reference),
    ]
    if contents.body_deciding:
        text = contents.say(
            words.OWN_UNIT_TEXT, running=contents.body_running, deciding=contents.body_deciding
        )
        items.insert(2, Item(contents.say(words.OWN_UNIT), text))
    return Section(contents.say(words.PARTIES), items=tuple(items))


def _outcome(contents: Contents) -> Section:
    facts = {
        "provider": contents.provider_name,
        "service": contents.service.said_in(contents.language),
        "appealed": contents.appealed or "",
    }
    said = [contents.say(words.OUTCOME[contents.kind], **facts)]
    if contents.replaces:
        why = of_correction.TAKES_ITS_PLACE[contents.correction] if contents.correction else words.CORRECTS
        said.insert(0, contents.say(why, reference=contents.replaces))
    if contents.consent:
        said.insert(1, contents.say(of_correction.CONSENTED[contents.consent]))
    if contents.changes:
        said.append(contents.say(words.ITEM_BY_ITEM))
    return Section(contents.say(words.WHAT), paragraphs=tuple(said), items=contents.changes)


def changes_in(text: DecisionText) -> tuple[Item, ...]:
    """What a decision on a change says of it, item by item, for the one that corrects it. Empty of one that went out
    before decisions said so."""
    heading = words.WHAT.said_in(text.language)
    return next((section.items for section in text.sections if section.heading == heading), ())


def _reasons(contents: Contents) -> Section:
    said: list[str] = []
    if contents.appeal_arrived:
        said.append(contents.say(words.APPEAL_CAME, day=_day(contents, contents.appeal_arrived)))
    if contents.findings:
        said.append(contents.say(words.FINDINGS, version=contents.rule_book_version))
    items = tuple(_finding(contents, finding) for finding in contents.findings)
    if contents.reasons:
        said.append(contents.reasons)
    if not said and contents.kind is DecisionKind.CHANGED:
        said.append(contents.say(words.AS_ASKED))
    return Section(contents.say(words.REASONS), paragraphs=tuple(said), items=items)


def _finding(contents: Contents, finding: Finding) -> Item:
    mark = finding.noted.mark or Mark.NOT_MET
    text = contents.say(words.MARKS[mark])
    if finding.noted.note.strip():
        text = f"{text} {finding.noted.note.strip()}"
    if mark is Mark.NOT_MET and finding.point.legal_basis:
        text = f"{text}\n{finding.point.legal_basis}"
    return Item(finding.point.text.said_in(contents.language), text)


def _heard(contents: Contents) -> Sequence[Section]:
    heard = contents.hearing
    if heard is None:
        return ()
    asked = contents.say(
        words.ASKED, opened=_day(contents, heard.opened_on), due=_day(contents, heard.due_on)
    )
    answer = (
        contents.say(words.ANSWERED, day=_day(contents, heard.answered_on))
        if heard.answer and heard.answered_on
        else contents.say(words.SILENT)
    )
    items = [Item(contents.say(words.HELD_AGAINST), heard.text)]
    if heard.answer:
        items.append(Item(contents.say(words.ANSWER), heard.answer))
    if heard.attachments:
        items.append(Item(contents.say(words.ATTACHMENTS), "\n".join(heard.attachments)))
    return (Section(contents.say(words.HEARING), paragraphs=(asked, answer), items=tuple(items)),)


def _law(contents: Contents) -> Section:
    said = [cited(source, contents.language) for source in contents.regime.basis]
    if contents.legal_basis:
        said.append(contents.legal_basis)
    said.append(contents.say(words.PROCEDURE))
    if contents.correction is CorrectionGround.CLERICAL:
        said.append(contents.say(of_correction.PROCEDURE_OF_SLIPS))
    elif contents.correction not in (None, CorrectionGround.COURT):
        said.append(contents.say(of_correction.PROCEDURE_OF_ERRORS))
    return Section(contents.say(words.LAW), paragraphs=tuple(dict.fromkeys(said)))


def _term(contents: Contents) -> Sequence[Section]:
    if contents.valid_from is None:
        return ()
    return (
        Section(
            contents.say(words.TERM),
            paragraphs=(contents.say(words.VALID, day=_day(contents, contents.valid_from)),),
        ),
    )


def _remedy(contents: Contents) -> Section:
    remedy = contents.remedy
    return Section(
        remedy.heading,
        paragraphs=(remedy.opening,),
        items=tuple(Item(step.label, step.text) for step in remedy.steps),
    )
