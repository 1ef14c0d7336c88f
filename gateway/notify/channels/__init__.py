"""The channels: one file each. The table names them all; app.py builds those that it uses, in this order."""

from gateway.notify.channels.announce import AnnounceChannel
from gateway.notify.channels.apprise import AppriseChannel
from gateway.notify.channels.console import ConsoleChannel
from gateway.notify.channels.email import EmailChannel
from gateway.notify.channels.listing import ListChannel
from gateway.notify.channels.mqtt import MqttChannel

CHANNELS = {
    "console": ConsoleChannel,
    "mqtt": MqttChannel,
    "announce": AnnounceChannel,
    "email": EmailChannel,
    "apprise": AppriseChannel,
    "listing": ListChannel,
}
"""By the name of their module. E-mail stands before Apprise, which could send it too, but not with our Message-ID."""
