"""The cookies that we set: HttpOnly, SameSite, and Secure outside the demonstration."""

from litestar.datastructures import Cookie

from registry.shared.settings import Settings
from web.security import SESSION_COOKIE


def session_cookie(token: str, settings: Settings) -> Cookie:
    """The session's cookie; an empty token takes it away."""
    return Cookie(
        key=SESSION_COOKIE,
        value=token,
        max_age=settings.session_hours * 3600 if token else 0,
        httponly=True,
        secure=settings.cookies_secure,
        samesite="lax",
        path="/",
    )


def language_cookie(language: str, *, secure: bool) -> Cookie:
    return Cookie(
        key="language",
        value=language,
        max_age=365 * 86400,
        httponly=True,
        secure=secure,
        samesite="lax",
        path="/",
    )
