"""A decision against a voucher's holder as a document: parties, what was decided, reasons, hearing, law and remedy
(Administrative Procedure Act 434/2003 §§ 43-47).

It is frozen with the decision, which nobody can change or delete before its time. So the holder's name is not in it, for
that must be erasable: whoever shows the paper puts it in, as long as it is known.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from babel.numbers import format_decimal

from registry.catalogue.legal_regimes.remedy_words import days_in
from registry.catalogue.legal_regimes.rules import Source, Words, cited
from registry.providers.decisions import document_words as common
from registry.providers.decisions.document import DecisionText, Item, Section
from registry.shared.money import written
from registry.vouchers.adverse import words
from registry.vouchers.adverse.rules import AdverseKind, Hearing


@dataclass(frozen=True, slots=True)
class Worth:
    """A sum, and of a voucher in units how many hundredths of them it stands for."""

    cents: int
    units: int | None = None
    unit_name: str | None = None

    def said_in(self, language: str) -> str:
        """ "2 tuntia (120,00 €)", or the sum alone."""
        value = written(self.cents, language)
        texts = words.UNITS.get(self.unit_name or "")
        if self.units is None or texts is None:
            return value
        one, other = texts
        count = format_decimal(Decimal(self.units) / 100, locale=language)
        return (one if self.units == 100 else other).said_in(language).format(count=count, value=value)


@dataclass(frozen=True, slots=True)
class Paper:
    """All that the document is made of, but for the instructions on the remedy, which are in a language already."""

    reference: str
    kind: AdverseKind
    number: str
    """Of the voucher, grouped for the eye."""
    organiser: Words
    contact: tuple[str, ...]
    """Phone and e-mail of the authority."""
    decided_by: str
    service: Words
    decided_on: date
    taken: Worth
    left: Worth | None
    """What can still be used of a lowered voucher; None where it was not written down."""
    reason: str
    hearing: Hearing
    basis: Sequence[Source]


def paper_text(paper: Paper, remedy: Mapping[str, Any], language: str) -> DecisionText:
    """The document in one language. `remedy`: heading, opening, steps, as they are kept with the decision."""

    def say(text: Words, **facts: object) -> str:
        return text.said_in(language).format(**facts)

    day = days_in(language).day
    outcome = [say(words.OUTCOME[paper.kind], number=paper.number, value=paper.taken.said_in(language))]
    if paper.left is not None:
        outcome.append(say(words.LEFT, value=paper.left.said_in(language)))
    outcome.append(say(words.FOLLOWS[paper.kind]))
    why = words.REASONS[paper.kind].get(paper.reason)
    heard = say(words.HEARD[paper.hearing.how], day=day(paper.hearing.on) if paper.hearing.on else "")
    law = [*(cited(source, language) for source in paper.basis), say(words.PROCEDURE)]
    authority = paper.organiser.said_in(language)
    parties = (
        Item(say(words.HOLDER), say(words.VOUCHER, number=paper.number)),
        Item(say(common.DECIDED_BY), f"{authority}\n{paper.decided_by}".strip()),
        Item(
            say(words.MORE),
            "\n".join(part for part in (paper.decided_by or authority, *paper.contact) if part),
        ),
        Item(say(common.SERVICE), paper.service.said_in(language)),
        Item(say(common.DECIDED_ON), day(paper.decided_on)),
        Item(say(common.REFERENCE), paper.reference),
    )
    return DecisionText(
        language=language,
        reference=paper.reference,
        title=say(words.TITLE[paper.kind]),
        sections=(
            Section(say(common.PARTIES), items=parties),
            Section(say(common.WHAT), paragraphs=tuple(outcome)),
            Section(say(common.REASONS), paragraphs=(say(why) if why else paper.reason,)),
            Section(say(common.HEARING), paragraphs=(heard,)),
            Section(say(common.LAW), paragraphs=tuple(dict.fromkeys(law))),
            Section(
                remedy["heading"],
                paragraphs=(remedy["opening"],),
                items=tuple(Item(label, text) for label, text in remedy["steps"]),
            ),
        ),
    )


def named(text: DecisionText, holder: str) -> DecisionText:
    """The paper with the name of the holder before the voucher's number."""
    parties, *rest = text.sections
    first, *others = parties.items
    first = replace(first, text=f"{holder}\n{first.text}")
    return replace(text, sections=(replace(parties, items=(first, *others)), *rest))
