"""What every answer tells the browser: load nothing from elsewhere, run no script of a page, keep no copy."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self';"
    " connect-src 'self'; media-src 'self'; manifest-src 'self'; form-action 'self'; frame-ancestors 'none';"
    " base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "X-Robots-Tag": "noindex, nofollow",
}
_LASTING = "max-age=31536000"
_FOR_AN_HOUR, _FOR_GOOD = "public, max-age=3600", f"public, {_LASTING}, immutable"


class SecurityHeaders:
    """ASGI middleware. `secure`: people come by HTTPS only."""

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self._app = app
        self._secure = secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the headers; pages are not stored; /static may be for an hour, a version of it for good."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        kept = "no-store"
        if scope["path"].startswith("/static/"):
            kept = _FOR_GOOD if scope["query_string"].startswith(b"v=") else _FOR_AN_HOUR

        async def send_with(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", kept if message["status"] < 400 else "no-store")
                if self._secure:
                    headers["Strict-Transport-Security"] = _LASTING
            await send(message)

        await self._app(scope, receive, send_with)
