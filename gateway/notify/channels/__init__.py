"""The channels: one file each. The table names them all."""

from collections.abc import Sequence

from gateway.notify.channels.announce import AnnounceChannel
from gateway.notify.channels.apprise import AppriseChannel
from gateway.notify.channels.console import ConsoleChannel, show
from gateway.notify.channels.email import EmailChannel
from gateway.notify.channels.listing import ListChannel
from gateway.notify.channels.mqtt import MqttChannel, Publish
from gateway.ports import Channel

CHANNELS = {
    "console": ConsoleChannel,
    "mqtt": MqttChannel,
    "announce": AnnounceChannel,
    "email": EmailChannel,
    "apprise": AppriseChannel,
    "listing": ListChannel,
}
"""By the name of their module. E-mail stands before Apprise, which could send it too, but not with our Message-ID."""


def own(publish: Publish) -> Sequence[Channel]:
    """One of each that reaches people, the first that handles an address serving it."""
    return (ConsoleChannel(show), MqttChannel(publish), AnnounceChannel(publish), EmailChannel(), AppriseChannel())
