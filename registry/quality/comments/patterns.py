"""What is found by its shape: identity codes, phone numbers, addresses of all kinds, accounts, car plates.

Finding too much costs a number in a comment; finding too little shows somebody's. Every expression stops at a bounded
length or repeats only what cannot be read in two ways, so that no text makes them slow.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

KINDS: Final = (
    "identity_code",
    "business_id",
    "phone",
    "email",
    "web",
    "address",
    "bank_account",
    "vehicle",
    "name",
    "coach",
)
"""What is masked. `coach` is one of the provider's own coaches, which a reader may take for "a coach"."""

MARK: Final = re.compile(rf"⟦({'|'.join(KINDS)})⟧")

Found = tuple[int, int, str]
"""Where it starts and ends, and of what kind it is."""
_GAP: Final = r"[ \u00a0\t().–-]"
_DOMAINS: Final = "fi|com|net|org|eu|info|io|app|dev|ax"


@dataclass(frozen=True, slots=True)
class Pattern:
    """An expression; where it has a group, only that is masked. `unless` looks at a match and its text once more."""

    kind: str
    expression: re.Pattern[str]
    unless: Callable[[re.Match[str]], bool] = lambda _: False

    def found(self, text: str) -> Iterator[Found]:
        """What is found, each in the rest of the text behind the one before: that is how it reads once that one is
        a mark, so that masking does not have to begin again for every find."""
        rest, cut, at = text, 0, 0
        while match := self.expression.search(rest, at):
            if self.unless(match):
                at = match.end()
                continue
            start, end = match.span(self.group)
            yield cut + start, cut + end, self.kind
            rest, cut, at = rest[end:], cut + end, 0

    @property
    def group(self) -> int:
        """1 where there is a group without a name."""
        return 1 if self.expression.groups > len(self.expression.groupindex) else 0


def _small(expression: str) -> re.Pattern[str]:
    return re.compile(expression, re.IGNORECASE)


def _digits(text: str) -> int:
    return sum(ch.isdigit() for ch in text)


_DATE: Final = re.compile(r"\(?\d{1,2}[-–. ]\d{1,2}[-–. ](?:19|20)\d\d$")


def _no_phone(match: re.Match[str]) -> bool:
    found = match.group()
    count = _digits(found)
    if _DATE.match(found):
        return True
    if found[0] in "oO" or not found.lstrip("(")[1:2].isdigit():
        return count < 8
    return count < 7


_NO_PLATES: Final = frozenset(
    ["ISO", "SAP", "PDF", "USB", "GPS", "SQL", "PHP", "CSS", "API", "CNC", "LVI", "YTJ"]
)
_CAR: Final = _small(r"(?:rek|auto|kilpi|kilve|bil|reg|car|plate|parki)")


def _no_plate(match: re.Match[str]) -> bool:
    """Letters, a dash and digits stand for much else; short ones need a car nearby."""
    letters, _, digits = match.group().partition("-")
    if letters in _NO_PLATES:
        return True
    if len(letters) == 3 and len(digits) > 1:
        return False
    return _CAR.search(match.string, max(0, match.start() - 30), match.end() + 30) is None


_STREET: Final = re.compile(
    r"..(?:katu|kadu|tie|kuja|polku|polu|kaari|kaare|väylä|raitti|raiti|aukio|puistikko|puistiko|bulevardi|esplanadi"
    r"|tori|penger|penkere|rinne|rintee|portti|porti|silta|silla|ranta|ranna|mäki|mäe|kulma|piha|puisto|kenttä|kentä"
    r"|kallio|niitty|niity|harju|törmä|kumpu|laita|rivi)"
    r"(?:n|ll[aä]|lt[aä]|lle|ss[aä]|st[aä]|a|ä|t[aä]|an|un|en|in|seen)?$"
    r"|..(?:gatan?|gata|vägen|gränden|stigen|allén|esplanaden|torget|kajen|backen|stranden|svängen|platsen|bågen"
    r"|brinken|parken)s?$",
    re.IGNORECASE,
)
_STREET_WRITTEN_SMALL: Final = re.compile(r"..(?:katu|kadu|tie|kuja|gatan|vägen)\w{0,4}$")
_NO_STREETS: Final = re.compile(
    r"(?:palvelu|ura|oppimis|opinto|hoito|koulutus|työllistymis|kuntoutus)pol|(?:valta|moottori|kanta|rauta)tie",
    re.IGNORECASE,
)


def _no_street(match: re.Match[str]) -> bool:
    word = match.group("street")
    if _NO_STREETS.match(word) or not _STREET.search(word):
        return True
    return word[0].islower() and not _STREET_WRITTEN_SMALL.search(word)


_NUMBER: Final = (
    r"\d{1,4}(?!\d)(?: ?[–-] ?\d{1,3}(?!\d))?(?:[a-z](?!\w)| ?[A-HJ-ZÅÄÖ](?!\w)(?: ?\d{1,3}(?!\d))?)?"
    r"(?: ?(?:as\.?|bst|lgh|apt\.?) ?\d{1,3}(?!\d))?"
    r"(?! ?(?:km|min|metri|euro|€|%|vuo|kert|viik|päiv|tun|h\b|kpl|pist))"
)
_CAPITAL: Final = r"[A-ZÅÄÖ][\w-]{1,30}"

PATTERNS: Final = (
    Pattern(
        "email",
        _small(
            r"(?<![\w.+%-])[\w.+%-]+ ?(?:@|\(at\)|\[at\]|\(ät\)|\[ät\]) ?[\w-]{1,63}"
            r"(?: ?(?:\.|\(dot\)|\(piste\)) ?[\w-]{2,63}){1,4}"
        ),
    ),
    Pattern(
        "email",
        _small(
            r"(?<![\w.+%-])[\w.+%-]+ (?:at|ät|miukumauku) (?:gmail|hotmail|outlook|yahoo|icloud|luukku"
            rf"|proton\w{{0,4}}|live)(?:\.| piste | dot | )(?:{_DOMAINS})\b"
        ),
    ),
    Pattern("web", _small(r"(?<![\w@])(?:https?://|www\.)[^\s⟦⟧]*[\w/=&#-]")),
    Pattern(
        "web",
        _small(
            rf"(?<![\w@.-])(?:[a-z0-9åäö-]{{1,63}}\.){{1,4}}(?:{_DOMAINS})(?![\w-])(?:/[^\s⟦⟧]{{0,200}}[\w/])?"
        ),
    ),
    Pattern("web", re.compile(r"(?<![\w@.])@[\w.]{1,30}\w")),
    Pattern(
        "web",
        _small(
            r"\b(?:insta\w{0,8}|ig|snap\w{0,4}|snäp\w{0,4}|tiktok\w{0,4}|telegram\w{0,4}|discord\w{0,4}|facebook\w{0,4}|fb|kik)"
            r" ?[:=]? ?((?=[^\W_]{0,30}[\d_.]\w)[\w.]{2,40}\w)"
        ),
    ),
    Pattern(
        "bank_account",
        _small(r"(?<![a-z0-9])[a-z]{2}\d{2}[ -]?(?:[A-Z]{4}[ -]?)?\d(?:[ -]?\d){8,28}(?!\d)"),
    ),
    Pattern(
        "bank_account",
        _small(r"\b(?:tili|konto|account)\w{0,12}[^\w\n]{0,3}(?:\w{1,6}[^\w\n]{1,2})?(\d{6}[- ]?\d{2,8})(?!\d)"),
    ),
    Pattern("bank_account", re.compile(r"(?<!\d)\d{4}(?:[ -]?\d{4}){3}(?!\d)")),
    Pattern("identity_code", _small(r"(?<!\d)\d{6} ?[-–—+A-FU-Y] ?\d{3}[0-9A-Y](?!\d)")),
    Pattern("identity_code", re.compile(r"(?<!\d)(?:19|20)\d{6}[-+]?\d{4}(?!\d)")),
    Pattern("business_id", re.compile(r"(?<!\d)\d{7} ?[-–] ?\d(?!\d)|\bFI ?\d{8}(?!\d)")),
    Pattern("phone", re.compile(rf"(?<![\w+])(?:\+|00) ?\d{{1,3}}(?:{_GAP}{{0,3}}\d){{6,13}}(?!\d)")),
    Pattern(
        "phone",
        re.compile(r"(?<!\w)(?<!\d[.,:/–-])\(?[0oO]\d{0,3}\)?(?:[ \u00a0()–-]{0,3}\d){4,11}(?!\d)"),
        unless=_no_phone,
    ),
    Pattern("phone", re.compile(r"(?<![\w.,])(?:4\d|50)(?:[ -]\d{3}[ -]?\d{3,4}|\d{7})(?!\d)")),
    Pattern(
        "phone",
        _small(
            r"\b(?:puh\w{0,10}|tel|tfn|telefon\w{0,4}|phone|gsm|numero\w{0,5}|nro|nummer|numret|number|soita|soittakaa|ring|call"
            r"|whatsapp|wa|text|tekstaa)\b[ .:]{0,3}(?:(?:minulle|mulle|mig|me|numeroon|nr|is|on|at|på)\b[ .:]{1,2}){0,2}"
            r"(\d(?:[ .\u00a0–-]{0,2}\d){5,12})(?!\d)"
        ),
        unless=lambda match: bool(_DATE.match(match.group(1))),
    ),
    Pattern(
        "address",
        re.compile(
            rf"(?<![\w-])(?:(?:Iso|Vanha|Uusi|Pieni|Pitkä|Ylä|Ala|Gamla|Nya|Stora|Lilla)\w{{0,5}} )?"
            rf"(?P<street>[^\W\d_][\w-]{{3,50}}) {_NUMBER}"
        ),
        unless=_no_street,
    ),
    Pattern(
        "address",
        re.compile(
            rf"(?<![\w-])(?:{_CAPITAL} ){{1,2}}(?:katu|kadun|kadulla|kadulle|kadulta|tie|tien|tiellä|tielle|kuja|polku"
            rf"|polulla|kaari|väylä|puistotie|gata|väg) {_NUMBER}"
        ),
    ),
    Pattern(
        "address",
        re.compile(
            rf"(?<![\w-])(?:\d{{1,4}}[a-z]? )?{_CAPITAL} (?:Street|Road|Avenue|Lane|Drive)\b(?: {_NUMBER})?"
        ),
        unless=lambda match: not any(ch.isdigit() for ch in match.group()),
    ),
    Pattern("address", re.compile(rf"(?<![\d-])(?:FI-|AX-)?\d{{5}} {_CAPITAL}")),
    Pattern(
        "vehicle", re.compile(r"(?<![\w-])[A-ZÅÄÖ]{2,3}-\d{1,3}(?![\w-])"), unless=_no_plate
    ),
    Pattern(
        "vehicle",
        _small(
            r"\b(?:rek\w{0,16}|kilpi\w{0,4}|kilve\w{0,4}|regnr|registrerings\w{0,9}|plates?)\b\W{1,3}"
            r"([a-zåäö]{2,3}[- ]?\d{1,3})(?!\w)"
        ),
    ),
)  # fmt: skip
