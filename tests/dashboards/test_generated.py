"""What is committed is what the builders make, and Grafana's own models read it."""

import json
from pathlib import Path

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.board import TITLES
from dashboards.generate import GENERATED, documents, write

DOCUMENTS = documents()


def test_every_board_is_there_in_the_order_of_the_links():
    assert list(DOCUMENTS) == [f"{uid}.json" for uid in TITLES]
    assert [json.loads(text)["title"] for text in DOCUMENTS.values()] == list(TITLES.values())


def test_what_is_committed_is_what_the_builders_make():
    committed = {path.name: path.read_text(encoding="utf-8") for path in GENERATED.glob("*.json")}
    assert committed == DOCUMENTS, "run: python -m dashboards.generate"


def test_building_twice_makes_the_same():
    assert documents() == DOCUMENTS


def test_writing_takes_away_what_is_no_longer_made(tmp_path: Path):
    (tmp_path / "keepwell-old.json").write_text("{}", encoding="utf-8")
    assert [path.name for path in write(tmp_path)] == list(DOCUMENTS)
    assert {path.name for path in tmp_path.iterdir()} == set(DOCUMENTS)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_models_of_grafana_read_all_of_it(name: str):
    document = json.loads(DOCUMENTS[name])
    register_default_plugins()
    again = json.loads(json.dumps(Dashboard.from_json(document), cls=JSONEncoder))
    assert _lost(document, again) == []


def _lost(there: object, again: object, at: str = "") -> list[str]:
    """Paths of what the models did not keep, but for what the models of annotations know nothing of."""
    if at.startswith(".annotations"):
        return []
    if isinstance(there, dict) and isinstance(again, dict):
        keys = [key for key in there if key not in again and there[key] is not None]
        inside = [path for key in there if key in again for path in _lost(there[key], again[key], f"{at}.{key}")]
        return [f"{at}.{key}" for key in keys] + inside
    if isinstance(there, list) and isinstance(again, list):
        same = len(there) == len(again)
        pairs = enumerate(zip(there, again, strict=False))
        return ([] if same else [at]) + [path for n, (a, b) in pairs for path in _lost(a, b, f"{at}[{n}]")]
    return [] if there == again else [at]
