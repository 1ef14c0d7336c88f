"""What the gateway holds in memory for many homes, once it has heard every device."""

import tempfile
from functools import partial
from pathlib import Path

from tests.benchmarks import town
from tests.benchmarks.gateway_process import GatewayProcess, configure
from tests.benchmarks.load import Load, PublisherProcess
from tests.benchmarks.options import Options
from tests.benchmarks.processes import memory_mib
from tests.benchmarks.servers import quiet
from tests.support.mosquitto import mosquitto
from tests.support.victoria import Victoria

_PATIENCE_S = 180.0
_RATE = 1_500.0


def run(options: Options) -> dict[str, object]:
    """Resident memory when connected, then when every device has said one thing, then when each has said six more."""
    homes = options.many_homes
    devices = homes * town.DEVICES
    found: dict[str, object] = {"homes": homes, "devices": devices}
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        town.register(folder / "data", homes)
        with quiet(mosquitto(folder / "broker")) as broker, quiet(Victoria(folder / "metrics")) as store:
            configure(folder, broker_port=broker.port, store_url=store.url)
            with GatewayProcess(folder) as gateway:
                found["connected_mib"] = memory_mib(gateway.pid)
                expected = 0
                for kind, readings in town.READINGS.items():
                    source = PublisherProcess(broker.port, Load(kind, homes, _PATIENCE_S, _RATE))
                    try:
                        source.allow(devices)
                        expected += devices * readings
                        has_read = partial(_has_read, gateway, expected)
                        gateway.wait(has_read, _PATIENCE_S, f"take in {expected} readings")
                    finally:
                        source.close()
                    found[f"heard_{kind}_mib"] = memory_mib(gateway.pid)
    return found


def _has_read(gateway: GatewayProcess, readings: int) -> bool:
    return gateway.cursors()["end"] >= readings and gateway.caught_up()
