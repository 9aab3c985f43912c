"""The words of the instructions on a remedy, each in Finnish, Swedish and English, and how each says a day.

Names in braces are filled in.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Final

from registry.catalogue.legal_regimes.rules import RemedyKind, Words
from registry.shared.working_days import NoticeBy

HEADING: Final = Words(
    "Jos olet tyytymätön päätökseen",
    "Om du är missnöjd med beslutet",
    "If you disagree with the decision",
)
OPENING: Final[Mapping[RemedyKind, Words]] = {
    RemedyKind.REVIEW: Words(
        "Voit pyytää, että päätös tutkitaan uudelleen. Pyyntöä sanotaan oikaisuvaatimukseksi.",
        "Du kan begära att beslutet prövas på nytt. Det kallas begäran om omprövning.",
        "You can ask for the decision to be looked at again. This is called a request for review "
        "(oikaisuvaatimus).",
    ),
    RemedyKind.APPEAL: Words(
        "Voit pyytää, että tuomioistuin tutkii päätöksen. Pyyntöä sanotaan valitukseksi.",
        "Du kan begära att en domstol prövar beslutet. Det kallas besvär.",
        "You can ask a court to look at the decision. This is called an appeal (valitus).",
    ),
}
BY_WHEN: Final = Words(
    "Mihin mennessä",
    "Senast när",
    "By when",
)
UNTIL: Final = Words(
    "Viimeistään {day} kello {time}. Pyynnön on oltava silloin perillä.",
    "Senast {day} klockan {time}. Din begäran ska vara framme då.",
    "On {day} at {time} at the latest. Your request must have arrived by then.",
)
WHY: Final = Words(
    "Miksi silloin",
    "Varför just då",
    "Why then",
)
NOTICED: Final[Mapping[NoticeBy, Words]] = {
    NoticeBy.ELECTRONIC: Words(
        "Päätös lähetettiin sinulle sähköisesti {sent}. Sen katsotaan tulleen tietoosi kolmantena "
        "päivänä lähettämisestä eli {noticed}, jollei muuta näytetä.",
        "Beslutet skickades till dig elektroniskt {sent}. Du anses ha fått del av det den tredje "
        "dagen efter att det skickades, alltså {noticed}, om inte något annat visas.",
        "The decision was sent to you electronically on {sent}. It counts as having reached you on "
        "the third day after that, {noticed}, unless something else is shown.",
    ),
    NoticeBy.LETTER: Words(
        "Päätös lähetettiin sinulle kirjeenä {sent}. Sen katsotaan tulleen tietoosi seitsemäntenä "
        "päivänä lähettämisestä eli {noticed}, jollei muuta näytetä.",
        "Beslutet skickades till dig per brev {sent}. Du anses ha fått del av det den sjunde dagen "
        "efter att det skickades, alltså {noticed}, om inte något annat visas.",
        "The decision was sent to you by letter on {sent}. It counts as having reached you on the "
        "seventh day after that, {noticed}, unless something else is shown.",
    ),
    NoticeBy.RECEIVED: Words(
        "Sait päätöksen tiedoksi {noticed}.",
        "Du fick del av beslutet {noticed}.",
        "The decision reached you on {noticed}.",
    ),
}
COUNT: Final = Words(
    "Aikaa on {days} päivää, eikä tiedoksisaantipäivää lasketa mukaan.",
    "Du har {days} dagar på dig. Dagen då du fick del av beslutet räknas inte med.",
    "You have {days} days. The day on which the decision reached you is not counted.",
)
MOVED: Final = Words(
    "Aika päättyisi {day}, mutta silloin ei ole työpäivä. Siksi aikaa on seuraavaan työpäivään.",
    "Tiden skulle gå ut {day}, men det är ingen arbetsdag. Därför har du tid till nästa arbetsdag.",
    "The time would end on {day}, but that is not a working day. So you have until the next working day.",
)
TO_WHOM: Final = Words(
    "Kenelle",
    "Till vem",
    "To whom",
)
EMAIL: Final = Words(
    "Sähköposti",
    "E-post",
    "E-mail",
)
POST: Final = Words(
    "Postiosoite",
    "Postadress",
    "Postal address",
)
HOW: Final = Words(
    "Miten",
    "Hur",
    "How",
)
IN_WRITING: Final = Words(
    "Tee pyyntö kirjallisesti. Voit lähettää sen sähköpostilla tai postitse tai tuoda sen itse. "
    "Lähetä se ajoissa: on sinun vastuullasi, että se ehtii perille.",
    "Gör din begäran skriftligt. Du kan skicka den per e-post eller post eller lämna in den "
    "själv. Skicka den i god tid: det är ditt ansvar att den kommer fram i tid.",
    "Make your request in writing. You can send it by e-mail or by post, or bring it yourself. "
    "Send it in good time: it is up to you that it arrives in time.",
)
WHAT: Final = Words(
    "Mitä kirjoitat",
    "Vad du skriver",
    "What to write",
)
CONTENTS: Final = Words(
    "– mistä päätöksestä on kyse\n– mitä haluat muutettavan\n– miksi\n– nimesi ja "
    "yhteystietosi\nLiitä mukaan asiakirjat, joihin vetoat.",
    "– vilket beslut det gäller\n– vad du vill ändra\n– varför\n– ditt namn och dina "
    "kontaktuppgifter\nBifoga de handlingar som du hänvisar till.",
    "– which decision it is about\n– what you want changed\n– why\n– your name and how to reach "
    "you\nAdd the documents that you rely on.",
)
WHAT_THEN: Final = Words(
    "Mitä sitten tapahtuu",
    "Vad som händer sedan",
    "What happens then",
)
THEN: Final[Mapping[RemedyKind, Words]] = {
    RemedyKind.REVIEW: Words(
        "Saat asiasta uuden päätöksen. Jos olet siihenkin tyytymätön, voit valittaa {second} {days} "
        "päivän kuluessa siitä, kun olet saanut sen tiedoksi. Ohje tulee sen päätöksen mukana.",
        "Du får ett nytt beslut. Om du är missnöjd också med det kan du anföra besvär {second} inom "
        "{days} dagar från det att du fick del av det. Anvisningar följer med det beslutet.",
        "You get a new decision. If you disagree with it too, you can appeal {second} within {days} "
        "days of its reaching you. Instructions come with that decision.",
    ),
    RemedyKind.APPEAL: Words(
        "Saat tuomioistuimen päätöksen. Jos olet siihenkin tyytymätön ja siitä saa valittaa, valitus "
        "tehdään {second} {days} päivän kuluessa. Ohje tulee sen päätöksen mukana.",
        "Du får domstolens beslut. Om du är missnöjd också med det och det får överklagas, anförs "
        "besvär {second} inom {days} dagar. Anvisningar följer med det beslutet.",
        "You get the court's decision. If you disagree with it too and an appeal is allowed, it is "
        "made {second} within {days} days. Instructions come with that decision.",
    ),
}
LAW: Final = Words(
    "Mihin tämä perustuu",
    "Vad detta grundar sig på",
    "What this is based on",
)


@dataclass(frozen=True, slots=True)
class Days:
    """How a language says a day and a time."""

    weekdays: tuple[str, ...]
    """As said of something that happens on them, Monday first."""
    months: tuple[str, ...]
    """Empty where days are said in figures alone."""
    date_form: str
    clock_form: str

    def day(self, day: date) -> str:
        month = self.months[day.month - 1] if self.months else str(day.month)
        return self.date_form.format(day=day.day, month=month, year=day.year)

    def on_day(self, day: date) -> str:
        """With its weekday, which people plan by."""
        return f"{self.weekdays[day.weekday()]} {self.day(day)}"

    def clock(self, moment: time) -> str:
        return moment.strftime(self.clock_form)


_BY_LANGUAGE: Final[Mapping[str, Days]] = {
    "fi": Days(
        (
            "maanantaina",
            "tiistaina",
            "keskiviikkona",
            "torstaina",
            "perjantaina",
            "lauantaina",
            "sunnuntaina",
        ),
        (),
        "{day}.{month}.{year}",
        "%H.%M",
    ),
    "sv": Days(
        ("måndagen", "tisdagen", "onsdagen", "torsdagen", "fredagen", "lördagen", "söndagen"),
        (
            "januari",
            "februari",
            "mars",
            "april",
            "maj",
            "juni",
            "juli",
            "augusti",
            "september",
            "oktober",
            "november",
            "december",
        ),
        "den {day} {month} {year}",
        "%H.%M",
    ),
    "en": Days(
        ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
        (
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ),
        "{day} {month} {year}",
        "%H:%M",
    ),
}


def days_in(language: str) -> Days:
    """Of a language; of Finnish where it is none of ours."""
    return _BY_LANGUAGE.get(language, _BY_LANGUAGE["fi"])
