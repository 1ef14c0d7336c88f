"""InfluxDB 1.6 for tests: Debian's influxd, on loopback, with its files in a temporary directory."""

import json
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.support.servers import LOOPBACK, Server, free_port, require

_CONFIGURATION = """
reporting-disabled = true
bind-address = "{host}:{rpc_port}"
[meta]
  dir = "{data}/meta"
[data]
  dir = "{data}/data"
  wal-dir = "{data}/wal"
  query-log-enabled = false
[monitor]
  store-enabled = false
[http]
  bind-address = "{host}:{port}"
  log-enabled = false
"""


class Influxd(Server):
    """Speaks InfluxQL and the v1 write API; `influx_forwarder` gives it the v2 one."""

    def __init__(self, data: Path) -> None:
        port, rpc_port = free_port(), free_port()
        configuration = data / "influxdb.conf"
        configuration.write_text(_CONFIGURATION.format(data=data, host=LOOPBACK, port=port, rpc_port=rpc_port))
        super().__init__([require("influxd", "influxdb"), "run", "-config", str(configuration)], [port, rpc_port])
        self.url = f"http://{LOOPBACK}:{port}"

    def query(self, influxql: str, database: str | None = None) -> list[dict[str, Any]]:
        """Series of the answer: {"name", "tags", "columns", "values"}, times in ms; AssertionError if refused."""
        parameters = {"q": influxql, "epoch": "ms"} | ({"db": database} if database else {})
        request = urllib.request.Request(f"{self.url}/query", urlencode(parameters).encode())  # noqa: S310 - loopback
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - loopback
            (result,) = json.load(answer)["results"]
        assert "error" not in result, result["error"]
        series: list[dict[str, Any]] = result.get("series", [])
        return series
