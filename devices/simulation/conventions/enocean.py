"""Simulated EnOcean sensors: telegrams as one JSON object each, or shortcut by shortcut in the order of the profile."""

from collections.abc import Callable, Mapping
from random import Random
from typing import Any

import orjson

from devices.convention import Options
from devices.instant import SECOND, Instant, rfc3339
from devices.measurement import Value
from devices.simulation.publish import Published
from devices.simulation.simulator import Can

OPTIONS = Options(
    enocean_sensors={
        "hall/door": "D5-00-01", "pir": "A5-07-01", "climate": "A5-04-01", "window": "A5-14-03", "handle": "F6-10-00",
        "meter": "A5-12-01", "plug": "D2-01-0E", "smoke": "F6-05-02", "water": "F6-05-01", "rocker": "F6-02-01",
        "bell": "F6-01-01", "soft": "D2-03-0A", "air": "A5-09-04", "inputs": "A5-30-03",
    }
)  # fmt: skip
"""How a hub with these sensors must be set up."""

Telegram = dict[str, Any]
_SOFT = {"press": 1, "double": 2, "long": 3, "release": 4}


def _rocker(part: str) -> Callable[[Any], list[Telegram]]:
    code = ("AI", "AO", "BI", "BO").index(part)
    return lambda _: [{"R1": code, "EB": 1, "R2": 0, "SA": 0, "T21": True, "NU": True}]


def _energy(value: Any) -> list[Telegram]:  # noqa: ANN401
    return [{"MR": float(round(value * 100)), "TI": 0.0, "DT": 0, "DIV": 2}]


def _power(value: Any) -> list[Telegram]:  # noqa: ANN401
    return [{"MR": float(round(value * 10)), "TI": 0.0, "DT": 1, "DIV": 1}]


def _measured(value: Any) -> list[Telegram]:  # noqa: ANN401
    return [{"CMD": 7, "UN": 3, "IO": 0, "MV": round(value)}]


def _switched(channel: int) -> Callable[[Any], list[Telegram]]:
    return lambda value: [{"CMD": 4, "IO": channel, "OV": 100 if value else 0}]


class SimulatedEnocean:
    """A home's EnOcean sensors. Whether they publish JSON is drawn once."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._json = random.random() < 0.5
        self._telegrams: dict[Can, tuple[str, Callable[[Any], list[Telegram]]]] = {
            Can("enocean:hall.door", "contact"): ("hall/door", lambda value: [{"CO": 0 if value else 1}]),
            Can("enocean:pir", "motion"): ("pir", lambda value: [{"PIRS": 255 if value else 0}, {"PIR": int(value)}]),
            Can("enocean:pir", "battery_voltage", 1, 5, 0.02): ("pir", lambda value: [{"SVC": value}]),
            Can("enocean:climate", "temperature", 0, 40, 0.1): ("climate", lambda value: [{"TMP": value}]),
            Can("enocean:climate", "humidity", 0, 100): ("climate", lambda value: [{"HUM": value}]),
            Can("enocean:window", "contact"): ("window", lambda value: [{"CT": int(value)}]),
            Can("enocean:window", "vibration"): ("window", lambda value: [{"VIB": int(value)}]),
            Can("enocean:handle", "contact"): (
                "handle", lambda value: [{"WIN": code} for code in ((0, 1, 2) if value else (3,))],
            ),
            Can("enocean:meter", "energy", 0, 900, 0.01): ("meter", _energy),
            Can("enocean:meter", "power", 0, 3_000, 0.1): ("meter", _power),
            Can("enocean:plug", "switch"): ("plug", _switched(0)),
            Can("enocean:plug/IO1", "switch"): ("plug", _switched(1)),
            Can("enocean:plug", "power", 0, 3_000): ("plug", _measured),
            Can("enocean:smoke", "smoke"): ("smoke", lambda value: [{"SMO": 16 if value else 0}]),
            Can("enocean:smoke", "battery_low", flags=(True,)): ("smoke", lambda _: [{"SMO": 48}]),
            Can("enocean:water", "leak", flags=(True,)): ("water", lambda _: [{"WAS": 17}]),
            Can("enocean:rocker/BO", "button", words=("press",)): ("rocker", _rocker("BO")),
            Can("enocean:rocker/AI", "button", words=("press",)): ("rocker", _rocker("AI")),
            Can("enocean:bell", "button", words=("press",)): ("bell", lambda _: [{"PB": 1}]),
            Can("enocean:soft", "button", words=tuple(_SOFT)): ("soft", lambda word: [{"BA": _SOFT[word]}]),
            Can("enocean:soft", "battery", 1, 100): ("soft", lambda value: [{"BATT": value}]),
            Can("enocean:air", "co2", 0, 2_550, 10): ("air", lambda value: [{"Conc": value}]),
            Can("enocean:inputs/DI0", "switch"): ("inputs", lambda value: [{"DI0": int(value)}]),
        }  # fmt: skip
        self.can: tuple[Can, ...] = tuple(self._telegrams)

    def introduce(self, at: Instant) -> list[Published]:  # noqa: ARG002
        """EnOcean sensors announce nothing."""
        return []

    def say(self, at: Instant, values: Mapping[Can, Value]) -> list[Published]:
        """A telegram for each value, some of them twice, as through a repeater, where it is a press."""
        published: list[Published] = []
        for can, value in values.items():
            sensor, telegrams = self._telegrams[can]
            telegram = self._random.choice(telegrams(value))
            published += self._telegram(at, sensor, telegram)
            if can.quantity == "button" and sensor == "bell" and self._random.random() < 0.5:
                published += self._telegram(at + SECOND // 10, sensor, telegram)
        return published

    def _telegram(self, at: Instant, sensor: str, telegram: Telegram) -> list[Published]:
        topic = f"enocean/{sensor}"
        if "CMD" in telegram and self._random.random() < 0.5:  # `channel = CMD`
            topic += f"/CMD{telegram['CMD']}"
            telegram = {key: value for key, value in telegram.items() if key != "CMD"}
        if self._json:
            dated = (
                {"_DATE_": f"{rfc3339(at)[:19]}.{self._random.randrange(10**6):06}"}
                if self._random.random() < 0.5
                else {}
            )
            return [Published(at, topic, orjson.dumps({**telegram, **dated}))]
        return [Published(at, f"{topic}/{key}", str(value).encode()) for key, value in telegram.items()]
