"""VictoriaMetrics for tests: Debian's, on loopback, with its data in a temporary directory."""

import json
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.support.servers import LOOPBACK, Server, free_port, require


class Victoria(Server):
    """Speaks the InfluxDB v2 write API. It keeps milliseconds and numbers, and answers 204 to anything."""

    def __init__(self, data: Path) -> None:
        port = free_port()
        super().__init__(
            [
                require("victoria-metrics", "victoria-metrics"),
                f"-storageDataPath={data}",
                f"-httpListenAddr={LOOPBACK}:{port}",
                "-retentionPeriod=100y",
                "-dedup.minScrapeInterval=1ms",
                "-memory.allowedBytes=256MB",
            ],
            port,
        )
        self.url = f"http://{LOOPBACK}:{port}"

    def flush(self) -> None:
        """Make what was written visible to queries."""
        with urllib.request.urlopen(f"{self.url}/internal/force_flush", timeout=30) as answer:  # noqa: S310 - loopback
            answer.read()

    def export(self, match: str, start_ms: int, end_ms: int) -> list[dict[str, Any]]:
        """Series as {"metric", "values", "timestamps" in ms}; a field's metric is named `<measurement>_<field>`."""
        self.flush()
        query = urlencode({"match[]": match, "start": start_ms / 1000, "end": end_ms / 1000, "reduce_mem_usage": "1"})
        with urllib.request.urlopen(f"{self.url}/api/v1/export?{query}", timeout=30) as answer:  # noqa: S310 - loopback
            return [json.loads(text) for text in answer.read().splitlines()]
