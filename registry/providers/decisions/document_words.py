"""The words of a decision, each in Finnish, Swedish and English. Names in braces are filled in."""

from collections.abc import Mapping
from typing import Final

from registry.catalogue.legal_regimes.rules import Words
from registry.providers.decisions.rules import DecisionKind, Mark

TITLE: Final[Mapping[DecisionKind, Words]] = {
    DecisionKind.APPROVED: Words(
        "Päätös: palveluntuottaja hyväksytään",
        "Beslut: tjänsteproducenten godkänns",
        "Decision: the provider is approved",
    ),
    DecisionKind.REJECTED: Words(
        "Päätös: hakemus hylätään",
        "Beslut: ansökan avslås",
        "Decision: the application is rejected",
    ),
    DecisionKind.SUSPENDED: Words(
        "Päätös: hyväksyntä keskeytetään",
        "Beslut: godkännandet avbryts",
        "Decision: the approval is suspended",
    ),
    DecisionKind.REINSTATED: Words(
        "Päätös: hyväksyntä palautetaan voimaan",
        "Beslut: godkännandet gäller igen",
        "Decision: the approval is in force again",
    ),
    DecisionKind.REMOVED: Words(
        "Päätös: palveluntuottaja poistetaan rekisteristä",
        "Beslut: tjänsteproducenten tas bort ur registret",
        "Decision: the provider is removed from the register",
    ),
    DecisionKind.CHANGED: Words(
        "Päätös: hyväksyntää muutetaan",
        "Beslut: godkännandet ändras",
        "Decision: the approval is changed",
    ),
    DecisionKind.CHANGE_REJECTED: Words(
        "Päätös: muutosta ei hyväksytä",
        "Beslut: ändringen godkänns inte",
        "Decision: the change is not granted",
    ),
    DecisionKind.APPEAL_REJECTED: Words(
        "Päätös oikaisuvaatimukseen: vaatimus hylätään",
        "Beslut om begäran om omprövning: begäran avslås",
        "Decision on a request for review: the request is rejected",
    ),
    DecisionKind.APPEAL_NOT_EXAMINED: Words(
        "Päätös oikaisuvaatimukseen: vaatimusta ei tutkita",
        "Beslut om begäran om omprövning: begäran prövas inte",
        "Decision on a request for review: the request is not examined",
    ),
}
OUTCOME: Final[Mapping[DecisionKind, Words]] = {
    DecisionKind.APPROVED: Words(
        "{provider} hyväksytään palvelun {service} tuottajaksi.",
        "{provider} godkänns som producent av tjänsten {service}.",
        "{provider} is approved as a provider of the service {service}.",
    ),
    DecisionKind.REJECTED: Words(
        "Hylätään hakemus, jolla {provider} on hakenut palvelun {service} tuottajaksi.",
        "Ansökan genom vilken {provider} har ansökt om att producera tjänsten {service} avslås.",
        "The application of {provider} to provide the service {service} is rejected.",
    ),
    DecisionKind.SUSPENDED: Words(
        "Keskeytetään hyväksyntä, jonka {provider} on saanut palveluun {service}. Asiakas ei voi valita "
        "palveluntuottajaa, ennen kuin keskeytys on päättynyt.",
        "Det godkännande som {provider} har fått för tjänsten {service} avbryts. Klienterna kan inte "
        "välja tjänsteproducenten förrän avbrottet har upphört.",
        "The approval of {provider} for the service {service} is suspended. Clients cannot choose the "
        "provider until the suspension ends.",
    ),
    DecisionKind.REINSTATED: Words(
        "Hyväksyntä, jonka {provider} on saanut palveluun {service}, on taas voimassa.",
        "Det godkännande som {provider} har fått för tjänsten {service} gäller igen.",
        "The approval of {provider} for the service {service} is in force again.",
    ),
    DecisionKind.REMOVED: Words(
        "{provider} poistetaan rekisteristä palvelun {service} osalta.",
        "{provider} tas bort ur registret i fråga om tjänsten {service}.",
        "{provider} is removed from the register for the service {service}.",
    ),
    DecisionKind.CHANGED: Words(
        "Tuottajan {provider} pyytämä muutos palvelun {service} hyväksyntään hyväksytään.",
        "Den ändring av godkännandet för tjänsten {service} som {provider} har begärt godkänns.",
        "The change that {provider} asked for in its approval for the service {service} is granted.",
    ),
    DecisionKind.CHANGE_REJECTED: Words(
        "Tuottajan {provider} pyytämää muutosta palvelun {service} hyväksyntään ei hyväksytä. Hyväksyntä "
        "on voimassa entisellään.",
        "Den ändring av godkännandet för tjänsten {service} som {provider} har begärt godkänns inte. "
        "Godkännandet gäller som förut.",
        "The change that {provider} asked for in its approval for the service {service} is not granted. "
        "The approval stays as it was.",
    ),
    DecisionKind.APPEAL_REJECTED: Words(
        "Hylätään oikaisuvaatimus. Päätös {appealed} jää voimaan.",
        "Begäran om omprövning avslås. Beslutet {appealed} förblir i kraft.",
        "The request for review is rejected. The decision {appealed} stays in force.",
    ),
    DecisionKind.APPEAL_NOT_EXAMINED: Words(
        "Jätetään oikaisuvaatimus tutkimatta, koska se tuli määräajan jälkeen. Päätös {appealed} jää "
        "voimaan.",
        "Begäran om omprövning prövas inte, eftersom den kom efter att tiden hade gått ut. Beslutet "
        "{appealed} förblir i kraft.",
        "The request for review is not examined, because it came after its time. The decision {appealed} "
        "stays in force.",
    ),
}
PARTIES: Final = Words(
    "Asianosaiset",
    "Parter",
    "Parties",
)
PROVIDER: Final = Words(
    "Palveluntuottaja",
    "Tjänsteproducent",
    "Provider",
)
DECIDED_BY: Final = Words(
    "Päätöksen tehnyt viranomainen",
    "Myndighet som har fattat beslutet",
    "Authority that decided",
)
OWN_UNIT: Final = Words(
    "Oma yksikkö",
    "Egen enhet",
    "Own unit",
)
OWN_UNIT_TEXT: Final = Words(
    "Järjestäjän oma yksikkö, jota johtaa {running}. Päätöksen on tehnyt toinen toimielin: {deciding}.",
    "Anordnarens egen enhet, som leds av {running}. Beslutet har fattats av ett annat organ: {deciding}.",
    "The organiser's own unit, run by {running}. Another body has decided: {deciding}.",
)
SERVICE: Final = Words(
    "Palvelu",
    "Tjänst",
    "Service",
)
MATTER_BEGAN: Final = Words(
    "Asia tuli vireille",
    "Ärendet inleddes",
    "The matter began",
)
DECIDED_ON: Final = Words(
    "Päätöksen päivä",
    "Beslutsdag",
    "Day of the decision",
)
REFERENCE: Final = Words(
    "Päätöksen tunnus",
    "Beslutets beteckning",
    "Reference",
)
WHAT: Final = Words(
    "Mitä on päätetty",
    "Vad som har beslutats",
    "What was decided",
)
AS_ASKED: Final = Words(
    "Muutos hyväksytään niin kuin sitä pyydettiin, joten päätöstä ei perustella tarkemmin (hallintolaki 434/2003,"
    " 45 § 2 momentti).",
    "Ändringen godkänns så som den begärdes, och därför motiveras beslutet inte närmare (förvaltningslagen 434/2003,"
    " 45 § 2 mom.).",
    "The change is granted as it was asked for, so no further reasons are given (Administrative Procedure Act"
    " 434/2003, § 45 (2)).",
)
ITEM_BY_ITEM: Final = Words(
    "Mitä pyydettiin ja mitä siitä päätettiin, kohta kohdalta:",
    "Vad som begärdes och vad som beslutades om det, punkt för punkt:",
    "What was asked for and what was decided of it, item by item:",
)
CORRECTS: Final = Words(
    "Tämä päätös oikaisee päätöksen {reference} ja tulee sen tilalle.",
    "Detta beslut rättar beslutet {reference} och ersätter det.",
    "This decision corrects the decision {reference} and takes its place.",
)
REASONS: Final = Words(
    "Perustelut",
    "Motivering",
    "Reasons",
)
APPEAL_CAME: Final = Words(
    "Oikaisuvaatimus saapui {day}.",
    "Begäran om omprövning kom in {day}.",
    "The request for review arrived on {day}.",
)
FINDINGS: Final = Words(
    "Päätös perustuu palvelun sääntökirjan {version} vaatimuksiin. Jokaisesta on todettu seuraavaa.",
    "Beslutet grundar sig på kraven i tjänstens regelbok {version}. Om vart och ett har följande "
    "konstaterats.",
    "The decision rests on the criteria of the service's rule book {version}. Of each this was found.",
)
MARKS: Final[Mapping[Mark, Words]] = {
    Mark.MET: Words(
        "Vaatimus täyttyy.",
        "Kravet uppfylls.",
        "The criterion is met.",
    ),
    Mark.NOT_MET: Words(
        "Vaatimus ei täyty.",
        "Kravet uppfylls inte.",
        "The criterion is not met.",
    ),
    Mark.NOT_APPLICABLE: Words(
        "Vaatimus ei koske tätä palveluntuottajaa.",
        "Kravet gäller inte denna tjänsteproducent.",
        "The criterion does not apply to this provider.",
    ),
}
HEARING: Final = Words(
    "Kuuleminen",
    "Hörande",
    "Hearing",
)
ASKED: Final = Words(
    "Palveluntuottajalle varattiin {opened} tilaisuus antaa selitys viimeistään {due}.",
    "Tjänsteproducenten gavs {opened} tillfälle att avge en förklaring senast {due}.",
    "On {opened} the provider was given the opportunity to explain itself by {due}.",
)
ANSWERED: Final = Words(
    "Selitys annettiin {day}. Se on otettu huomioon päätöksessä.",
    "Förklaringen avgavs {day}. Den har beaktats i beslutet.",
    "It did so on {day}. What it said was taken into account.",
)
SILENT: Final = Words(
    "Selitystä ei annettu määräajassa.",
    "Ingen förklaring avgavs inom tiden.",
    "It did not answer in time.",
)
HELD_AGAINST: Final = Words(
    "Mistä kuultiin",
    "Vad hörandet gällde",
    "What it was heard about",
)
ANSWER: Final = Words(
    "Mitä palveluntuottaja vastasi",
    "Vad tjänsteproducenten svarade",
    "What the provider answered",
)
LAW: Final = Words(
    "Sovelletut säännökset",
    "Tillämpade bestämmelser",
    "Law that was applied",
)
PROCEDURE: Final = Words(
    "Hallintolaki (434/2003) 28, 31, 34 ja 43–47 §",
    "Förvaltningslagen (434/2003) 28, 31, 34 och 43–47 §",
    "Administrative Procedure Act (434/2003) §§ 28, 31, 34 and 43–47",
)
TERM: Final = Words(
    "Voimassaolo",
    "Giltighet",
    "Term",
)
VALID: Final = Words(
    "Hyväksyntä on voimassa {day} alkaen toistaiseksi.",
    "Godkännandet gäller tills vidare från och med {day}.",
    "The approval holds from {day} until further notice.",
)

ATTACHMENTS: Final = Words("Liitteet", "Bilagor", "Attachments")
