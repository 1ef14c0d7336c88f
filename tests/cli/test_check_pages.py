"""What `keepwell check` says of the pages."""

from pathlib import Path

import pytest

from gateway.cli.place import Place
from gateway.cli.served import pages
from gateway.config import Settings
from gateway.database.access import PersonRow
from gateway.database.engine import Database


def told(folder: Path, **web: object) -> dict[str, bool | None]:
    """Each finding, with whether it is good."""
    return {one.text: one.good for one in pages(Place(Settings(data=folder, web=web), folder))}


@pytest.mark.parametrize(
    ("web", "good", "words"),
    [
        ({"listen": ""}, None, "served nowhere"),
        ({}, None, "messages carry no links"),
        ({"address": "https://care.example.org"}, True, "at https://care.example.org, served on 127.0.0.1:8080"),
        ({"address": "http://localhost:8080"}, None, "for this machine only"),
        ({"address": "http://care.example.org"}, False, "is not encrypted"),
        ({"listen": "0.0.0.0:8080"}, None, "can be reached from other machines without encryption"),
        ({"mail": "post://office"}, False, "[web] mail cannot be used"),
    ],
)
def test_each_way_of_serving_is_judged(tmp_path: Path, web: dict[str, object], good: bool | None, words: str) -> None:
    found = {text: value for text, value in told(tmp_path, **web).items() if words in text}
    assert list(found.values()) == [good]


def test_a_server_in_front_makes_other_machines_no_worry(tmp_path: Path) -> None:
    found = told(tmp_path, listen="0.0.0.0:8080", address="https://care.example.org", proxies=["10.0.0.7"])
    assert set(found.values()) == {True}


def test_who_can_sign_in_is_counted_and_an_administrator_missed(tmp_path: Path) -> None:
    database = Database.open(tmp_path)
    try:
        assert any("nobody can sign in yet" in text for text in told(tmp_path))
        with database.transaction() as session:
            session.add(PersonRow(name="Ann", email="ann@example.org", role="staff", areas=["*"], created_at=0))
        found = told(tmp_path)
        assert found["pages: may sign in: 1 staff"] is True
        assert found["pages: there is no administrator: keepwell users add"] is None
    finally:
        database.close()
