"""Whom to tell is learned from the registry's own tables."""

from pathlib import Path

from gateway.clock import SystemClock
from gateway.database.engine import Database
from gateway.registry.homefile import HomeFile
from gateway.registry.registry import SqlRegistry
from gateway.rescue.people import NOBODY, everybody, whom_to_tell

HOME = HomeFile.model_validate(
    {
        "reference": "ELM-12",
        "time_zone": "Europe/London",
        "contacts": [
            {"name": "Ann", "channels": ["mqtt:", "console:"]},
            {"name": "Ben", "channels": ["console:"]},
            {"name": "Warden", "channels": ["mqtt:"]},
        ],
        "escalation": [
            {"contacts": ["Ben"]},
            {"contacts": ["Ann", "Ben"]},
            {"route": "fire", "contacts": ["Warden"]},
        ],
    }
)


async def test_everybody_of_all_steps_is_known_by_home_and_route(tmp_path: Path) -> None:
    database = Database.open(tmp_path)
    try:
        SqlRegistry(database).import_home(HOME, SystemClock().now())
        people = await database.run(everybody)
    finally:
        database.close()
    assert [contact.name for contact in whom_to_tell(people, "ELM-12", "default")] == ["Ben", "Ann"]
    assert [contact.channels for contact in whom_to_tell(people, "ELM-12", "fire")] == [("mqtt:",)]
    assert whom_to_tell(people, "ELM-12", "other") == whom_to_tell(people, "ELM-12", "default")
    assert whom_to_tell(people, "OAK-3", "default") == (NOBODY,)
