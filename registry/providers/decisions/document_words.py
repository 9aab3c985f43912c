"""The words of a decision, in three languages. Names in braces are filled in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from registry.providers.decisions.rules import DecisionKind, Mark


@dataclass(frozen=True, slots=True)
class DocumentWords:
    title: Mapping[DecisionKind, str]
    outcome: Mapping[DecisionKind, str]
    parties: str
    provider: str
    decided_by: str
    own_unit: str
    own_unit_text: str
    service: str
    matter_began: str
    decided_on: str
    reference: str
    what: str
    corrects: str
    reasons: str
    appeal_came: str
    findings: str
    marks: Mapping[Mark, str]
    hearing: str
    asked: str
    answered: str
    silent: str
    held_against: str
    answer: str
    law: str
    procedure: tuple[str, ...]
    term: str
    valid: str


_FI: Final = DocumentWords(
    title={
        DecisionKind.APPROVED: "Päätös: palveluntuottaja hyväksytään",
        DecisionKind.REJECTED: "Päätös: hakemus hylätään",
        DecisionKind.SUSPENDED: "Päätös: hyväksyntä keskeytetään",
        DecisionKind.REINSTATED: "Päätös: hyväksyntä palautetaan voimaan",
        DecisionKind.REMOVED: "Päätös: palveluntuottaja poistetaan rekisteristä",
        DecisionKind.CHANGED: "Päätös: hyväksyntää muutetaan",
        DecisionKind.CHANGE_REJECTED: "Päätös: muutosta ei hyväksytä",
        DecisionKind.APPEAL_REJECTED: "Päätös oikaisuvaatimukseen: vaatimus hylätään",
        DecisionKind.APPEAL_NOT_EXAMINED: "Päätös oikaisuvaatimukseen: vaatimusta ei tutkita",
    },
    outcome={
        DecisionKind.APPROVED: "{provider} hyväksytään palvelun {service} tuottajaksi.",
        DecisionKind.REJECTED: "Hylätään hakemus, jolla {provider} on hakenut palvelun {service} tuottajaksi.",
        DecisionKind.SUSPENDED: "Keskeytetään hyväksyntä, jonka {provider} on saanut palveluun {service}. Asiakas ei voi "
        "valita palveluntuottajaa, ennen kuin keskeytys on päättynyt.",
        DecisionKind.REINSTATED: "Hyväksyntä, jonka {provider} on saanut palveluun {service}, on taas voimassa.",
        DecisionKind.REMOVED: "{provider} poistetaan rekisteristä palvelun {service} osalta.",
        DecisionKind.CHANGED: "Tuottajan {provider} pyytämä muutos palvelun {service} hyväksyntään hyväksytään.",
        DecisionKind.CHANGE_REJECTED: "Tuottajan {provider} pyytämää muutosta palvelun {service} "
        "hyväksyntään ei hyväksytä. Hyväksyntä on voimassa entisellään.",
        DecisionKind.APPEAL_REJECTED: "Hylätään oikaisuvaatimus. Päätös {appealed} jää voimaan.",
        DecisionKind.APPEAL_NOT_EXAMINED: "Jätetään oikaisuvaatimus tutkimatta, koska se tuli määräajan jälkeen. "
        "Päätös {appealed} jää voimaan.",
    },
    parties="Asianosaiset",
    provider="Palveluntuottaja",
    decided_by="Päätöksen tehnyt viranomainen",
    own_unit="Oma yksikkö",
    own_unit_text="Järjestäjän oma yksikkö, jota johtaa {running}. Päätöksen on tehnyt toinen toimielin: {deciding}.",
    service="Palvelu",
    matter_began="Asia tuli vireille",
    decided_on="Päätöksen päivä",
    reference="Päätöksen tunnus",
    what="Mitä on päätetty",
    corrects="Tämä päätös oikaisee päätöksen {reference} ja tulee sen tilalle.",
    reasons="Perustelut",
    appeal_came="Oikaisuvaatimus saapui {day}.",
    findings="Päätös perustuu palvelun sääntökirjan {version} vaatimuksiin. Jokaisesta on todettu seuraavaa.",
    marks={
        Mark.MET: "Vaatimus täyttyy.",
        Mark.NOT_MET: "Vaatimus ei täyty.",
        Mark.NOT_APPLICABLE: "Vaatimus ei koske tätä palveluntuottajaa.",
    },
    hearing="Kuuleminen",
    asked="Palveluntuottajalle varattiin {opened} tilaisuus antaa selitys viimeistään {due}.",
    answered="Selitys annettiin {day}. Se on otettu huomioon päätöksessä.",
    silent="Selitystä ei annettu määräajassa.",
    held_against="Mistä kuultiin",
    answer="Mitä palveluntuottaja vastasi",
    law="Sovelletut säännökset",
    procedure=("Hallintolaki (434/2003) 28, 31, 34 ja 43–47 §",),
    term="Voimassaolo",
    valid="Hyväksyntä on voimassa {day} alkaen toistaiseksi.",
)

_SV: Final = DocumentWords(
    title={
        DecisionKind.APPROVED: "Beslut: tjänsteproducenten godkänns",
        DecisionKind.REJECTED: "Beslut: ansökan avslås",
        DecisionKind.SUSPENDED: "Beslut: godkännandet avbryts",
        DecisionKind.REINSTATED: "Beslut: godkännandet gäller igen",
        DecisionKind.REMOVED: "Beslut: tjänsteproducenten tas bort ur registret",
        DecisionKind.CHANGED: "Beslut: godkännandet ändras",
        DecisionKind.CHANGE_REJECTED: "Beslut: ändringen godkänns inte",
        DecisionKind.APPEAL_REJECTED: "Beslut om begäran om omprövning: begäran avslås",
        DecisionKind.APPEAL_NOT_EXAMINED: "Beslut om begäran om omprövning: begäran prövas inte",
    },
    outcome={
        DecisionKind.APPROVED: "{provider} godkänns som producent av tjänsten {service}.",
        DecisionKind.REJECTED: "Ansökan genom vilken {provider} har ansökt om att producera tjänsten {service} avslås.",
        DecisionKind.SUSPENDED: "Det godkännande som {provider} har fått för tjänsten {service} avbryts. Klienterna kan "
        "inte välja tjänsteproducenten förrän avbrottet har upphört.",
        DecisionKind.REINSTATED: "Det godkännande som {provider} har fått för tjänsten {service} gäller igen.",
        DecisionKind.REMOVED: "{provider} tas bort ur registret i fråga om tjänsten {service}.",
        DecisionKind.CHANGED: "Den ändring av godkännandet för tjänsten {service} som {provider} har begärt "
        "godkänns.",
        DecisionKind.CHANGE_REJECTED: "Den ändring av godkännandet för tjänsten {service} som {provider} har "
        "begärt godkänns inte. Godkännandet gäller som förut.",
        DecisionKind.APPEAL_REJECTED: "Begäran om omprövning avslås. Beslutet {appealed} förblir i kraft.",
        DecisionKind.APPEAL_NOT_EXAMINED: "Begäran om omprövning prövas inte, eftersom den kom efter att tiden hade gått "
        "ut. Beslutet {appealed} förblir i kraft.",
    },
    parties="Parter",
    provider="Tjänsteproducent",
    decided_by="Myndighet som har fattat beslutet",
    own_unit="Egen enhet",
    own_unit_text="Anordnarens egen enhet, som leds av {running}. Beslutet har fattats av ett annat organ: {deciding}.",
    service="Tjänst",
    matter_began="Ärendet inleddes",
    decided_on="Beslutsdag",
    reference="Beslutets beteckning",
    what="Vad som har beslutats",
    corrects="Detta beslut rättar beslutet {reference} och ersätter det.",
    reasons="Motivering",
    appeal_came="Begäran om omprövning kom in {day}.",
    findings="Beslutet grundar sig på kraven i tjänstens regelbok {version}. Om vart och ett har följande konstaterats.",
    marks={
        Mark.MET: "Kravet uppfylls.",
        Mark.NOT_MET: "Kravet uppfylls inte.",
        Mark.NOT_APPLICABLE: "Kravet gäller inte denna tjänsteproducent.",
    },
    hearing="Hörande",
    asked="Tjänsteproducenten gavs {opened} tillfälle att avge en förklaring senast {due}.",
    answered="Förklaringen avgavs {day}. Den har beaktats i beslutet.",
    silent="Ingen förklaring avgavs inom tiden.",
    held_against="Vad hörandet gällde",
    answer="Vad tjänsteproducenten svarade",
    law="Tillämpade bestämmelser",
    procedure=("Förvaltningslagen (434/2003) 28, 31, 34 och 43–47 §",),
    term="Giltighet",
    valid="Godkännandet gäller tills vidare från och med {day}.",
)

_EN: Final = DocumentWords(
    title={
        DecisionKind.APPROVED: "Decision: the provider is approved",
        DecisionKind.REJECTED: "Decision: the application is rejected",
        DecisionKind.SUSPENDED: "Decision: the approval is suspended",
        DecisionKind.REINSTATED: "Decision: the approval is in force again",
        DecisionKind.REMOVED: "Decision: the provider is removed from the register",
        DecisionKind.CHANGED: "Decision: the approval is changed",
        DecisionKind.CHANGE_REJECTED: "Decision: the change is not granted",
        DecisionKind.APPEAL_REJECTED: "Decision on a request for review: the request is rejected",
        DecisionKind.APPEAL_NOT_EXAMINED: "Decision on a request for review: the request is not examined",
    },
    outcome={
        DecisionKind.APPROVED: "{provider} is approved as a provider of the service {service}.",
        DecisionKind.REJECTED: "The application of {provider} to provide the service {service} is rejected.",
        DecisionKind.SUSPENDED: "The approval of {provider} for the service {service} is suspended. Clients cannot "
        "choose the provider until the suspension ends.",
        DecisionKind.REINSTATED: "The approval of {provider} for the service {service} is in force again.",
        DecisionKind.REMOVED: "{provider} is removed from the register for the service {service}.",
        DecisionKind.CHANGED: "The change that {provider} asked for in its approval for the service "
        "{service} is granted.",
        DecisionKind.CHANGE_REJECTED: "The change that {provider} asked for in its approval for the service "
        "{service} is not granted. The approval stays as it was.",
        DecisionKind.APPEAL_REJECTED: "The request for review is rejected. The decision {appealed} stays in force.",
        DecisionKind.APPEAL_NOT_EXAMINED: "The request for review is not examined, because it came after its time. The "
        "decision {appealed} stays in force.",
    },
    parties="Parties",
    provider="Provider",
    decided_by="Authority that decided",
    own_unit="Own unit",
    own_unit_text="The organiser's own unit, run by {running}. Another body has decided: {deciding}.",
    service="Service",
    matter_began="The matter began",
    decided_on="Day of the decision",
    reference="Reference",
    what="What was decided",
    corrects="This decision corrects the decision {reference} and takes its place.",
    reasons="Reasons",
    appeal_came="The request for review arrived on {day}.",
    findings="The decision rests on the criteria of the service's rule book {version}. Of each this was found.",
    marks={
        Mark.MET: "The criterion is met.",
        Mark.NOT_MET: "The criterion is not met.",
        Mark.NOT_APPLICABLE: "The criterion does not apply to this provider.",
    },
    hearing="Hearing",
    asked="On {opened} the provider was given the opportunity to explain itself by {due}.",
    answered="It did so on {day}. What it said was taken into account.",
    silent="It did not answer in time.",
    held_against="What it was heard about",
    answer="What the provider answered",
    law="Law that was applied",
    procedure=("Administrative Procedure Act (434/2003) §§ 28, 31, 34 and 43–47",),
    term="Term",
    valid="The approval holds from {day} until further notice.",
)

_BY_LANGUAGE: Final[Mapping[str, DocumentWords]] = {"fi": _FI, "sv": _SV, "en": _EN}


def document_words(language: str) -> DocumentWords:
    """The words of a language; Finnish where it is none of ours."""
    return _BY_LANGUAGE.get(language, _FI)
