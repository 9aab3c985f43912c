"""What a decision on a change says of it: item by item, as it was and as it was asked, in the language of the decision.

It is made when the decision is, and frozen with it: whoever reads the paper years later, a court too, sees what was
decided then, whatever the approval says by now (Administrative Procedure Act 434/2003 § 44).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

from babel import Locale
from babel.lists import format_list
from babel.numbers import format_decimal

from registry.catalogue.legal_regimes.remedy_words import days_in
from registry.catalogue.legal_regimes.rules import Words
from registry.providers.coaches.rules import ADDED
from registry.providers.decisions.document import Item
from registry.providers.keeping import change_words as words
from registry.providers.rules import LANGUAGES_OF_TEXTS
from registry.shared.money import written

_LISTS: Final = frozenset({"municipality_codes", "languages", "accessibility", "coach_languages"})


@dataclass(frozen=True, slots=True)
class ChangeDecided:
    """A change that was decided on. `before` and `asked` by the names of the offer, `asked` only what differs."""

    granted: bool
    before: Mapping[str, Any]
    asked: Mapping[str, Any]
    municipalities: Mapping[str, Words] = field(default_factory=dict)
    """Code → name."""
    coach: str | None = None
    """Whom it is about, by name; none: it is about the offer."""
    coach_outside: bool = False
    """Who was part of the approval when it was asked, and is not by now."""
    price_from: date | None = None
    """The first day of the price, or the day for which it was asked in vain."""
    price_asked_from: date | None = None
    since: Mapping[str, Any] = field(default_factory=dict)
    """What has been changed since, as it was when another was asked: why it could not be granted."""
    announced: tuple[int, date] | None = None
    """A price in cents, and its day, that was announced since."""
    own_words: str = ""
    """What the provider said of its request."""


def change_items(decided: ChangeDecided, language: str) -> tuple[Item, ...]:
    """One item for each thing that was asked."""
    told = _Told(decided, language if language in LANGUAGES_OF_TEXTS else "fi")
    items = [*told.coach(), *told.fields(), *told.price_day()]
    if decided.own_words:
        items.append(Item(told.say(words.OWN_WORDS), decided.own_words))
    return tuple(items)


@dataclass(frozen=True, slots=True)
class _Told:
    decided: ChangeDecided
    language: str

    def say(self, text: Words, **facts: object) -> str:
        return text.said_in(self.language).format(**facts)

    def coach(self) -> Sequence[Item]:
        """Who it is, and whether it is somebody new."""
        if self.decided.coach is None:
            return ()
        label = self.say(words.COACH, name=self.decided.coach).strip()
        inside = self.say(words.COACH_INSIDE)
        outside = self.say(words.COACH_OUTSIDE)
        new = self.decided.asked.get("coach") == ADDED
        was = outside if new or self.decided.coach_outside else inside
        if was == inside:
            text = self.say(words.BEFORE if self.decided.granted else words.STAYS, value=inside)
            return (Item(label, text),)
        return (Item(label, self._lines(was, inside)),)

    def fields(self) -> list[Item]:
        found = []
        for name, label in words.FIELDS.items():
            if name not in self.decided.asked:
                continue
            was, wanted = self.decided.before.get(name), self.decided.asked[name]
            text = self._lines(
                "" if self._untold(name, was) else self._value(name, was), self._value(name, wanted)
            )
            if name in _LISTS and was and wanted:
                text += self._difference(name, was, wanted)
            text += self._came_since(name)
            found.append(Item(self.say(label), text))
        return found

    def _came_since(self, name: str) -> str:
        """Whoever reads that something was not granted sees whether it has been changed since it was asked."""
        if self.decided.granted:
            return ""
        said = []
        if name in self.decided.since:
            said.append(self.say(words.WHEN_ASKED, value=self._value(name, self.decided.since[name])))
        if name == "unit_price_cents" and self.decided.announced:
            cents, day = self.decided.announced
            told = days_in(self.language).day(day)
            said.append(self.say(words.ANNOUNCED, value=written(cents, self.language), day=told))
        return "".join(f"\n{line}" for line in said)

    def _untold(self, name: str, was: Any) -> bool:
        """Nothing to compare with: it was never told, or it is of somebody new."""
        return was is None or (was in ("", []) and (name not in _LISTS or self.decided.coach is not None))

    def price_day(self) -> Sequence[Item]:
        if self.decided.price_from is None:
            return ()
        day = days_in(self.language).day
        asked = self.decided.price_asked_from or self.decided.price_from
        said = []
        if self.decided.granted:
            said.append(self.say(words.HOLDS_FROM, day=day(self.decided.price_from)))
        if not self.decided.granted or asked != self.decided.price_from:
            said.append(self.say(words.ASKED_FROM, day=day(asked)))
        if self.decided.granted and asked != self.decided.price_from:
            said.append(self.say(words.NOTICE))
        return (Item(self.say(words.PRICE_DAY), " ".join(said)),)

    def _lines(self, was: str, wanted: str) -> str:
        before, after = (words.BEFORE, words.AFTER) if self.decided.granted else (words.STAYS, words.REFUSED)
        lines = [self.say(before, value=was)] if was else []
        return "\n".join([*lines, self.say(after, value=wanted)])

    def _difference(self, name: str, was: Sequence[str], wanted: Sequence[str]) -> str:
        """Of a long list one sees at once what is new in it and what is gone."""
        more, less = (
            [code for code in one if code not in other] for one, other in ((wanted, was), (was, wanted))
        )
        lines = [
            self.say(label, value=self._value(name, codes))
            for label, codes in ((words.MORE, more), (words.LESS, less))
            if codes
        ]
        return "".join(f"\n{line}" for line in lines)

    def _value(self, name: str, value: Any) -> str:
        match name:
            case "municipality_codes":
                return self._list(value, self._municipality)
            case "languages" | "coach_languages":
                return self._list(value, lambda code: str(Locale(self.language).languages.get(code, code)))
            case "accessibility":
                return self._list(value, lambda code: self._known(words.NEEDS, code))
            case "remote":
                return self.say(words.YES if value else words.NO)
            case "method":
                return self._known(words.METHODS, value)
            case "unit_price_cents":
                return written(value, self.language)
            case "vat_rate_bp":
                return f"{format_decimal(Decimal(value) / 100, locale=self.language)}\N{NO-BREAK SPACE}%"
            case "vat_category":
                return self._known(words.VAT, value) if value else self.say(words.NOTHING)
            case _:
                return str(value) if value else self.say(words.NOTHING)

    def _list(self, codes: Sequence[str], name: Callable[[str], str]) -> str:
        named = sorted(name(code) for code in codes)
        return str(format_list(named, locale=self.language)) if named else self.say(words.NOTHING)

    def _municipality(self, code: str) -> str:
        found = self.decided.municipalities.get(code)
        return code if found is None else self.say(found)

    def _known(self, texts: Mapping[str, Words], code: str) -> str:
        found = texts.get(code)
        return code if found is None else self.say(found)
