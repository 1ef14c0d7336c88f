"""The first administrator of a gateway that nobody may come in to yet."""

from gateway.web.access import links
from gateway.web.access.sending import address
from gateway.web.site import Site


async def first_link(site: Site, at: str | None = None) -> str | None:
    """A link to be printed in the terminal; None where there is somebody who may come in.

    It leads to a page where the first administrator gives name, e-mail address and password, and works for 15 minutes,
    once, and only while there is nobody; an earlier one no longer does. `at`: where the pages are, such as
    `http://127.0.0.1:8080`, where `[web]` does not say.
    """
    now = site.wall.now()
    path = await site.database.run(lambda session: links.invite_first(session, now))
    return None if path is None else (at or address(site)) + path
