"""The installer's mapping of sensors to EnOcean profiles: enocean-mqtt's own configuration, or lines of his own."""

import re

TEXT_LIMIT = 1 << 20
"""Characters; enocean-mqtt's configuration has some twenty lines for each sensor."""

_PROFILE = re.compile(r"([0-9A-F]{2})-([0-9A-F]{2})-([0-9A-F]{2})")
_PARTS = ("rorg", "func", "type")
_NAME_LIMIT = 200


def profile_name(text: str) -> str | None:
    """A profile as it is written here, such as `D5-00-01`; None for what is no profile. `d5_00_01` will do."""
    written = text.strip().upper().replace("_", "-").replace(":", "-")
    return written if _PROFILE.fullmatch(written) else None


def read_mapping(text: str) -> dict[str, str] | str:
    """Profile by name of sensor out of enocean-mqtt's configuration, or a sentence that says what is wrong with it.

    In enocean-mqtt's file each section but CONFIG is a sensor, with `rorg`, `func` and `type` as numbers; sections with
    `ignore = 1` are left out. A line `name = D5-00-01` outside such a section maps a sensor as well. Names are as they
    stand in the topic behind the prefix. No value but those of the profile gets into the sentence: there are passwords.
    """
    if len(text) > TEXT_LIMIT:
        return f"The file has {len(text)} characters, the limit is {TEXT_LIMIT}."
    sections = _sections(text)
    if isinstance(sections, str):
        return sections
    sensors: dict[str, str] = {}
    for section, settings in sections.items():
        written = {name: found for name, value in settings.items() if (found := profile_name(value)) is not None}
        sensors |= written
        rest = {name.lower(): value for name, value in settings.items() if name not in written}
        found = _of_section(section, rest) if rest else None
        if found is not None and profile_name(found) is None:
            return found
        if found is not None:
            sensors[section] = found
    return sensors or "The file names no sensor with its profile."


def _sections(text: str) -> dict[str, dict[str, str]] | str:
    """Settings by section, `` for those before the first; or which line is neither."""
    sections: dict[str, dict[str, str]] = {"": {}}
    settings = sections[""]
    for number, raw in enumerate(text.splitlines(), 1):
        line = _without_comment(raw)
        if line.startswith("["):
            name = line[1:].partition("]")[0].strip()
            if not name or "]" not in line or len(name) > _NAME_LIMIT:
                return f"Line {number} is no section: expected [name of a sensor]."
            settings = sections.setdefault(name, {})
        elif line:
            key, value = _pair(line)
            if not key:
                return f"Line {number} is neither a section nor name = profile."
            settings[key] = value
    return sections


def _of_section(name: str, settings: dict[str, str]) -> str | None:
    """The profile of a sensor's section, None for a section that is none, or what is wrong."""
    if name == "CONFIG" or settings.get("ignore") not in {None, "0"}:
        return None
    if not name:
        return "A line before the first section is not name = profile: a profile is written as in D5-00-01."
    numbers = [_whole(settings.get(part, "")) for part in _PARTS]
    missing = [part for part, value in zip(_PARTS, numbers, strict=True) if value is None]
    if missing:
        return f"Sensor {name!r} has no usable {', '.join(missing)}."
    return "-".join(f"{value:02X}" for value in numbers)


def _without_comment(line: str) -> str:
    """A line without what follows # or ; at its start or behind a space."""
    for place, character in enumerate(line):
        if character in "#;" and (place == 0 or line[place - 1].isspace()):
            return line[:place].strip()
    return line.strip()


def _pair(line: str) -> tuple[str, str]:
    key, equals, value = line.partition("=")
    if not equals:
        key, equals, value = line.partition(":")
    return (key.strip(), value.strip()) if equals and len(key) <= _NAME_LIMIT else ("", "")


def _whole(text: str) -> int | None:
    """A byte in decimal or, with 0x, in hexadecimal."""
    try:
        value = int(text, 0) if len(text) <= 6 else -1
    except ValueError:
        return None
    return value if 0 <= value <= 255 else None
