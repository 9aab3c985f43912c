"""Whatever is sent to the API, it answers as its own description says, and never with a 500."""

import asyncio
from typing import Any

import httpx
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from litestar import Litestar
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from registry.people.rules import SCOPES
from registry.shared.actor import Role
from registry.shared.database import Database
from tests.browser import serving
from tests.builders import build_world
from tests.web.client import api_token
from tests.web.test_doors import doors

CHECKS: Any = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
)

KEYED_BY_LINE = {"/api/v1/redemption-batches": "BatchLineIn"}
"""Where each line of the body has a key of its own, so that a line sent again in another batch is carried out once."""


async def test_the_description_is_openapi_with_every_operation_explained(site: httpx.AsyncClient) -> None:
    document = (await site.get("/api/v1/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    assert len(document["paths"]) > 20
    for path, operations in document["paths"].items():
        assert path.startswith("/api/v1/")
        for method, operation in operations.items():
            assert operation.get("description"), f"{method} {path} says nothing"
            keys = [p for p in operation.get("parameters", ()) if p["name"] == "Idempotency-Key"]
            only_reads = method == "get" or path.endswith("/search")
            if path in KEYED_BY_LINE:
                assert "key" in document["components"]["schemas"][KEYED_BY_LINE[path]]["required"]
                continue
            assert only_reads or (keys and keys[0]["required"]), f"{method} {path} takes no key"


def _drive(
    document: dict[str, Any], base_url: str, tokens: dict[Role, str], who: dict[tuple[str, str], Any]
) -> int:
    """Send generated requests to every operation, as a role that may call it; how many operations there were."""
    schema = schemathesis.openapi.from_dict(document)
    schema.config.update(base_url=base_url)
    driven = 0
    for found in schema.get_all_operations():
        operation: Any = found.ok()  # type: ignore[union-attr]  # an operation that cannot be read fails here
        roles = who[operation.method.upper(), operation.path]
        token = next((tokens[role] for role in tokens if roles is None or role in roles), None)
        _check(operation, {"Authorization": f"Bearer {token}"} if token else {})
        driven += 1
    return driven


def _check(operation: Any, headers: dict[str, str]) -> None:
    @given(case=operation.as_strategy())
    @settings(
        max_examples=12,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def answers_as_described(case: Any) -> None:
        case.call_and_validate(headers=headers, checks=list(CHECKS))

    answers_as_described()


async def test_generated_requests(application: Litestar, site: httpx.AsyncClient, database: Database) -> None:
    world = await build_world(database)
    document = (await site.get("/api/v1/openapi.json")).json()
    tokens = {
        role: await api_token(
            database, world, role, scopes=[scope for scope, roles in SCOPES.items() if role in roles]
        )
        for role in Role
        if any(role in roles for roles in SCOPES.values())
    }
    who = {(method, path): roles for (method, path), roles in doors(application).items()}
    async with serving(application) as base_url:
        driven = await asyncio.to_thread(_drive, document, base_url, tokens, who)
    assert driven > 30
