"""Remotes, wall keys, bells and the motion sensors that are sold with bells, in rtl_433 (src/devices/*.c)."""

from collections.abc import Callable, Iterator

from devices.rtl_433.fields import Said
from devices.rtl_433.raw import Content, text, unit
from devices.values import flag, number, on_off


def activlink(content: Content) -> Iterator[Said]:
    """Bells and their motion sensors; three quick presses come as a `secret_knock`."""
    kind = text(content.get("subtype"))
    if kind == "pir-motion":
        yield Said("motion", value=True, momentary=True)
    elif kind == "doorbell":
        yield Said("button", "triple" if flag(content.get("secret_knock")) is True else "press")


def press(content: Content) -> Iterator[Said]:  # noqa: ARG001
    """A frame is a press."""
    yield Said("button", "press")


def motion(content: Content) -> Iterator[Said]:  # noqa: ARG001
    """A frame is a movement."""
    yield Said("motion", value=True, momentary=True)


def switches(key: str, place: str) -> Callable[[Content], Iterator[Said]]:
    """On or off of a numbered unit: of a remote, a magnet or a PIR, which only a role can tell."""

    def read(content: Content) -> Iterator[Said]:
        raw = content.get(key)
        state = on_off(raw) if isinstance(raw, str) else None
        if state is not None:
            yield Said("switch", state, unit(content.get(place)))

    return read


def lightwave(content: Content) -> Iterator[Said]:
    """Command 0 is off and 1 is on; others dim."""
    command = number(content.get("command"))
    if command in (0, 1):
        yield Said("switch", command == 1, unit(content.get("subunit")))


def ht680(content: Content) -> Iterator[Said]:
    """Four keys, each a part."""
    for place in range(1, 5):
        if text(content.get(f"button{place}")) == "pressed":
            yield Said("button", "press", str(place))


def quinetic(content: Content) -> Iterator[Said]:
    """A wall key without battery: a frame is a press of one of three, its release is not decoded."""
    yield Said("button", "press", unit(content.get("channel")))
