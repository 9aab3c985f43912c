"""What a page costs its reader: compressed bytes, with and without what the browser has kept from another page."""

import gzip
import re

import httpx

_LINKED = re.compile(r'(?:href|src)="(/static/[^"]+)"')


async def weights(site: httpx.AsyncClient, path: str) -> tuple[int, int]:
    """(first visit, later visits) in compressed bytes; fonts and pictures as they are."""
    page = await site.get(path)
    assert page.status_code == 200, f"{path} answers {page.status_code}"
    own = len(gzip.compress(page.content, 6))
    linked = 0
    for address in sorted(set(_LINKED.findall(page.text))):
        file = await site.get(address)
        assert file.status_code == 200, address
        packed = file.content if address.endswith(".woff2") else gzip.compress(file.content, 6)
        linked += len(packed)
    return own + linked, own
