"""Answers in the shape of the open company register. Made-up companies: their business ids were never given out."""

from typing import Any

JsonObject = dict[str, Any]

COMPANY = "9000001-1"
OTHER = "9000003-8"


def texts(fi: str, sv: str, en: str) -> list[JsonObject]:
    return [
        {"languageCode": "3", "description": en},
        {"languageCode": "2", "description": sv},
        {"languageCode": "1", "description": fi},
    ]


def entry(register: str, kind: str, *, since: str = "2020-01-01", until: str | None = None) -> JsonObject:
    """One of `registeredEntries`, with the words that go with plain codes."""
    said = {
        "0": texts("Rekisteröimätön", "Oregistrerad", "Unregistered"),
        "4": texts("Lakannut", "Upphört", "Ceased"),
        "80": texts(
            "Liiketoiminnasta arvonlisäverovelvollinen",
            "Momsskyldig för rörelseverksamhet",
            "VAT-liable for business activity",
        ),
    }
    found: JsonObject = {
        "type": kind,
        "descriptions": said.get(kind, texts("Rekisterissä", "Registrerad", "Registered")),
        "registrationDate": since,
        "register": register,
        "authority": "2" if register == "1" else "1",
    }
    return found if until is None else found | {"endDate": until}


def company(business_id: str, **changed: Any) -> JsonObject:
    """A limited company in order; `changed` replaces fields, and those given as None are left out."""
    found: JsonObject = {
        "businessId": {"value": business_id, "registrationDate": "2020-01-01", "source": "3"},
        "euId": {"value": f"FIFPRO.{business_id}", "source": "1"},
        "names": [
            {"name": "Esimerkkivalmennus Oy", "type": "1", "registrationDate": "2023-05-01", "version": 1, "source": "1"},
            {"name": "Vanha Nimi Oy", "type": "1", "registrationDate": "2020-01-01", "endDate": "2023-04-30",
             "version": 2, "source": "1"},
            {"name": "Exempelhandledning Ab", "type": "2", "registrationDate": "2024-05-01", "version": 1, "source": "1"},
            {"name": "Työpolku", "type": "3", "registrationDate": "2025-01-01", "version": 1, "source": "1"},
        ],
        "mainBusinessLine": {"type": "78100", "typeCodeSet": "TOIMI4", "source": "2",
                             "descriptions": texts("Työnvälitys", "Arbetsförmedling", "Employment placement")},
        "companyForms": [
            {"type": "16", "descriptions": texts("Osakeyhtiö", "Aktiebolag", "Limited company"),
             "registrationDate": "2020-01-01", "version": 1, "source": "1"},
        ],
        "companySituations": [],
        "registeredEntries": [
            entry("1", "0", since="2019-12-20", until="2019-12-31"),
            entry("1", "1"),
            entry("4", "1"),
            entry("5", "55"),
            entry("6", "80"),
            entry("7", "41"),
        ],
        "addresses": [
            {"type": 1, "street": "Karakaari", "buildingNumber": "7", "entrance": "B", "apartmentNumber": "12",
             "apartmentIdSuffix": "a", "co": "", "postCode": "02610", "registrationDate": "2021-07-01", "source": "0",
             "postOffices": [
                 {"city": "ESBO", "languageCode": "2", "municipalityCode": "049"},
                 {"city": "ESPOO", "languageCode": "1", "municipalityCode": "049"}]},
            {"type": 2, "street": "", "postOfficeBox": "226", "postCode": "00045", "registrationDate": "2014-09-30",
             "source": "0",
             "postOffices": [{"city": "HELSINKI", "languageCode": "1", "municipalityCode": "091"}]},
        ],
        "tradeRegisterStatus": "1",
        "status": "2",
        "registrationDate": "2020-01-01",
        "lastModified": "2026-08-19T10:04:06",
    }  # fmt: skip
    return {name: value for name, value in (found | changed).items() if value is not None}


def answer(*companies: JsonObject) -> JsonObject:
    return {"totalResults": len(companies), "companies": list(companies)}
