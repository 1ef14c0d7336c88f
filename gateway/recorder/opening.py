"""The time-series store that the configuration names."""

from gateway.config import Settings
from gateway.ports import Store
from gateway.recorder.history import HistoryStore
from gateway.recorder.influx import InfluxStore

HISTORY = "history.db"
"""The embedded store, in the data directory."""


async def open_store(settings: Settings, *, read_only: bool = False) -> Store:
    """Open it; `read_only` where a gateway may be running on it."""
    store = settings.store
    if store.kind == "influx":
        return InfluxStore(
            store.url, org=store.org, bucket=store.bucket, token=store.secret(), timeout_s=store.timeout_s
        )
    return await HistoryStore.open(settings.data / HISTORY, read_only=read_only)
