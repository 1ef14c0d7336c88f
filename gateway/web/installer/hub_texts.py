"""What is pasted on a hub: the configuration of its Mosquitto and of Zigbee2MQTT, and its identity as a QR code. Pure.

Zigbee2MQTT speaks to the hub's own Mosquitto, never straight to Keepwell's broker. There it would publish at QoS 0 with
nothing kept while the line is down; and it ends when it may not subscribe to its own topics, which no hub may: an
account hears no home (docs/decisions/011). Source: Zigbee2MQTT 2.14.1, dist/mqtt.js and dist/controller.js.
"""

import re
from dataclasses import dataclass
from urllib.parse import quote

import segno
from markupsafe import Markup

from gateway.config import Settings
from gateway.identities import configurations

_HERE = frozenset({"localhost", "127.0.0.1", "::1"})
_SERVER = re.compile(r"(?P<host>[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?)(?::(?P<port>[0-9]{1,5}))?")
_BORDER, _SCALE = 4, 6
"""Modules of white around a QR code (ISO/IEC 18004, 6.3.8)."""
ZIGBEE2MQTT = """\
mqtt:
  server: mqtt://localhost:1883
  base_topic: zigbee2mqtt
advanced:
  # Messages that were held up keep their time.
  last_seen: ISO_8601
  output: json
"""


@dataclass(frozen=True, slots=True)
class Texts:
    """What is shown with a secret. `qr`: an SVG of the identity as an MQTT address."""

    server: str
    bridge: str
    zigbee2mqtt: str
    qr: Markup
    encrypted: bool


def texts(hub: str, secret: str, server: tuple[str, int], *, encrypted: bool) -> Texts:
    """Everything for one hub. `server`: host and port by which it reaches the broker."""
    host, port = server
    return Texts(
        f"{host}:{port}",
        configurations.bridge(hub, secret, host, port, encrypted=encrypted),
        ZIGBEE2MQTT,
        qr_code(identity(hub, secret, server, encrypted=encrypted)),
        encrypted,
    )


def identity(hub: str, secret: str, server: tuple[str, int], *, encrypted: bool) -> str:
    """Such as `mqtt://elm-12:secret@care.example.org:1883`; the client id is the hub's name, like the account's."""
    host, port = server
    return f"{'mqtts' if encrypted else 'mqtt'}://{quote(hub, safe='')}:{quote(secret, safe='')}@{host}:{port}"


def qr_code(text: str) -> Markup:
    """Black on white in any colour scheme, without a style or a script."""
    code = segno.make(text, micro=False, error="m")
    return Markup(code.svg_inline(border=_BORDER, dark="black", light="white", scale=_SCALE))  # noqa: S704 - segno's own


def server_shown(settings: Settings) -> str:
    """HOST or HOST:PORT by which hubs reach the broker; empty where that is not known."""
    if settings.web.hubs_server:
        return settings.web.hubs_server
    broker = settings.broker
    return "" if broker.host in _HERE else f"{broker.host}:{broker.port}"


def server_typed(text: str, port: int) -> tuple[str, int] | None:
    """Host and port of HOST or HOST:PORT; `port` where none is given; None for what is neither."""
    found = _SERVER.fullmatch(text)
    if found is None:
        return None
    chosen = int(found["port"]) if found["port"] else port
    return (found["host"], chosen) if 0 < chosen < 65_536 else None


def command(hub: str, server: str) -> str:
    """By which whoever looks after the server gives a hub its account."""
    return f"keepwell hubs add {hub} --bridge-config --server {server} > {hub}.conf"
