"""Alarm systems, fire and water in rtl_433: what the codes of each decoder mean (src/devices/*.c).

JSON carries the numbers of `data_make` unformatted (a `%02x` comes as 172, not "ac"); text is read as hexadecimal.
Where a transmitter never says that a thing is over, its true is momentary.
"""

from collections.abc import Iterator

from devices.rtl_433.fields import Said, in_words
from devices.rtl_433.raw import Content, hexadecimal, text
from devices.values import flag

_YALE_DOORS, _YALE_PIR = (0xAC, 0xAD), 0x15


def yale(content: Content) -> Iterator[Said]:
    """The table in yale_hsa.c: event 1 trigger, 3 pairing, 4 tamper and battery, by the low half of `state`."""
    kind, state, event = (
        hexadecimal(content.get("stype")),
        hexadecimal(content.get("state")),
        hexadecimal(content.get("event")),
    )
    if kind is None or event is None or kind not in (*_YALE_DOORS, _YALE_PIR):
        return
    bits = (state or 0) & 0xF
    if event == 1 and kind == _YALE_PIR:
        yield Said("motion", value=True, momentary=True)
        if state is not None:
            yield Said("battery_low", bool(bits & 2))
    elif event == 1:
        yield Said("contact", value=True, momentary=True)
    elif event == 4 and state is not None:
        if kind in _YALE_DOORS:
            yield Said("battery_low", bool(bits & 8))
        if not bits & 8:
            yield Said("tamper", bool(bits & 2))


def visonic(content: Content) -> Iterator[Said]:
    """`alarm` is a magnet, a movement or a pendant: only a role can tell. `restore`: it reports the end as well."""
    alarm = flag(content.get("alarm"))
    if alarm is not None:
        yield Said("switch", alarm, momentary=alarm and flag(content.get("restore")) is not True)


_KERUI = {0xA: "motion", 0xE: "open", 0x7: "close", 0xB: "tamper", 0x5: "water", 0xF: "battery"}


def kerui(content: Content) -> Iterator[Said]:
    """One `state` a frame; `cmd` is its number. PIR, leak sensor and lid never say that it is over."""
    said = in_words(content.get("state"))
    if said is None:
        said = in_words(_KERUI.get(hexadecimal(content.get("cmd")) or 0))
    if said is not None:
        yield said


def honeywell(content: Content) -> Iterator[Said]:
    """Three loops: `contact_open` (read as everywhere), the reed switch, and `alarm`, whose use the device decides."""
    if (reed := flag(content.get("reed_open"))) is not None:
        yield Said("contact", reed, "reed")
    if (alarm := flag(content.get("alarm"))) is not None:
        yield Said("switch", alarm, "alarm")


_X10_WORDS = {
    "door/window open": ("contact", True), "door/window closed": ("contact", False),
    "motion tripped": ("motion", True), "motion ready": ("motion", False),
}  # fmt: skip


def x10(content: Content) -> Iterator[Said]:
    """`battery_ok` and `tamper` come only when they are bad; the bits of `code` say both (x10_sec.c)."""
    event = text(content.get("event"))
    code = hexadecimal(content.get("code"))
    sensor = _X10_WORDS.get(event)
    if sensor is not None:
        yield Said(*sensor)
        if code is not None:
            yield Said("tamper", bool(code & 0x40))
    elif "panic" in event:
        yield Said("button", "emergency")
    elif event.startswith(("key-fob ", "sh624 sec-remote ")):
        yield Said("button", event.removeprefix("key-fob ").removeprefix("sh624 sec-remote ").replace(" ", "_"))
    if code is not None:
        yield Said("battery_low", bool(code & 1))


def dsc(content: Content) -> Iterator[Said]:
    """`exception` marks a key fob or what else uses these bits for other things."""
    if flag(content.get("exception")) is True:
        return
    if (closed := flag(content.get("closed"))) is not None:
        yield Said("contact", not closed)
    if (tamper := flag(content.get("tamper"))) is not None:
        yield Said("tamper", tamper)


_OPEN = {"open": True, "closed": False}


def interlogix(content: Content) -> Iterator[Said]:
    """Five inputs. A PIR's hourly report has the same ones as a movement: only a raw bit tells (rtl_433 #1774)."""
    kind = text(content.get("subtype") or content.get("device_type"))
    inputs = [_OPEN.get(text(content.get(f"switch{n}"))) for n in range(1, 6)]
    if kind == "keyfob":
        for place, is_open in enumerate(inputs, 1):
            if is_open is False:  # both buttons of arming at once, the fifth, call for help
                yield Said("button", "emergency" if place == len(inputs) else "press", str(place))
        return
    if kind == "motion":
        raw = content.get("raw_message")
        first = hexadecimal(raw[:2]) if isinstance(raw, str) else None
        moved = inputs[0] is True if first is None else bool(first & 0x0C)
        if moved:
            yield Said("motion", value=True, momentary=True)
        return
    if kind == "contact" and inputs[0] is not None:
        yield Said("contact", inputs[0])
        inputs[0] = None
    for place, is_open in enumerate(inputs, 1):
        if is_open is not None:
            yield Said("switch", is_open, str(place))


def risco(content: Content) -> Iterator[Said]:
    """`motion` and `tamper` are there only while they are so."""
    if flag(content.get("motion")) is True:
        yield Said("motion", value=True, momentary=True)
    if flag(content.get("tamper")) is True:
        yield Said("tamper", value=True, momentary=True)


def simplisafe(content: Content) -> Iterator[Said]:
    """`state` 1 open, 2 closed; others are of sensors that simplisafe.c does not know."""
    state = {1: True, 2: False}.get(hexadecimal(content.get("state")) or 0)
    state = {"contact open": True, "contact closed": False}.get(text(content.get("extradata")), state)
    if state is not None:
        yield Said("contact", state)


def simplisafe_keypad(content: Content) -> Iterator[Said]:
    """`extradata` may be a PIN in clear text: it is compared with one text and never repeated."""
    if text(content.get("extradata")) == "keypad panic button":
        yield Said("button", "emergency")


_CHUANGO = {
    0x2: Said("button", "emergency"), 0x1: Said("button", "disarm"), 0x8: Said("button", "arm"),
    0x4: Said("button", "home_mode"), 0x3: Said("tamper", value=True, momentary=True),
    0xC: Said("contact", value=False), 0xD: Said("battery_low", value=True),
    **dict.fromkeys((0x6, 0x7, 0xA, 0xB), Said("switch", value=True, momentary=True)),
}  # fmt: skip
_CHUANGO_WORDS = {
    "alarm": 0x2, "disarm": 0x1, "arm": 0x8, "home mode": 0x4, "tamper": 0x3, "closing": 0xC, "low battery": 0xD,
    "home mode zone": 0x6, "normal zone": 0x7, "single delay zone": 0xA, "24h zone": 0xB,
}  # fmt: skip


def chuango(content: Content) -> Iterator[Said]:
    """A zone is set by a jumper on any kind of sensor, so it is a switch; `Alarm` is the panic key of a remote."""
    number_ = _CHUANGO_WORDS.get(text(content.get("cmd")), hexadecimal(content.get("cmd_id")))
    if number_ in _CHUANGO:
        yield _CHUANGO[number_]


_AKHAN = {"lock": "lock", "unlock": "unlock", "mute": "mute", "alarm": "emergency"}


def akhan(content: Content) -> Iterator[Said]:
    """`data` is such as `0x8 (Alarm)`."""
    action = _AKHAN.get(text(content.get("data")).partition("(")[2].rstrip(")"))
    if action is not None:
        yield Said("button", action)


def smoke_gs558(content: Content) -> Iterator[Said]:
    """Every frame but pairing is an alarm or somebody's test of it, and nothing tells which: it is taken for fire."""
    if flag(content.get("learn")) is not True:
        yield Said("smoke", value=True, momentary=True)


def kidde(content: Content) -> Iterator[Said]:  # noqa: ARG001
    """A heartbeat and nothing else: this decoder cannot report an alarm."""
    yield Said("online", value=True)


_CAVIUS = {"fire alarm": 0x20, "warning/water detected": 0x10, "test alarm": 0x40}


def cavius(content: Content) -> Iterator[Said]:
    """`message` is a set of bits (cavius.c): 0x20 fire, 0x10 water; a test (0x40) raises nothing."""
    message = _CAVIUS.get(text(content.get("text")), hexadecimal(content.get("message"))) or 0
    if message & 0x40:
        return
    if message & 0x20:
        yield Said("smoke", value=True, momentary=True)
    elif message & 0x10:
        yield Said("leak", value=True, momentary=True)


def leakage(content: Content) -> Iterator[Said]:
    """Bresser: `alarm` is water."""
    if (alarm := flag(content.get("alarm"))) is not None:
        yield Said("leak", alarm)


def govee(content: Content) -> Iterator[Said]:
    """A pressed button means dry (the decoder then says `detect_wet` 0); a contact only ever says Open."""
    event = text(content.get("event"))
    if event == "water leak" and "detect_wet" not in content:
        yield Said("leak", value=True)
    elif event == "button press":
        yield Said("button", "press")
    elif event == "open":
        yield Said("contact", value=True, momentary=True)


def jasco(content: Content) -> Iterator[Said]:
    """`status` is 1 for closed (jasco.c)."""
    if (closed := flag(content.get("status"))) is not None:
        yield Said("contact", not closed)


def delta_dore(content: Content) -> Iterator[Said]:
    """The thermostats of this system tell of windows."""
    state = {"opened": True, "closed": False}.get(text(content.get("wnd_stat")))
    if state is not None:
        yield Said("contact", state)
