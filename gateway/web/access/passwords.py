"""Passwords of staff: Argon2id with the library's defaults, which follow RFC 9106, away from the event loop."""

import asyncio
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from gateway.web.access.secret import new_secret

SHORTEST = 12
_LONGEST = 256
_AT_A_TIME = 2
"""Each takes 64 MiB for a moment, so that a crowd of tries cannot take all memory."""


class Passwords:
    """Of one site."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._nobodys: str | None = None
        self._room = asyncio.Semaphore(_AT_A_TIME)

    async def matches(self, kept: str | None, typed: str) -> bool:
        """Whether this is the password. Takes as long where there is none."""
        async with self._room:
            return await asyncio.to_thread(self._matches, kept, typed)

    async def hashed(self, typed: str) -> str:
        """What to keep of a password."""
        async with self._room:
            return await asyncio.to_thread(self._hasher.hash, _plain(typed))

    def outdated(self, kept: str) -> bool:
        """Whether what is kept should be made anew, as today's defaults are stronger."""
        return self._hasher.check_needs_rehash(kept)

    def _matches(self, kept: str | None, typed: str) -> bool:
        if self._nobodys is None:
            self._nobodys = self._hasher.hash(new_secret())
        try:
            return self._hasher.verify(kept or self._nobodys, _plain(typed)) and kept is not None
        except (VerificationError, InvalidHashError):
            return False


def password_problem(typed: str, *, name: str, email: str) -> str | None:
    """What is wrong with a new password, as a sentence."""
    plain = _plain(typed).casefold()
    if len(plain) < SHORTEST:
        return f"Use at least {SHORTEST} characters. A few words that only you would put together are good."
    if len(plain) > _LONGEST:
        return f"Use at most {_LONGEST} characters."
    if plain.strip() in {email.casefold(), email.partition("@")[0].casefold(), name.casefold()}:
        return "Use something else than your name or e-mail address."
    return None


def _plain(typed: str) -> str:
    """The same text whichever keyboard it was typed on (NIST SP 800-63B 5.1.1.2)."""
    return unicodedata.normalize("NFKC", typed)
