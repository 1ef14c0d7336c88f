"""Secrets that are given to somebody: only their digest is kept."""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode

_BYTES = 32


def new_secret() -> str:
    """256 random bits, fit for a URL or a cookie."""
    return secrets.token_urlsafe(_BYTES)


def digest(secret: str) -> bytes:
    """SHA-256. The secrets are long and random, so no slow hash is needed."""
    return hashlib.sha256(secret.encode()).digest()


def signature(key: bytes, *parts: str) -> str:
    """HMAC-SHA256 over the parts, each told apart from the next, fit for a URL."""
    message = b"".join(len(part.encode()).to_bytes(4, "big") + part.encode() for part in parts)
    return urlsafe_b64encode(hmac.digest(key, message, "sha256")).decode().rstrip("=")


def same(one: str, other: str) -> bool:
    """Whether they are equal, told in a time that says nothing about where they differ."""
    return hmac.compare_digest(one.encode(), other.encode())
