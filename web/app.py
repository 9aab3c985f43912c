"""The web application: every route, and what surrounds each of them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from litestar import Litestar
from litestar.config.compression import CompressionConfig
from litestar.config.csrf import CSRFConfig
from litestar.logging import StructLoggingConfig
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, OAuthFlow, OAuthFlows, SecurityScheme
from litestar.static_files import create_static_files_router

from registry.people.rules import scopes_for
from registry.shared.actor import Role
from registry.shared.database import Database
from registry.shared.settings import Keys, Settings
from web import api, pages
from web.api.oauth import TOKEN_PATH
from web.errors import EXCEPTION_HANDLERS, on_unreadable
from web.security import PUBLIC, Headers, SignIn, guard, require_doors
from web.services import Services
from web.shell import STATIC_FOLDER


def create_app(
    *, database: Database, keys: Keys, settings: Settings, held: Services | None = None
) -> Litestar:
    """An application on this database. It closes the database when it stops."""

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        yield
        await database.close()

    app = Litestar(
        route_handlers=[
            *api.ROUTES,
            *pages.ROUTES,
            create_static_files_router(
                path="/static",
                directories=[STATIC_FOLDER],
                cache_control=None,
                opt={"who": PUBLIC},
                include_in_schema=False,
                # a name that no file system has, as one with a zero byte in it
                exception_handlers={ValueError: on_unreadable},
            ),
        ],
        lifespan=[lifespan],
        guards=[guard],
        exception_handlers=EXCEPTION_HANDLERS,
        csrf_config=CSRFConfig(
            secret=keys.derive("csrf").hex(),
            cookie_name="csrf",
            cookie_secure=settings.cookies_secure,
            cookie_httponly=True,
            cookie_samesite="lax",
            # files that are kept, perhaps by a shared cache, must not hand on somebody's form token
            exclude=["^/api/", "^/oauth/", "^/static/"],
        ),
        compression_config=CompressionConfig(backend="gzip", minimum_size=700),
        request_max_body_size=6_000_000,
        openapi_config=OpenAPIConfig(
            title="Service voucher registry",
            version="1",
            path="/api/v1/schema",
            use_handler_docstrings=True,
            description="Approved providers, vouchers, choice, redemption, reconciliation and audit trail.",
            render_plugins=[JsonRenderPlugin()],
            components=Components(
                security_schemes={
                    "token": SecurityScheme(type="http", scheme="bearer"),
                    "system": SecurityScheme(
                        type="oauth2",
                        description="For a provider's own system: its access tokens live for an hour.",
                        flows=OAuthFlows(
                            client_credentials=OAuthFlow(
                                token_url=TOKEN_PATH,
                                scopes={scope: scope for scope in scopes_for(Role.PROVIDER_USER)},
                            )
                        ),
                    ),
                },
            ),
            security=[{"token": []}, {"system": []}],
        ),
        logging_config=StructLoggingConfig(log_exceptions="never"),
    )
    app.state.services = held or Services(database=database, keys=keys, settings=settings)
    require_doors(app.routes)
    # outside of routing, so that error pages for unknown addresses have headers, language and navigation too
    app.asgi_handler = Headers()(SignIn()(app.asgi_handler))
    return app
