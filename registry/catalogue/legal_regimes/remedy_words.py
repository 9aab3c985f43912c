"""The words of the instructions on a remedy, in three languages, and how each of them says a day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Final

from registry.catalogue.legal_regimes.rules import RemedyKind
from registry.shared.working_days import NoticeBy


@dataclass(frozen=True, slots=True)
class Phrases:
    """One language. Labels, then the sentences below them; names in braces are filled in."""

    heading: str
    opening: Mapping[RemedyKind, str]
    by_when: str
    until: str
    why: str
    noticed: Mapping[NoticeBy, str]
    count: str
    moved: str
    to_whom: str
    email: str
    post: str
    how: str
    in_writing: str
    what: str
    contents: str
    what_then: str
    then: Mapping[RemedyKind, str]
    law: str
    weekdays: tuple[str, ...]
    """As said of something that happens on them, Monday first."""
    months: tuple[str, ...]
    """Empty where days are said in figures alone."""
    date_form: str
    on_form: str
    clock_form: str

    def day(self, day: date) -> str:
        month = self.months[day.month - 1] if self.months else str(day.month)
        return self.date_form.format(day=day.day, month=month, year=day.year)

    def on_day(self, day: date) -> str:
        """With its weekday, which people plan by."""
        return self.on_form.format(weekday=self.weekdays[day.weekday()], date=self.day(day))

    def clock(self, moment: time) -> str:
        return moment.strftime(self.clock_form)


_FI: Final = Phrases(
    heading="Jos olet tyytymätön päätökseen",
    opening={
        RemedyKind.REVIEW: "Voit pyytää, että päätös tutkitaan uudelleen. Pyyntöä sanotaan oikaisuvaatimukseksi.",
        RemedyKind.APPEAL: "Voit pyytää, että tuomioistuin tutkii päätöksen. Pyyntöä sanotaan valitukseksi.",
    },
    by_when="Mihin mennessä",
    until="Viimeistään {day} kello {time}. Pyynnön on oltava silloin perillä.",
    why="Miksi silloin",
    noticed={
        NoticeBy.ELECTRONIC: "Päätös lähetettiin sinulle sähköisesti {sent}. Sen katsotaan tulleen tietoosi kolmantena "
        "päivänä lähettämisestä eli {noticed}, jollei muuta näytetä.",
        NoticeBy.LETTER: "Päätös lähetettiin sinulle kirjeenä {sent}. Sen katsotaan tulleen tietoosi seitsemäntenä "
        "päivänä lähettämisestä eli {noticed}, jollei muuta näytetä.",
        NoticeBy.RECEIVED: "Sait päätöksen tiedoksi {noticed}.",
    },
    count="Aikaa on {days} päivää, eikä tiedoksisaantipäivää lasketa mukaan.",
    moved="Aika päättyisi {day}, mutta silloin ei ole työpäivä. Siksi aikaa on seuraavaan työpäivään.",
    to_whom="Kenelle",
    email="Sähköposti",
    post="Postiosoite",
    how="Miten",
    in_writing="Tee pyyntö kirjallisesti. Voit lähettää sen sähköpostilla tai postitse tai tuoda sen itse. Lähetä se "
    "ajoissa: on sinun vastuullasi, että se ehtii perille.",
    what="Mitä kirjoitat",
    contents="– mistä päätöksestä on kyse\n– mitä haluat muutettavan\n– miksi\n– nimesi ja yhteystietosi\n"
    "Liitä mukaan asiakirjat, joihin vetoat.",
    what_then="Mitä sitten tapahtuu",
    then={
        RemedyKind.REVIEW: "Saat asiasta uuden päätöksen. Jos olet siihenkin tyytymätön, voit valittaa {second} "
        "{days} päivän kuluessa siitä, kun olet saanut sen tiedoksi. Ohje tulee sen päätöksen mukana.",
        RemedyKind.APPEAL: "Saat tuomioistuimen päätöksen. Jos olet siihenkin tyytymätön ja siitä saa valittaa, "
        "valitus tehdään {second} {days} päivän kuluessa. Ohje tulee sen päätöksen mukana.",
    },
    law="Mihin tämä perustuu",
    weekdays=(
        "maanantaina",
        "tiistaina",
        "keskiviikkona",
        "torstaina",
        "perjantaina",
        "lauantaina",
        "sunnuntaina",
    ),
    months=(),
    date_form="{day}.{month}.{year}",
    on_form="{weekday} {date}",
    clock_form="%H.%M",
)

_SV: Final = Phrases(
    heading="Om du är missnöjd med beslutet",
    opening={
        RemedyKind.REVIEW: "Du kan begära att beslutet prövas på nytt. Det kallas begäran om omprövning.",
        RemedyKind.APPEAL: "Du kan begära att en domstol prövar beslutet. Det kallas besvär.",
    },
    by_when="Senast när",
    until="Senast {day} klockan {time}. Din begäran ska vara framme då.",
    why="Varför just då",
    noticed={
        NoticeBy.ELECTRONIC: "Beslutet skickades till dig elektroniskt {sent}. Du anses ha fått del av det den tredje "
        "dagen efter att det skickades, alltså {noticed}, om inte något annat visas.",
        NoticeBy.LETTER: "Beslutet skickades till dig per brev {sent}. Du anses ha fått del av det den sjunde dagen "
        "efter att det skickades, alltså {noticed}, om inte något annat visas.",
        NoticeBy.RECEIVED: "Du fick del av beslutet {noticed}.",
    },
    count="Du har {days} dagar på dig. Dagen då du fick del av beslutet räknas inte med.",
    moved="Tiden skulle gå ut {day}, men det är ingen arbetsdag. Därför har du tid till nästa arbetsdag.",
    to_whom="Till vem",
    email="E-post",
    post="Postadress",
    how="Hur",
    in_writing="Gör din begäran skriftligt. Du kan skicka den per e-post eller post eller lämna in den själv. Skicka "
    "den i god tid: det är ditt ansvar att den kommer fram i tid.",
    what="Vad du skriver",
    contents="– vilket beslut det gäller\n– vad du vill ändra\n– varför\n– ditt namn och dina kontaktuppgifter\n"
    "Bifoga de handlingar som du hänvisar till.",
    what_then="Vad som händer sedan",
    then={
        RemedyKind.REVIEW: "Du får ett nytt beslut. Om du är missnöjd också med det kan du anföra besvär {second} inom "
        "{days} dagar från det att du fick del av det. Anvisningar följer med det beslutet.",
        RemedyKind.APPEAL: "Du får domstolens beslut. Om du är missnöjd också med det och det får överklagas, anförs "
        "besvär {second} inom {days} dagar. Anvisningar följer med det beslutet.",
    },
    law="Vad detta grundar sig på",
    weekdays=("måndagen", "tisdagen", "onsdagen", "torsdagen", "fredagen", "lördagen", "söndagen"),
    months=(
        "januari", "februari", "mars", "april", "maj", "juni",
        "juli", "augusti", "september", "oktober", "november", "december",
    ),
    date_form="den {day} {month} {year}",
    on_form="{weekday} {date}",
    clock_form="%H.%M",
)  # fmt: skip

_EN: Final = Phrases(
    heading="If you disagree with the decision",
    opening={
        RemedyKind.REVIEW: "You can ask for the decision to be looked at again. This is called a request for review "
        "(oikaisuvaatimus).",
        RemedyKind.APPEAL: "You can ask a court to look at the decision. This is called an appeal (valitus).",
    },
    by_when="By when",
    until="On {day} at {time} at the latest. Your request must have arrived by then.",
    why="Why then",
    noticed={
        NoticeBy.ELECTRONIC: "The decision was sent to you electronically on {sent}. It counts as having reached you on "
        "the third day after that, {noticed}, unless something else is shown.",
        NoticeBy.LETTER: "The decision was sent to you by letter on {sent}. It counts as having reached you on the "
        "seventh day after that, {noticed}, unless something else is shown.",
        NoticeBy.RECEIVED: "The decision reached you on {noticed}.",
    },
    count="You have {days} days. The day on which the decision reached you is not counted.",
    moved="The time would end on {day}, but that is not a working day. So you have until the next working day.",
    to_whom="To whom",
    email="E-mail",
    post="Postal address",
    how="How",
    in_writing="Make your request in writing. You can send it by e-mail or by post, or bring it yourself. Send it in "
    "good time: it is up to you that it arrives in time.",
    what="What to write",
    contents="– which decision it is about\n– what you want changed\n– why\n– your name and how to reach you\n"
    "Add the documents that you rely on.",
    what_then="What happens then",
    then={
        RemedyKind.REVIEW: "You get a new decision. If you disagree with it too, you can appeal {second} within {days} "
        "days of its reaching you. Instructions come with that decision.",
        RemedyKind.APPEAL: "You get the court's decision. If you disagree with it too and an appeal is allowed, it is "
        "made {second} within {days} days. Instructions come with that decision.",
    },
    law="What this is based on",
    weekdays=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    months=(
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ),
    date_form="{day} {month} {year}",
    on_form="{weekday} {date}",
    clock_form="%H:%M",
)  # fmt: skip

_BY_LANGUAGE: Final[Mapping[str, Phrases]] = {"fi": _FI, "sv": _SV, "en": _EN}


def phrases(language: str) -> Phrases:
    """The words of a language; Finnish where it is none of ours."""
    return _BY_LANGUAGE.get(language, _FI)
