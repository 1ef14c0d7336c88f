"""The organisation's own accounts: OpenID Connect by Authlib, authorization code with PKCE (the extra `oidc`)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.config import OidcSettings
from gateway.errors import FixConfiguration

SCOPE = "openid email profile"
_TIMEOUT_S = 10.0
_SIGNED_BY = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"})
"""With the provider's private key. What a provider might list beside them proves nothing to us: none, HS256."""


@dataclass(frozen=True, slots=True)
class Account:
    """Who the provider says it is. `identity` is issuer and subject; `email` one that the provider has verified."""

    identity: str
    email: str | None


@dataclass(frozen=True, slots=True)
class Begun:
    """Where to send the browser, and what to compare and use when it comes back."""

    url: str
    state: str
    nonce: str
    verifier: str


async def begin(settings: OidcSettings, back: str) -> Begun:
    """Begin to sign in. `back`: our own address to come back to, as registered at the provider."""
    found = await _client(settings).create_authorization_url(back)
    return Begun(found["url"], found["state"], found["nonce"], found["code_verifier"])


async def finish(settings: OidcSettings, back: str, code: str, nonce: str, verifier: str) -> Account:
    """Whose account it is, by the ID token that the provider gives for the code. Whatever is wrong is an exception."""
    client = _client(settings)
    metadata = await client.load_server_metadata()
    if metadata.get("issuer") != settings.issuer:
        raise FixConfiguration("[web.oidc] issuer is not what the provider calls itself: write it letter for letter")
    listed = metadata.get("id_token_signing_alg_values_supported") or ["RS256"]
    metadata["id_token_signing_alg_values_supported"] = [one for one in listed if one in _SIGNED_BY]
    token = await client.fetch_access_token(redirect_uri=back, code=code, code_verifier=verifier)
    wanted = {
        "iss": {"essential": True, "value": settings.issuer},
        "aud": {"essential": True, "value": settings.client_id},
        "sub": {"essential": True},
        "nonce": {"essential": True, "value": nonce},
    }
    claims = await client.parse_id_token(token, nonce=nonce, claims_options=wanted)
    if claims is None:
        raise FixConfiguration("the provider of [web.oidc] gave no ID token: allow the scope openid there")
    return _account(settings.issuer, claims)


def _account(issuer: str, claims: Mapping[str, Any]) -> Account:
    email = claims.get("email") if claims.get("email_verified") is True else None
    return Account(f"{issuer} {claims['sub']}", email.strip().lower() if isinstance(email, str) else None)


def _client(settings: OidcSettings) -> Any:  # noqa: ANN401 - Authlib has no types
    """A client that asks the provider anew for its addresses and keys: people sign in once a month, keys change."""
    try:
        from authlib.integrations.starlette_client import OAuth  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise FixConfiguration(
            "[web.oidc] needs Authlib, which is not installed: install keepwell with its extra oidc, keepwell[oidc]"
        ) from error
    return OAuth().register(
        "organisation",
        client_id=settings.client_id,
        client_secret=settings.secret(),
        server_metadata_url=f"{settings.issuer.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={"scope": SCOPE, "code_challenge_method": "S256", "timeout": _TIMEOUT_S},
    )
