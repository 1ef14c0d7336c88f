"""What flows out of the decoder: measurements, or the reason why there are none."""

from typing import NamedTuple

from devices.instant import Instant
from devices.quantity import QUANTITIES

Value = bool | float | str


class Message(NamedTuple):
    """One MQTT message of a hub; `topic` is without the `homes/<hub>/` prefix, `received_at` None if not known."""

    topic: str
    payload: bytes
    retained: bool = False
    received_at: Instant | None = None


class Measurement(NamedTuple):
    """What one device said, in canonical quantity and unit. It has no idea whose it is.

    `value` is bool, float or (buttons) an action text as `devices.quantity` says; `at` is the device's own time where
    it gave a plausible one; `identity` is the device's own id of the event where it gave one. `momentary`: the device
    never says that it is over (a PIR that only ever reports movement), so each true is a change of its own.
    """

    address: str
    quantity: str
    value: Value
    at: Instant | None = None
    identity: str | None = None
    momentary: bool = False

    @property
    def unit(self) -> str | None:
        """Canonical unit of the quantity."""
        return QUANTITIES[self.quantity].unit


class Rejected(NamedTuple):
    """A claimed message that could not be read: a short stable `reason` and a sentence of `detail`."""

    reason: str
    detail: str


class Description(NamedTuple):
    """A device that introduced itself through its bridge's inventory."""

    address: str
    name: str
    maker: str | None = None
    model: str | None = None
    quantities: tuple[str, ...] = ()


class Decoded(NamedTuple):
    """Everything one message meant.

    Exactly one of these holds: `measurements`, `described` or `hub_online` say something; `rejected` is set; `ignored`
    is set. A message may carry good measurements and, for a field that could not be read, none for that field.
    `replayed` marks states that the bridge re-sends from its cache: they seed state and are never movement.
    `untrusted`: anybody with a transmitter could have said it, so it may not clear an alert.
    `lesson`: decoding other messages rests on this one. The gateway keeps the latest message under each lesson's name,
    and a new decoder is told them first (`HubDecoder.recall`), since after a restart queued messages come before
    retained ones.
    """

    convention: str | None
    measurements: tuple[Measurement, ...] = ()
    rejected: Rejected | None = None
    ignored: str | None = None
    described: tuple[Description, ...] = ()
    replayed: bool = False
    hub_online: bool | None = None
    untrusted: bool = False
    lesson: str | None = None
