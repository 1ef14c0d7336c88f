"""What the registry cannot know by itself: whether rule types, packs and channels that somebody gives exist."""

from collections.abc import Mapping
from typing import Any

from gateway.errors import BadInput, GiveUp
from gateway.model import Rule
from gateway.notify.address import masked


def check_rule(rule_type: str, parameters: Mapping[str, Any]) -> None:
    """BadInput when there is no such rule type or a parameter of it is wrong."""
    from gateway.watch.pack import build_rule  # noqa: PLC0415 - the engine is needed only where rules are given

    build_rule(Rule(rule_type, parameters))


def check_pack(name: str) -> None:
    """BadInput when there is no pack of rules of this name."""
    from gateway.watch.pack import pack_of  # noqa: PLC0415 - as above

    pack_of(name)


def check_channel(address: str) -> None:
    """BadInput when nothing could be sent there. Only the scheme is shown: addresses hold passwords."""
    from gateway.notify.channels.apprise import service, silence  # noqa: PLC0415 - it knows a hundred services

    if address.lower() in {"console:", "mqtt:", "announce:"}:
        return
    if "://" in address:
        silence()
        try:
            service(address)
        except GiveUp:
            pass
        else:
            return
    raise BadInput(
        f"channel {masked(address)} cannot be used: no service of that name is known, or the rest of the address is not"
        " as it wants it. Write console:, mqtt:, announce:, or an Apprise URL such as"
        " mailtos://user:password@example.org?to=ana@example.org, ntfy://topic or tgram://bot-token/chat"
    )
