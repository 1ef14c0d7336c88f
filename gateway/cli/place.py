"""Where a command works: the settings and the data directory, found the same way by every command."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Self

import typer
from pydantic import ValidationError
from sqlalchemy.exc import DatabaseError

from gateway.config import Settings, in_words, load
from gateway.database.engine import Database
from gateway.errors import BadInput, TryLater
from gateway.registry.registry import SqlRegistry
from gateway.validators import check_channel, check_pack, check_rule

CONFIG_NAME = "keepwell.toml"
ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", help=f"The configuration file. Default: {CONFIG_NAME} here, if there is one."),
]
DataOption = Annotated[
    Path | None,
    typer.Option("--data", help="The data directory, in place of the one that the configuration names."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]


@dataclass(frozen=True, slots=True)
class Place:
    """The settings in force and the data directory they lead to."""

    settings: Settings
    data: Path

    @classmethod
    def find(cls, config: Path | None = None, data: Path | None = None) -> Self:
        """From --config and --data, ./keepwell.toml, or KEEPWELL_DATA. BadInput when nothing says where."""
        if config is None and Path(CONFIG_NAME).is_file():
            config = Path(CONFIG_NAME)
        if config is not None:
            settings = load(config)
        else:
            settings = _settings_of_environment()
            if data is None and "data" not in settings.model_fields_set:
                raise BadInput(
                    f"there is no {CONFIG_NAME} here: say where Keepwell's data is with --data DIRECTORY,"
                    f" or give --config path/to/{CONFIG_NAME}"
                )
        place = data if data is not None else settings.data
        return cls(settings.model_copy(update={"data": place}), place)

    @contextmanager
    def database(self) -> Iterator[Database]:
        """keepwell.db of this place, closed again at the end. BadInput where there is none yet."""
        path = self.data / "keepwell.db"
        if not path.is_file():
            raise BadInput(f"there is no Keepwell data in {self.data}: give another --data, or --config {CONFIG_NAME}")
        database = Database.open(self.data)
        try:
            yield database
        except DatabaseError as error:
            raise TryLater(f"{path}: {error.orig}; try again in a moment") from error
        finally:
            database.close()

    @contextmanager
    def registry(self, *, create: bool = False) -> Iterator[SqlRegistry]:
        """The registry of this place, closed again at the end. Without `create`, BadInput where there is none yet."""
        try:
            there = (self.data / "keepwell.db").exists()
        except OSError as error:
            raise BadInput(
                f"the data directory {self.data} may not be read ({error.strerror}): run this as the account that it"
                " belongs to"
            ) from error
        if not create and not there:
            raise BadInput(
                f"nothing is registered in {self.data} yet: give another --data,"
                " or begin with keepwell homes import FILE"
            )
        try:
            database = Database.open(self.data)
        except OSError as error:
            raise BadInput(f"the data directory {self.data} cannot be used: {error}") from error
        except DatabaseError as error:
            raise BadInput(f"{self.data / 'keepwell.db'} cannot be opened: {error.orig}") from error
        try:
            yield SqlRegistry(database, check_rule, check_channel, check_pack)
        except DatabaseError as error:
            raise TryLater(f"{self.data / 'keepwell.db'}: {error.orig}; try again in a moment") from error
        finally:
            database.close()


def _settings_of_environment() -> Settings:
    try:
        return Settings()
    except ValidationError as error:
        lines = "; ".join(
            f"KEEPWELL_{'__'.join(str(part).upper() for part in item['loc'])}: {in_words(item)}"
            for item in error.errors(include_input=False)
        )
        raise BadInput(lines) from error
