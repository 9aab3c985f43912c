"""The words in which a decision says what change was asked for, each in Finnish, Swedish and English. Names in braces are
filled in."""

from collections.abc import Mapping
from typing import Final

from registry.catalogue.legal_regimes.rules import Words
from registry.shared.vat import VatCategory

FIELDS: Final[Mapping[str, Words]] = {
    "municipality_codes": Words("Kunnat", "Kommuner", "Municipalities"),
    "remote": Words("Palvelu etänä", "Tjänsten på distans", "The service remotely"),
    "languages": Words("Palvelun kielet", "Tjänstens språk", "Languages of the service"),
    "accessibility": Words("Esteettömyys", "Tillgänglighet", "Accessibility"),
    "method": Words("Työtapa", "Arbetssätt", "Way of working"),
    "unit_price_cents": Words(
        "Yksikköhinta veroineen", "Pris per enhet med skatt", "Unit price with its tax"
    ),
    "vat_rate_bp": Words(
        "Arvonlisäverokanta hinnassa", "Momssats i priset", "Rate of value added tax in the price"
    ),
    "vat_category": Words("Arvonlisäveron laji", "Mervärdesskattens art", "Kind of value added tax"),
    "vat_reason": Words(
        "Miksi hinnassa ei ole arvonlisäveroa",
        "Varför priset inte innehåller mervärdesskatt",
        "Why there is no value added tax in the price",
    ),
    "coach_first_name": Words("Valmentajan etunimi", "Coachens förnamn", "First name of the coach"),
    "coach_surname": Words("Valmentajan sukunimi", "Coachens efternamn", "Surname of the coach"),
    "coach_qualification": Words("Valmentajan pätevyys", "Coachens behörighet", "Qualification of the coach"),
    "coach_languages": Words("Valmentajan kielet", "Coachens språk", "Languages of the coach"),
}
"""By the names under which a change keeps them, in the order in which a decision says them."""

COACH: Final = Words("Valmentaja {name}", "Coachen {name}", "Coach {name}")
COACH_OUTSIDE: Final = Words(
    "ei kuulu hyväksyntään", "omfattas inte av godkännandet", "is no part of the approval"
)
COACH_INSIDE: Final = Words(
    "kuuluu hyväksyntään ja palvelee asiakkaita",
    "omfattas av godkännandet och betjänar klienter",
    "is part of the approval and serves clients",
)

YES: Final = Words("kyllä", "ja", "yes")
NO: Final = Words("ei", "nej", "no")
METHODS: Final[Mapping[str, Words]] = {
    "one_to_one": Words("kahden kesken", "på tu man hand", "one to one"),
    "group": Words("ryhmässä", "i grupp", "in a group"),
    "mixed": Words(
        "osin kahden kesken, osin ryhmässä",
        "delvis på tu man hand, delvis i grupp",
        "partly one to one, partly in a group",
    ),
}
NEEDS: Final[Mapping[str, Words]] = {
    "step_free": Words("esteetön pääsy", "tillträde utan trappsteg", "step-free access"),
    "quiet_space": Words("rauhallinen tila", "lugn plats", "quiet space"),
    "sign_language": Words("viittomakieli", "teckenspråk", "sign language"),
    "induction_loop": Words("induktiosilmukka", "induktionsslinga", "induction loop"),
    "plain_language": Words("selkokieli", "lättläst språk", "plain language"),
}
VAT: Final[Mapping[str, Words]] = {
    VatCategory.STANDARD: Words("verollinen", "skattepliktig", "taxed"),
    VatCategory.EXEMPT: Words(
        "laissa verosta vapautettu", "skattefri enligt lag", "exempt from the tax by law"
    ),
    VatCategory.REVERSE: Words("käännetty verovelvollisuus", "omvänd skattskyldighet", "reverse charge"),
    VatCategory.ZERO: Words("verokanta 0 %", "skattesats 0 %", "rate of 0 %"),
    VatCategory.OUTSIDE: Words(
        "ei arvonlisäverovelvollinen", "inte skattskyldig", "not registered for the tax"
    ),
}

BEFORE: Final = Words("Ennen päätöstä: {value}", "Före beslutet: {value}", "Before the decision: {value}")
AFTER: Final = Words("Päätöksen jälkeen: {value}", "Efter beslutet: {value}", "After the decision: {value}")
STAYS: Final = Words("On voimassa: {value}", "Gäller: {value}", "In force: {value}")
REFUSED: Final = Words(
    "Pyydettiin, ei hyväksytty: {value}",
    "Begärdes, godkändes inte: {value}",
    "Asked for, not granted: {value}",
)
WHEN_ASKED: Final = Words(
    "Muuttunut pyynnön jälkeen. Pyydettäessä: {value}",
    "Har ändrats efter begäran. När ändringen begärdes: {value}",
    "Changed since it was asked. When it was asked: {value}",
)
ANNOUNCED: Final = Words(
    "Pyynnön jälkeen ilmoitettu hinta: {value}, {day} alkaen",
    "Pris som meddelats efter begäran: {value}, från och med {day}",
    "Price announced since it was asked: {value}, from {day}",
)
MORE: Final = Words("Lisäystä: {value}", "Tillkommer: {value}", "Added: {value}")
LESS: Final = Words("Jää pois: {value}", "Faller bort: {value}", "Left out: {value}")
NOTHING: Final = Words("ei mitään", "inget", "nothing")

PRICE_DAY: Final = Words("Hinnan ensimmäinen päivä", "Prisets första dag", "First day of the price")
HOLDS_FROM: Final = Words(
    "Hinta on voimassa {day} alkaen.", "Priset gäller från och med {day}.", "The price holds from {day}."
)
ASKED_FROM: Final = Words(
    "Sitä pyydettiin {day} alkaen.", "Det begärdes från och med {day}.", "It was asked for from {day}."
)
NOTICE: Final = Words(
    "Korotuksesta on ilmoitettava asiakkaille ennalta, ja aika lasketaan päätöksestä.",
    "En höjning ska meddelas klienterna på förhand, och tiden räknas från beslutet.",
    "Clients have to be told of a raise beforehand, and that time is counted from the decision.",
)
OWN_WORDS: Final = Words(
    "Mitä palveluntuottaja sanoi pyynnöstään",
    "Vad tjänsteproducenten sade om sin begäran",
    "What the provider said of its request",
)
