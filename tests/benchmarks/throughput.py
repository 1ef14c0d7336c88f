"""Messages a second from broker to confirmed write: the gateway, a plain script, and a subscriber that does nothing."""

import json
import shutil
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from devices.quantity import QUANTITIES
from tests.benchmarks import contenders, plain_script, town
from tests.benchmarks.load import Load, drive
from tests.benchmarks.options import Options
from tests.benchmarks.servers import quiet
from tests.support.mosquitto import Publisher, mosquitto
from tests.support.servers import Server
from tests.support.victoria import Victoria

REQUIRED = {"one": 8_000, "six": 3_500}
"""Messages a second that the gateway has to sustain."""


def run(kind: str, options: Options) -> dict[str, object]:
    """All contenders with messages of one kind: first as fast as each takes them in, then the gateway at a set rate."""
    flat_out = Load(kind, options.homes, options.seconds)
    found: dict[str, object] = {"homes": options.homes, "devices": options.homes * town.DEVICES,
                                "readings_per_message": town.READINGS[kind], "seconds": options.seconds}  # fmt: skip
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        template = Path(name) / "template"
        town.register(template, options.homes)
        if "gateway" in options.contenders:
            fastest = _gateway(Path(name) / "fast", template, flat_out)
            found["gateway"] = fastest
            rate = options.rate or _rate(kind, fastest)
            found["gateway_paced"] = {"rate": rate} | _gateway(
                Path(name) / "paced", template, Load(kind, options.homes, options.seconds, rate)
            )
        if "plain" in options.contenders:
            found["plain_script"] = _plain(Path(name) / "plain", flat_out)
        if "ceiling" in options.contenders:
            found["mosquitto_sub"] = _subscriber(Path(name) / "ceiling", flat_out)
    return found | {"ratios": _ratios(found)}


def _rate(kind: str, fastest: dict[str, object]) -> float:
    """What has to be sustained; where the gateway does not come that far, a little less than what it does."""
    reached = float(str(fastest["messages_per_s"]))
    return REQUIRED[kind] if reached >= REQUIRED[kind] else round(0.9 * reached) or 100


def _ratios(found: dict[str, Any]) -> dict[str, float]:
    """Of rates, and of the processor time that a message takes: that one holds on a machine that others use too."""
    measured = {name: about for name, about in found.items() if isinstance(about, dict) and about.get("messages_per_s")}
    ours = measured.get("gateway")
    ratios: dict[str, float] = {}
    for name in ("plain_script", "mosquitto_sub"):
        if ours is not None and name in measured:
            ratios[f"rate_gateway_to_{name}"] = round(ours["messages_per_s"] / measured[name]["messages_per_s"], 3)
            ratios[f"cpu_gateway_to_{name}"] = round(_cost(ours) / _cost(measured[name]), 3)
    return ratios


def _cost(found: dict[str, Any]) -> float:
    """Seconds of processor time of all processes for 1,000 messages."""
    return float(sum(found["cpu"]["s_per_1000_messages"].values()))


@contextmanager
def _servers(folder: Path) -> Iterator[tuple[Server, Victoria]]:
    folder.mkdir()
    with quiet(mosquitto(folder / "broker")) as broker, quiet(Victoria(folder / "metrics")) as store:
        yield broker, store


def _gateway(folder: Path, template: Path, load: Load) -> dict[str, object]:
    readings = town.READINGS[load.kind]
    with _servers(folder) as (broker, store):
        shutil.copytree(template, folder / "data")
        with contenders.keepwell(folder, broker_port=broker.port, store_url=store.url, readings=readings) as gateway:
            found = drive(gateway, broker.port, load, {"mosquitto": broker.pid, "victoria": store.pid})
        names = "|".join(QUANTITIES)
        stored = _stored(store, f'{{__name__=~"({names})_value",home!=""}}')
    return found | _points(stored, int(str(found["messages"])) * readings)


def _plain(folder: Path, load: Load) -> dict[str, object]:
    with _servers(folder) as (broker, store):
        with contenders.plain(broker.port, store.url) as script:
            found = drive(script, broker.port, load, {"mosquitto": broker.pid, "victoria": store.pid})
        stored = _stored(store, f'{{__name__=~"{plain_script.MEASUREMENT}_.*"}}')
    return found | _points(stored, int(str(found["messages"])) * town.READINGS[load.kind])


def _subscriber(folder: Path, load: Load) -> dict[str, object]:
    folder.mkdir()
    with quiet(mosquitto(folder / "broker")) as broker:
        home = Publisher(broker.port)
        home.send("homes/elm-0/retained", "x", retain=True)
        home.close()
        try:
            with contenders.subscriber(broker.port) as ceiling:
                return drive(ceiling, broker.port, load, {"mosquitto": broker.pid})
        except FileNotFoundError as error:
            return {"skipped": str(error)}


def _points(stored: int, expected: int) -> dict[str, object]:
    return {"points_stored": stored, "points_expected": expected, "points_whole": stored == expected}


def _stored(store: Victoria, match: str) -> int:
    """Samples that the store has for this match, counted by itself. Asked of in an hour: it hides the last 30 s."""
    store.flush()
    query = urlencode({"query": f"sum(count_over_time({match}[1d]))", "time": time.time() + 3_600})
    with urllib.request.urlopen(f"{store.url}/api/v1/query?{query}", timeout=60) as answer:  # noqa: S310 - loopback
        result = json.loads(answer.read())["data"]["result"]
    return int(result[0]["value"][1]) if result else 0
