"""rtl_433 (https://github.com/merbanan/rtl_433, output_mqtt.c): what radio sensors around the home say, as JSON events.

`rtl_433/<host>/events` has each message whole; `/devices/...` repeats it field by field and `/states` tells of the
receiver. A sensor's address is `rtl_433:<model>:<id>`, in lower case, and `:<channel>` after it where ids are short.
Anybody can transmit on these frequencies, so every reading is untrusted.
"""

from devices.convention import Options, ignored
from devices.guide import Guide
from devices.measurement import Decoded, Measurement, Message, Rejected
from devices.payload import read_object
from devices.rtl_433.reading import Rtl433Reader

NAME = "rtl_433"
GUIDE = Guide(
    NAME,
    "rtl_433",
    source="rtl_433's source (release 25.02 and the state of 2026: src/output_mqtt.c, docs/DATA_FORMAT.md, "
    "src/devices/*.c, conf/*.conf) and issue threads of the project. What the event codes of Yale HSA mean is marked "
    "as guessed there; what a Yale remote or keypad says is documented nowhere and is not read.",
    topics="""Events on `<prefix>/<host>/events` (`rtl_433/...` unless the hub says otherwise), JSON with `model` and
`id`. The address is `rtl_433:<model>:<id>`, and `:<channel>` after it for models whose ids are short or drawn at
random when the battery is put in (weather sensors, remotes): two of them in earshot may share one. Alarm sensors have
a fixed id, which is enough. **Everything is untrusted**: anybody with a transmitter can say it, so it may raise an
alert and never clears one. The sensors of neighbours are heard as well; only those that you register count.""",
    readings=(
        ("`temperature_C`, `temperature_F`, `humidity`, `pressure_hPa` (also kPa and inHg), of probes as parts",
         "temperature, humidity, pressure; parts `/1`, `/2`"),
        ("`light_lux`, `lux`, `light_klx`, `co2_ppm`, `pm2_5_ug_m3`", "illuminance, co2, pm25"),
        ("`power_W`, `energy_kWh`, `current_A`, `voltage_V` and their like", "power, energy, current, voltage"),
        ("`battery_ok` (0 low, 1 good, between them a level), `battery_V`, `battery_mV`, `battery` OK or LOW",
         "battery_low, battery, battery_voltage"),
        (("`contact_open`, `opened`, `closed`; `reed_open` of Honeywell; `state` or `event` open or closed; DSC, X10, "
          "Yale HSA, Interlogix, SimpliSafe, Jasco, Cavius, Govee, Delta Dore"), "contact; `/reed` is the reed switch"),
        ("`motion`; X10, Yale HSA, Interlogix, Risco, Kerui, Honeywell ActivLink, Generic-Motion",
         "motion; momentary where nothing says that it is over"),
        ("`tamper`", "tamper"),
        ("`leak_detected`, `detect_wet`, `water`, the `alarm` of Bresser-Leakage, Cavius", "leak"),
        ("Smoke-GS558 (every frame is an alarm or a test of it), Cavius", "smoke; momentary"),
        (("panic keys of X10, Interlogix, Chuango, SimpliSafe, Akhan; key fobs; bells; Quinetic and HT680 keys; "
          "the button of Govee's leak sensors"), "button; `emergency` for panic"),
        (("Visonic's and Honeywell's `alarm`, Interlogix inputs, Chuango zones, on and off of Nexa, Proove, "
          "KlikAanKlikUit, Waveman, X10-RF, Brennenstuhl, LightwaveRF"), "switch; what it means only a role can tell"),
        ("`availability`; Kidde-Smoke, which is a heartbeat and no more", "online"),
    ),
    notes=(
        """A transmitter says everything 5 to 25 times. What one said last, said again within 5 seconds (by its own
`time` where the message has one, else by the time received), is ignored as a repeat; a press only where it follows its
last copy within a second and a half. Its `time` dates a reading only
when it has a zone: give rtl_433 `-M time:iso:tz` or `-M time:unix`.""",
        """**Your own decoders** (`-X`, or a file of rtl_433's `conf`) are read where their fields are named as those of
other sensors: `id` or `code`, `closed`, `motion`, `tamper`, `battery_ok`, or a `state` or `event` of open, close,
motion, tamper, water, sos and the like.""",
        """Interlogix PIRs report every hour with the same inputs as when they see movement; `raw_message` tells them
apart. A Fine Offset WH55 does not say whether it is wet: its `alarm` is the switch of its siren. A **Kidde** smoke
alarm is heard only by its heartbeat: rtl_433 cannot report its alarm, do not rely on it. Certified social alarm
pendants at 869 MHz are not decoded by rtl_433 at all.""",
    ),
    ignored="`/devices/...` and `/states` (the same readings come on `/events`), tyre pressure (somebody's car), "
    "transmitters without an id, raw codes and rolling codes of remotes, set points, soil, rain and wind, tank levels, "
    "water and gas meters, `rssi` (decibels below the receiver's full scale, not dBm), what a SimpliSafe keypad types.",
    to_set="`-F mqtt://<broker>` as it is, or with `events` among its formats: with `devices=...` alone there are no "
    "events and Keepwell reads nothing. `-M time:iso:tz`, `-C si`; `-R` only the protocols that the home has.",
    options=("rtl_433_prefix",),
)  # fmt: skip
_ONLINE = {b"online": True, b"offline": False}


class Rtl433:
    """Reads the events of one hub's receivers; what it keeps is in its reader."""

    def __init__(self, options: Options) -> None:
        self._prefix = options.rtl_433_prefix + "/"
        self._reader = Rtl433Reader(NAME, options)

    def claims(self, topic: str) -> bool:
        """Whether the topic is below the prefix."""
        return topic.startswith(self._prefix)

    def decode(self, message: Message) -> Decoded:
        """What an event means; `devices` and `states` say nothing new."""
        segments = message.topic[len(self._prefix) :].split("/")
        if (why := _no_event(segments, message.payload)) is not None:
            return ignored(NAME, why)
        if segments[-1] == "availability":
            return _availability("/".join(segments[:-1]), message.payload)
        content = read_object(message.payload)
        if isinstance(content, Rejected):
            if segments[-1] != "events" and content.reason in ("not_json", "not_an_object"):
                return ignored(NAME, "a plain value: only events in JSON are read")
            return Decoded(NAME, rejected=content)
        return self._reader.read(content, message)


def _no_event(segments: list[str], payload: bytes) -> str | None:
    """Why the message is not to be read at all, if so."""
    if not payload:
        return "empty payload: a retained value was cleared"
    if "devices" in segments[:2]:
        return "one field of a reading: the same reading comes whole on /events"
    return "the state of the receiver, not of a sensor" if segments[-1] == "states" else None


def _availability(host: str, payload: bytes) -> Decoded:
    online = _ONLINE.get(payload[:16].strip().lower())
    if online is None:
        return Decoded(NAME, rejected=Rejected("bad_value", "the availability is neither online nor offline"))
    address = f"{NAME}:{host}:bridge" if host else f"{NAME}:bridge"
    return Decoded(NAME, (Measurement(address, "online", online),), hub_online=online)
