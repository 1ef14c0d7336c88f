"""The home file (TOML): a home with its rooms, devices, people and rules, as people write it and back-tests read it.

A home without `[[home.hubs]]` has one hub, named after its reference in lower case.
"""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Field, ValidationError, model_validator

from devices.instant import Instant
from gateway.errors import BadInput
from gateway.localtime import local_instant
from gateway.model import Device, Home, Hub, Mode, Room, Rule
from gateway.registry import entries
from gateway.registry.contradictions import contradictions
from gateway.registry.tomltext import document
from gateway.registry.wording import describe, known_words, place

ValidateRule = Callable[[str, Mapping[str, Any]], None]
"""Checks the parameters of a rule type; raises ValueError or BadInput with what is wrong."""
ValidateChannel = Callable[[str], None]
"""Checks that a contact could be reached there; raises BadInput, which never shows the address: it holds secrets."""
ValidatePack = Callable[[str], None]
"""Checks that there is a pack of rules of this name; raises BadInput that names those there are."""


def checked_zone(name: str) -> str:
    """An IANA time zone's name; ValueError that suggests one otherwise."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        zones = {zone for zone in available_timezones() if "/" in zone}
        hint = known_words("time zone", name, zones).split("; ", 1)[1].split("allowed:")[0].strip()
        raise ValueError(f'"{name}" is not known; {hint or "write an IANA name such as Europe/Lisbon"}') from None
    return name


@dataclass(frozen=True, slots=True)
class Outage:
    """A known time without data: of the device, or of the whole home when `device` is None. `end` is not included."""

    device: str | None
    start: Instant
    end: Instant


class HomeFile(entries.Entry):
    """The `[home]` table and what is in it, free of contradictions. Times stay as written until asked for."""

    reference: entries.Reference
    time_zone: Annotated[str, AfterValidator(checked_zone)]
    area: entries.Name | None = None
    occupants: int = Field(default=1, ge=1, le=99)
    mode: Mode | None = None
    pack: entries.Name | None = None
    rooms: tuple[entries.RoomEntry, ...] = ()
    hubs: tuple[entries.HubEntry, ...] = ()
    devices: tuple[entries.DeviceEntry, ...] = ()
    outages: tuple[entries.OutageEntry, ...] = ()
    residents: tuple[entries.ResidentEntry, ...] = ()
    contacts: tuple[entries.ContactEntry, ...] = ()
    escalation: tuple[entries.StepEntry, ...] = ()
    rules: tuple[entries.RuleEntry, ...] = ()

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if problems := contradictions(self.model_dump(), self.zone):
            raise ValueError("\n".join(problems))
        return self

    @property
    def zone(self) -> ZoneInfo:
        """The zone of its local times."""
        return ZoneInfo(self.time_zone)

    @property
    def hub_names(self) -> tuple[str, ...]:
        """Its hubs; one named after the reference when the file gives none."""
        return tuple(hub.name for hub in self.hubs) or (self.reference.lower(),)

    @property
    def consents(self) -> bool:
        """Whether every resident's consent is recorded and stands; a home without residents does not consent."""
        records = [resident.consent for resident in self.residents]
        return bool(records) and all(record is not None and record.withdrawn_at is None for record in records)

    def instant(self, text: str) -> Instant:
        """A time of this file; without an offset it is the home's local time."""
        return local_instant(text, self.zone)

    def hub_of(self, device: entries.DeviceEntry) -> str:
        """The hub that a device is on."""
        return device.hub or self.hub_names[0]

    def outage_times(self) -> tuple[Outage, ...]:
        """Known times without data, as instants."""
        starts = [self.instant(outage.start) for outage in self.outages]
        return tuple(
            Outage(outage.device, start, local_instant(outage.end, self.zone, not_before=start))
            for outage, start in zip(self.outages, starts, strict=True)
        )

    def to_home(self, registered_at: Instant, *, consent: bool = True) -> Home:
        """The home as the rule engine knows it. A recording is consented to, so `consent` is true unless told."""
        return Home(
            reference=self.reference,
            time_zone=self.time_zone,
            area=self.area,
            occupants=self.occupants,
            mode=self.mode or "at home",
            consent=consent,
            rooms=tuple(Room(room.name, room.kind) for room in self.rooms),
            hubs=tuple(Hub(hub.name, hub.replay, hub.options.to_options()) for hub in self.hubs)
            or (Hub(self.hub_names[0]),),
            devices=tuple(
                Device(
                    hub=self.hub_of(device),
                    address=device.address,
                    room=device.room,
                    role=device.role,
                    maker=device.maker,
                    model=device.model,
                    quantities=device.quantities,
                    registered_at=registered_at,
                    last_heard=self.instant(device.last_heard) if device.last_heard else None,
                )
                for device in self.devices
            ),
            rules=tuple(Rule(rule.type, rule.parameters, rule.key, rule.route) for rule in self.rules),
            pack=self.pack,
        )


def load_home(
    path: Path,
    validate_rule: ValidateRule | None = None,
    validate_channel: ValidateChannel | None = None,
    validate_pack: ValidatePack | None = None,
) -> HomeFile:
    """Read a home file. Raises BadInput that names the file, each place in it and the fix, all problems at once."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise BadInput(f"{path} does not exist: give the path of a home file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path} cannot be read as a text file in UTF-8: {error}") from error
    return read_home(text, str(path), validate_rule, validate_channel, validate_pack)


def read_home(
    text: str,
    source: str = "home file",
    validate_rule: ValidateRule | None = None,
    validate_channel: ValidateChannel | None = None,
    validate_pack: ValidatePack | None = None,
) -> HomeFile:
    """The home file in `text`; `source` names it in errors. Raises BadInput with all problems at once."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{source} is not valid TOML: {error}") from error
    problems = [
        f"[{key}]: unknown table; everything stands under [home]: [[home.{key}]]?" for key in raw if key != "home"
    ]
    home = raw.get("home")
    if not isinstance(home, dict):
        raise BadInput(_refusal(source, [*problems, "[home]: this table is missing; it holds reference and time_zone"]))
    file: HomeFile | None = None
    try:
        file = HomeFile.model_validate(home)
    except ValidationError as error:
        problems += _all_problems(error, home)
    problems += [*rule_problems(home, validate_rule), *channel_problems(home, validate_channel)]
    problems += pack_problems(home, validate_pack)
    if problems or file is None:
        raise BadInput(_refusal(source, problems))
    return file


def rule_problems(home: Mapping[str, Any], validate_rule: ValidateRule | None) -> list[str]:
    """What `validate_rule` says about the well-formed rules of a `[home]` table."""
    rows = home.get("rules")
    if validate_rule is None or not isinstance(rows, list | tuple):
        return []
    problems = []
    for index, row in enumerate(rows):
        try:
            rule = entries.RuleEntry.model_validate(row)
        except ValidationError:
            continue  # is reported with the entries
        try:
            validate_rule(rule.type, rule.parameters)
        except (ValueError, BadInput) as error:
            problems.append(f"{place('home.rules', index, rule.type)}: {error}")
    return problems


def channel_problems(home: Mapping[str, Any], validate_channel: ValidateChannel | None) -> list[str]:
    """What `validate_channel` says about the well-formed contacts of a `[home]` table."""
    rows = home.get("contacts")
    if validate_channel is None or not isinstance(rows, list | tuple):
        return []
    problems = []
    for index, row in enumerate(rows):
        try:
            contact = entries.ContactEntry.model_validate(row)
        except ValidationError:
            continue  # is reported with the entries
        for channel in contact.channels:
            try:
                validate_channel(channel)
            except BadInput as error:
                problems.append(f"{place('home.contacts', index, contact.name)}: {error}")
    return problems


def pack_problems(home: Mapping[str, Any], validate_pack: ValidatePack | None) -> list[str]:
    """What `validate_pack` says about the pack that a `[home]` table names."""
    pack = home.get("pack")
    if validate_pack is None or not isinstance(pack, str):
        return []
    try:
        validate_pack(pack)
    except BadInput as error:
        return [f"{place('home')}: {error}"]
    return []


def dump_home(home: HomeFile) -> str:
    """The home as TOML text that `read_home` reads back as the same home.

    What contacts see is always said: an import leaves it as it is where a file does not.
    """
    table = home.model_dump(include={"reference", "time_zone", "area", "occupants", "mode", "pack"})
    table |= home.model_dump(exclude_defaults=True, exclude=set(table))
    if home.contacts:
        table["contacts"] = [one.model_dump(exclude_defaults=True) | {"sees": one.sees} for one in home.contacts]
    if home.escalation:
        table["escalation"] = [
            step.model_dump(exclude_defaults=True) | {"wait": entries.duration_text(step.wait)}
            for step in home.escalation
        ]
    return document("home", table)


def _all_problems(error: ValidationError, home: Mapping[str, Any]) -> list[str]:
    """Errors inside entries, then those between them, which pydantic reaches only when there are none inside."""
    if any(not item["loc"] for item in error.errors(include_url=False)):
        return [line for item in error.errors() for line in item["msg"].removeprefix("Value error, ").splitlines()]
    try:
        zone = ZoneInfo(str(home.get("time_zone")))
    except (KeyError, ValueError, OSError):
        zone = None
    return [*describe(error, HomeFile, home), *contradictions(home, zone)]


def _refusal(source: str, problems: list[str]) -> str:
    if len(problems) == 1:
        return f"{source}: {problems[0]}"
    return f"{source} has {len(problems)} problems:\n" + "\n".join(f"- {problem}" for problem in problems)
