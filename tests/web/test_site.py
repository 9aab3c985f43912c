"""The frame of the site: doors, errors, languages."""

import httpx
import pytest

from web.shell import asset


@pytest.mark.parametrize("path", ["/", "/accessibility", "/privacy", "/sign-in"])
@pytest.mark.parametrize("language", ["fi", "sv", "en"])
async def test_public_pages_open_in_each_language(site: httpx.AsyncClient, path: str, language: str) -> None:
    site.cookies.set("language", language)
    answer = await site.get(path)
    assert answer.status_code == 200
    assert f'<html lang="{language}"' in answer.text


async def test_every_answer_carries_the_security_headers(site: httpx.AsyncClient) -> None:
    for path in ("/", "/no-such-page", "/api/v1/no-such-thing", "/static/css/registry.css"):
        answer = await site.get(path)
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        (asset("css/registry.css"), "public, max-age=31536000, immutable"),
        ("/static/css/registry.css", "public, max-age=86400"),
        ("/static/css/registry.css?v=0000000000", "public, max-age=86400"),
        ("/static/css/no-such.css", "no-store"),
        ("/privacy", "no-store"),
    ],
)
async def test_only_files_are_kept_and_hand_on_nobodys_form_token(
    site: httpx.AsyncClient, path: str, kept: str
) -> None:
    answer = await site.get(path)
    assert answer.headers["cache-control"] == kept
    assert ("set-cookie" in answer.headers) == (not path.startswith("/static/"))


async def test_unknown_addresses_are_answered_in_the_callers_form(site: httpx.AsyncClient) -> None:
    page = await site.get("/no-such-page")
    assert (page.status_code, page.headers["content-type"].split(";")[0]) == (404, "text/html")
    problem = await site.get("/api/v1/no-such-thing")
    assert problem.status_code == 404
    assert problem.headers["content-type"].split(";")[0] == "application/problem+json"
    assert problem.json()["code"] == "request.not_found"
    assert (await site.get("/static/vendor/%00")).status_code == 400, "a name that no file system has"


async def test_a_form_without_its_token_is_refused(site: httpx.AsyncClient) -> None:
    answer = await site.post("/language", data={"lang": "sv", "next": "/"})
    assert answer.status_code == 403


async def test_health(site: httpx.AsyncClient) -> None:
    assert (await site.get("/healthz")).text == "ok"
    assert (await site.get("/readyz")).text == "ready"
