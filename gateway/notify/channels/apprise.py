"""Any Apprise URL: SMS, ntfy, Telegram, Pushover, webhooks and a hundred more."""

import logging
from typing import Any

from apprise import Apprise, AppriseAsset, NotifyFormat, NotifyType

from gateway.errors import GiveUp, TryLater
from gateway.model import Notice
from gateway.notify.address import masked
from gateway.notify.threads import in_thread

_TYPES = {1: NotifyType.FAILURE, 2: NotifyType.WARNING, 3: NotifyType.WARNING, 4: NotifyType.INFO}


class AppriseChannel:
    """Sends through Apprise in threads. Apprise does not say why it failed, so failing is "try later"."""

    def __init__(self) -> None:
        silence()

    def handles(self, address: str) -> bool:
        """Whether it is a URL."""
        return "://" in address

    async def send(self, notice: Notice) -> None:
        """Return once the service has accepted it."""
        await in_thread(lambda: _send(notice))


def silence() -> None:
    """Stop Apprise's own log: it says what a URL or an answer held, and those hold secrets."""
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)


def service(address: str) -> Any:  # noqa: ANN401 - Apprise has no types
    """Apprise's object for a URL; GiveUp, naming only the scheme, when it cannot read it."""
    found = Apprise.instantiate(address, asset=_asset())
    if found is None:
        raise GiveUp(f"Apprise cannot read the address {masked(address)}: correct the contact's channel")
    return found


def _asset() -> AppriseAsset:
    """Without its own limit Apprise sends in the thread that calls it, not in one small pool for all services."""
    return AppriseAsset(async_mode=False, service_timeout=0)


def _send(notice: Notice) -> None:
    sender = Apprise(asset=_asset())
    sender.add(service(notice.channel))
    accepted = sender.notify(
        title=notice.title,
        body=notice.body,
        notify_type=_TYPES[notice.priority] if notice.kind in {"alert", "digest"} else NotifyType.SUCCESS,
        body_format=NotifyFormat.TEXT,
    )
    if not accepted:
        raise TryLater(f"the service behind {masked(notice.channel)} did not accept the message")
