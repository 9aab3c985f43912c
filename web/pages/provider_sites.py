"""A provider's sites: added, changed, ended."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath

from registry.catalogue.queries import municipalities
from registry.providers.rules import ACCESSIBILITY
from registry.providers.sites.commands import SiteFacts, end_site, save_site
from registry.providers.sites.queries import sites_of
from registry.shared.errors import Invalid, NotFound
from web.draft_words import DRAFT
from web.forms import Form, read_form
from web.page import page, redirect
from web.pages.drafts import PROVIDER
from web.pages.providers import in_order
from web.pages.providers_offers import NEED_TEXTS
from web.services import services, signed_in
from web.translations import current_language, gettext

AnyRequest = Request[Any, Any, Any]


async def _page(request: AnyRequest, site_id: UUID | None, form: Form, status: int = 200) -> Response[str]:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        places = await municipalities(session)
    lang = current_language.get()
    return page(
        request,
        "applying/site.html",
        status=status,
        get_path=f"/provider/offer/sites/{site_id or 'new'}",
        site_id=site_id,
        form=form,
        errors=form.errors,
        municipality_options=in_order([(row.code, row.names[lang]) for row in places]),
        need_options=[(code, gettext(NEED_TEXTS[code])) for code in ACCESSIBILITY],
    )


@get("/provider/offer/sites/new", who=PROVIDER, include_in_schema=False)
async def new_site(request: AnyRequest) -> Response[str]:
    return await _page(request, None, Form())


@get("/provider/offer/sites/{site_id:uuid}", who=PROVIDER, include_in_schema=False)
async def edit_site(request: AnyRequest, site_id: FromPath[UUID]) -> Response[str]:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        rows = await sites_of(session, provider_id=actor.provider_id)
    site = next((row for row in rows if row.id == site_id), None)
    if site is None:
        raise NotFound("site.unknown")
    form = Form({"accessibility": list(site.accessibility)})
    for field in ("name", "street", "postal_code", "city", "municipality_code"):
        form.set(field, getattr(site, field))
    return await _page(request, site_id, form)


async def _save(request: AnyRequest, site_id: UUID | None) -> Response[str]:
    held, actor = services(request), signed_in(request)
    form = await read_form(request)
    facts = SiteFacts(
        name=form.text("name", longest=100),
        street=form.text("street"),
        postal_code=form.text("postal_code", longest=10),
        city=form.text("city", longest=100),
        municipality_code=form.text("municipality_code", longest=10),
        accessibility=tuple(form.choices("accessibility", ACCESSIBILITY)),
    )
    if not form.ok:
        return await _page(request, site_id, form, 422)
    try:
        async with held.database.transaction(actor.sight) as session:
            await save_site(session, actor=actor, now=held.now(), site_id=site_id, facts=facts)
    except Invalid as error:
        form.blame(error)
        return await _page(request, site_id, form, 422)
    return redirect(f"{DRAFT}/sites?done=site")


@post("/provider/offer/sites/new", who=PROVIDER, include_in_schema=False)
async def add_site(request: AnyRequest) -> Response[str]:
    return await _save(request, None)


@post("/provider/offer/sites/{site_id:uuid}", who=PROVIDER, include_in_schema=False)
async def change_site(request: AnyRequest, site_id: FromPath[UUID]) -> Response[str]:
    return await _save(request, site_id)


@post("/provider/offer/sites/{site_id:uuid}/end", who=PROVIDER, include_in_schema=False)
async def remove_site(request: AnyRequest, site_id: FromPath[UUID]) -> Response[str]:
    held, actor = services(request), signed_in(request)
    async with held.database.transaction(actor.sight) as session:
        await end_site(session, actor=actor, now=held.now(), site_id=site_id)
    return redirect("/provider/offer?done=site_ended")


ROUTES: list[Any] = [new_site, edit_site, add_site, change_site, remove_site]
