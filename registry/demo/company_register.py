"""A company register for the demonstration: on this machine alone, in the shape of the open one, with made-up companies.

The real register is a public authority's and knows nothing of them; and the demonstration must work without a network.
"""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from registry.demo.register import business_ids
from registry.demo.setting import told

FORM_CODES: Final = {"company": "16", "association": "29", "foundation": "18", "public_body": "41"}
"""The register's codes of our legal forms; a sole trader is not in the open data."""
APPLICANT: Final = {"name": "Uuden Työn Polku Oy", "form": "company", "municipality": "564", "city": "Oulu"}
"""It applies with all its papers while the demonstration is loaded."""
VISITORS: Final = (
    {"name": "Kokeilupolku Oy", "form": "company", "municipality": "564", "city": "Oulu"},
    {"name": "Uudet Askeleet ry", "form": "association", "municipality": "853", "city": "Turku"},
)
"""Companies that are in the register and not here yet: whoever tries the demonstration may add them."""
FAILING: Final = 2
"""How many business ids after those the register cannot answer for."""


def visitors_ids() -> list[str]:
    """Business ids to try: of the visitors' companies, then those that fail."""
    first = len(_firms()) + 1
    return business_ids()[first : first + len(VISITORS) + FAILING]


def applicants_id() -> str:
    return business_ids()[len(_firms())]


def _firms() -> list[dict[str, Any]]:
    facts = told("providers")
    return [*facts["provider"], *facts["applicant"]]


@cache
def companies() -> Mapping[str, dict[str, Any]]:
    """Business id → the company as the register says it."""
    everyone = zip(business_ids(), [*_firms(), APPLICANT, *VISITORS], strict=False)
    return {
        business_id: company(business_id, facts)
        for business_id, facts in everyone
        if facts["form"] in FORM_CODES
    }


def company(business_id: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """A company in order, in the register's own shape."""
    begun = {"registrationDate": "2020-01-01", "source": "1"}
    tax = [{"type": "1", "register": register, **begun} for register in ("4", "5", "6", "7")]
    return {
        "businessId": {"value": business_id, **begun},
        "names": [{"name": facts["name"], "type": "1", "version": 1, **begun}],
        "companyForms": [{"type": FORM_CODES[facts["form"]], "version": 1, **begun}],
        "companySituations": [],
        "registeredEntries": tax,
        "addresses": [
            {
                "type": 1,
                "street": facts.get("street", "Esimerkkikatu"),
                "postCode": facts.get("postal_code", "00000"),
                "postOffices": [
                    {
                        "city": facts["city"].upper(),
                        "languageCode": "1",
                        "municipalityCode": facts["municipality"],
                    }
                ],
                **begun,
            }
        ],
        "status": "2",
    }


class _Register(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        asked = urlsplit(self.path)
        wanted = (parse_qs(asked.query).get("businessId") or [""])[0]
        if not asked.path.endswith("/companies"):
            self._answer(404, {})
        elif wanted in visitors_ids()[len(VISITORS) :]:
            self._answer(503, {})
        else:
            found = companies().get(wanted)
            self._answer(200, {"totalResults": int(found is not None), "companies": [found] if found else []})

    def _answer(self, status: int, document: Mapping[str, Any]) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the demonstration's own terminal is for its people."""


@contextmanager
def serving_register() -> Iterator[str]:
    """The register's address, for as long as the block lasts."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Register)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, name="company register", daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/opendata-ytj-api/v3"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
