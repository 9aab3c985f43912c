"""The words of a decision against a voucher's holder, in Finnish, Swedish and English. Names in braces are filled in.

They speak to the holder, who may be 19 or a company, and say only what the reason's code says: nothing of health.
"""

from collections.abc import Mapping
from typing import Final

from registry.catalogue.legal_regimes.rules import Words
from registry.vouchers.adverse.rules import AdverseKind, HeardHow

TITLE: Final[Mapping[AdverseKind, Words]] = {
    AdverseKind.LOWERED: Words(
        "Päätös: palvelusetelin arvoa pienennetään",
        "Beslut: servicesedelns värde sänks",
        "Decision: the value of the service voucher is lowered",
    ),
    AdverseKind.CANCELLED: Words(
        "Päätös: palveluseteli perutaan",
        "Beslut: servicesedeln återkallas",
        "Decision: the service voucher is cancelled",
    ),
}
OUTCOME: Final[Mapping[AdverseKind, Words]] = {
    AdverseKind.LOWERED: Words(
        "Palvelusetelin {number} käyttämättömästä arvosta otetaan pois {value}.",
        "Från det oanvända värdet på servicesedeln {number} dras {value} av.",
        "From the unused value of the service voucher {number} is taken: {value}.",
    ),
    AdverseKind.CANCELLED: Words(
        "Palveluseteli {number} perutaan. Sen käyttämätön arvo palautuu viranomaiselle: {value}.",
        "Servicesedeln {number} återkallas. Dess oanvända värde går tillbaka till myndigheten: {value}.",
        "The service voucher {number} is cancelled. Its unused value goes back to the authority: {value}.",
    ),
}
FOLLOWS: Final[Mapping[AdverseKind, Words]] = {
    AdverseKind.LOWERED: Words(
        "Voit käyttää palveluseteliä edelleen. Ennen päätöstä kirjatut käynnit maksetaan palveluntuottajalle sovitusti.",
        "Du kan fortfarande använda servicesedeln. Besök som har registrerats före beslutet betalas till"
        " tjänsteproducenten som avtalat.",
        "You can go on using the voucher. Visits that were recorded before the decision are paid to the provider as"
        " agreed.",
    ),
    AdverseKind.CANCELLED: Words(
        "Palveluseteliä ei voi enää käyttää. Ennen päätöstä kirjatut käynnit maksetaan palveluntuottajalle sovitusti.",
        "Servicesedeln kan inte längre användas. Besök som har registrerats före beslutet betalas till"
        " tjänsteproducenten som avtalat.",
        "The voucher can no longer be used. Visits that were recorded before the decision are paid to the provider as"
        " agreed.",
    ),
}
LEFT: Final = Words(
    "Päätöksen jälkeen palvelusetelissä on käytettävissä {value}.",
    "Efter beslutet finns det {value} kvar att använda på servicesedeln.",
    "What is left to use on the voucher after the decision: {value}.",
)
REASONS: Final[Mapping[AdverseKind, Mapping[str, Words]]] = {
    AdverseKind.LOWERED: {
        "client_asked": Words(
            "Olet itse pyytänyt, että palvelusetelin arvoa pienennetään.",
            "Du har själv bett att servicesedelns värde ska sänkas.",
            "You have asked for the value of the voucher to be lowered.",
        ),
        "less_needed": Words(
            "Palvelua tarvitaan vähemmän kuin mihin palveluseteli myönnettiin.",
            "Det behövs mindre av tjänsten än vad servicesedeln beviljades för.",
            "Less of the service is needed than the voucher was granted for.",
        ),
        "corrected": Words(
            "Palvelusetelin arvossa on virhe, joka korjataan.",
            "Det finns ett fel i servicesedelns värde, och det rättas.",
            "There is a mistake in the value of the voucher, and it is put right.",
        ),
    },
    AdverseKind.CANCELLED: {
        "client_asked": Words(
            "Olet itse pyytänyt, että palveluseteli perutaan.",
            "Du har själv bett att servicesedeln ska återkallas.",
            "You have asked for the voucher to be cancelled.",
        ),
        "moved_away": Words(
            "Olet muuttanut toisen viranomaisen alueelle.",
            "Du har flyttat till en annan myndighets område.",
            "You have moved to the area of another authority.",
        ),
        "no_longer_entitled": Words(
            "Sinulla ei ole enää oikeutta palveluun.",
            "Du har inte längre rätt till tjänsten.",
            "You no longer have a right to the service.",
        ),
        "service_ended": Words(
            "Palvelua ei enää tarjota.", "Tjänsten erbjuds inte längre.", "The service is no longer offered."
        ),
        "granted_in_error": Words(
            "Palveluseteli on myönnetty virheellisesti.",
            "Servicesedeln har beviljats av misstag.",
            "The voucher was granted by mistake.",
        ),
    },
}
"""By kind and code: those of `changing.rules.CHANGE_REASONS` for a lowering, and of `reasons.CANCEL_REASONS`."""

HEARD: Final[Mapping[HeardHow, Words]] = {
    HeardHow.MEETING: Words(
        "Sinua kuultiin ennen päätöstä tapaamisessa {day}.",
        "Du hördes före beslutet vid ett möte den {day}.",
        "You were heard before the decision at a meeting on {day}.",
    ),
    HeardHow.PHONE: Words(
        "Sinua kuultiin ennen päätöstä puhelimessa {day}.",
        "Du hördes före beslutet per telefon den {day}.",
        "You were heard before the decision by phone on {day}.",
    ),
    HeardHow.WRITING: Words(
        "Sinua kuultiin ennen päätöstä kirjallisesti {day}.",
        "Du hördes före beslutet skriftligen den {day}.",
        "You were heard before the decision in writing on {day}.",
    ),
    HeardHow.OWN_WISH: Words(
        "Pyysit ratkaisua itse, joten sinua ei kuultu erikseen (hallintolaki 434/2003, 34 § 2 momentti 5 kohta).",
        "Du bad själv om avgörandet, och därför hördes du inte särskilt (förvaltningslagen 434/2003, 34 § 2 mom."
        " 5 punkten).",
        "You asked for this yourself, so you were not heard separately (Administrative Procedure Act 434/2003,"
        " § 34 (2), paragraph 5).",
    ),
    HeardHow.NOT_NEEDED: Words(
        "Kuuleminen oli ilmeisen tarpeetonta, joten sinua ei kuultu ennen päätöstä (hallintolaki 434/2003,"
        " 34 § 2 momentti 5 kohta).",
        "Det var uppenbart onödigt att höra dig, och därför hördes du inte före beslutet (förvaltningslagen"
        " 434/2003, 34 § 2 mom. 5 punkten).",
        "Hearing was manifestly unnecessary, so you were not heard before the decision (Administrative Procedure"
        " Act 434/2003, § 34 (2), paragraph 5).",
    ),
}
UNITS: Final[Mapping[str, tuple[Words, Words]]] = {
    "hour": (
        Words("{count} tunti ({value})", "{count} timme ({value})", "{count} hour ({value})"),
        Words("{count} tuntia ({value})", "{count} timmar ({value})", "{count} hours ({value})"),
    ),
    "session": (
        Words("{count} tapaaminen ({value})", "{count} träff ({value})", "{count} session ({value})"),
        Words("{count} tapaamista ({value})", "{count} träffar ({value})", "{count} sessions ({value})"),
    ),
}
"""By the unit's name: of one, and of any other number."""
HOLDER: Final = Words("Palvelusetelin haltija", "Servicesedelns innehavare", "Holder of the service voucher")
VOUCHER: Final = Words("Palveluseteli {number}", "Servicesedel {number}", "Service voucher {number}")
MORE: Final = Words("Lisätietoja antaa", "Mer information ger", "Who tells you more")
PROCEDURE: Final = Words(
    "Hallintolaki (434/2003) 34 ja 43–47 §",
    "Förvaltningslagen (434/2003) 34 och 43–47 §",
    "Administrative Procedure Act (434/2003) §§ 34 and 43–47",
)
