"""What a decision says of the one that it corrects, in Finnish, Swedish and English."""

from collections.abc import Mapping
from typing import Final

from registry.catalogue.legal_regimes.rules import Words
from registry.providers.decisions.corrections.rules import Consent, CorrectionGround

TAKES_ITS_PLACE: Final[Mapping[CorrectionGround, Words]] = {
    CorrectionGround.EVIDENCE: Words(
        "Päätös {reference} korjataan, koska se perustui selvästi virheelliseen tai puutteelliseen selvitykseen."
        " Tämä päätös tulee sen tilalle.",
        "Beslutet {reference} rättas, eftersom det grundade sig på en klart oriktig eller bristfällig utredning."
        " Detta beslut ersätter det.",
        "The decision {reference} is corrected, because it rested on evidence that was clearly wrong or lacking."
        " This decision takes its place.",
    ),
    CorrectionGround.LAW: Words(
        "Päätös {reference} korjataan, koska siinä oli sovellettu lakia selvästi väärin."
        " Tämä päätös tulee sen tilalle.",
        "Beslutet {reference} rättas, eftersom lagen hade tillämpats uppenbart oriktigt."
        " Detta beslut ersätter det.",
        "The decision {reference} is corrected, because the law had been applied in a way that was clearly wrong."
        " This decision takes its place.",
    ),
    CorrectionGround.PROCEDURE: Words(
        "Päätös {reference} korjataan, koska sitä tehtäessä oli tapahtunut menettelyvirhe."
        " Tämä päätös tulee sen tilalle.",
        "Beslutet {reference} rättas, eftersom ett fel i förfarandet hade begåtts när det fattades."
        " Detta beslut ersätter det.",
        "The decision {reference} is corrected, because there was an error in how it was made."
        " This decision takes its place.",
    ),
    CorrectionGround.NEW_EVIDENCE: Words(
        "Päätös {reference} korjataan, koska asiaan on tullut uutta selvitystä, joka voi olennaisesti vaikuttaa"
        " päätökseen. Tämä päätös tulee sen tilalle.",
        "Beslutet {reference} rättas, eftersom det har kommit ny utredning som väsentligt kan påverka beslutet."
        " Detta beslut ersätter det.",
        "The decision {reference} is corrected, because new evidence has come that may change it materially."
        " This decision takes its place.",
    ),
    CorrectionGround.CLERICAL: Words(
        "Päätöksessä {reference} on ilmeinen kirjoitus- tai laskuvirhe tai muu niihin verrattava selvä virhe,"
        " joka korjataan. Ratkaisu ei muutu. Tämä päätös tulee sen tilalle.",
        "I beslutet {reference} finns ett uppenbart skriv- eller räknefel eller något annat därmed jämförbart"
        " klart fel, som rättas. Avgörandet ändras inte. Detta beslut ersätter det.",
        "The decision {reference} has an obvious slip of the pen or of reckoning, or an error as clear as those,"
        " which is put right. What was decided stays. This decision takes its place.",
    ),
    CorrectionGround.COURT: Words(
        "Asia ratkaistaan uudelleen, koska tuomioistuin on muuttanut päätöstä {reference}, kumonnut sen tai"
        " palauttanut asian. Tämä päätös tulee sen tilalle.",
        "Ärendet avgörs på nytt, eftersom en domstol har ändrat eller upphävt beslutet {reference} eller"
        " återförvisat ärendet. Detta beslut ersätter det.",
        "The matter is decided again, because a court has changed the decision {reference}, set it aside or sent"
        " it back. This decision takes its place.",
    ),
}
CONSENTED: Final[Mapping[Consent, Words]] = {
    Consent.GIVEN: Words(
        "Palveluntuottaja on suostunut korjaamiseen.",
        "Tjänsteproducenten har samtyckt till rättelsen.",
        "The provider has agreed to the correction.",
    ),
    Consent.OWN_CONDUCT: Words(
        "Virhe on ilmeinen ja johtuu palveluntuottajan omasta menettelystä, joten korjaaminen ei edellytä suostumusta.",
        "Felet är uppenbart och beror på tjänsteproducentens eget förfarande, så rättelsen förutsätter inte samtycke.",
        "The error is obvious and comes of what the provider itself did, so its consent is not needed.",
    ),
}
PROCEDURE_OF_ERRORS: Final = Words(
    "Hallintolaki (434/2003) 50, 52 ja 53 §",
    "Förvaltningslagen (434/2003) 50, 52 och 53 §",
    "Administrative Procedure Act (434/2003) §§ 50, 52 and 53",
)
PROCEDURE_OF_SLIPS: Final = Words(
    "Hallintolaki (434/2003) 51–53 §",
    "Förvaltningslagen (434/2003) 51–53 §",
    "Administrative Procedure Act (434/2003) §§ 51–53",
)
