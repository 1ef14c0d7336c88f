"""keepwell.toml, checked. Every setting can be given as an environment variable too: KEEPWELL_BROKER__PASSWORD=..."""

import tomllib
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic.networks import IPvAnyNetwork
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from gateway.errors import BadInput, FixConfiguration
from gateway.saying import closest

_PATHS = (
    ("data",),
    ("broker", "password_file"),
    ("broker", "tls", "ca"),
    ("broker", "tls", "certificate"),
    ("broker", "tls", "key"),
    ("store", "token_file"),
    ("web", "hubs_admin_password_file"),
    ("web", "oidc", "client_secret_file"),
)


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Tls(_Section):
    """Encryption to the broker. `ca` verifies the server; `certificate` and `key` are ours, where it wants one."""

    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None

    @model_validator(mode="after")
    def _pair(self) -> "Tls":
        if (self.certificate is None) != (self.key is None):
            raise ValueError("certificate and key belong together: give both or neither")
        return self


class TopicFilter(_Section):
    """What to subscribe to. `hub`, for a single-home install, says whose topics without `homes/<hub>/` are."""

    filter: str = Field(min_length=1)
    hub: str | None = None


class Broker(_Section):
    """The MQTT broker and the session we keep on it.

    `clean_session` and `qos` exist so that a file that asks for less than at-least-once is told why it cannot be.
    """

    host: str = "localhost"
    port: int = Field(default=1883, ge=1, le=65535)
    protocol: Literal["3.1.1", "5"] = "5"
    client_id: str = "keepwell"
    username: str | None = None
    password: SecretStr | None = None
    password_file: Path | None = None
    tls: Tls | None = None
    filters: tuple[TopicFilter, ...] = (TopicFilter(filter="homes/#"),)
    keepalive_s: int = Field(default=30, ge=5, le=600)
    clean_session: bool = False
    session_expiry_s: int = 0xFFFFFFFF
    qos: int = 1
    high_water: int = Field(default=2_000, ge=10)
    """Messages held in memory before we stop reading the socket."""
    topic_burst: int = Field(default=20_000, ge=1)
    """Messages on one topic taken in at any speed."""
    topic_messages_per_s: float = Field(default=20.0, gt=0)
    """Beyond the burst, what is still taken in."""

    def secret(self) -> str | None:
        """The password, from the setting or its file."""
        if self.password_file is not None:
            return self.password_file.read_text(encoding="utf-8").strip()
        return self.password.get_secret_value() if self.password else None


class JournalSettings(_Section):
    """The durable log between the broker and everything else."""

    batch_messages: int = Field(default=500, ge=1)
    batch_ms: float = Field(default=5.0, ge=0)
    retention_days: float = Field(default=7.0, gt=0)
    waiting_limit: int = Field(default=10_000, ge=1)
    quarantine_limit: int = Field(default=10_000, ge=1)
    quota_mb: int = Field(default=4_096, ge=1)
    """Beyond it the oldest entries that watch has read go, recorded or not."""
    ballast_mb: int = Field(default=64, ge=0)
    """A file that takes up room, to be let go when the disk is full."""


class StoreSettings(_Section):
    """Where readings are recorded: `history` is the embedded database, `influx` any InfluxDB v2 write API."""

    kind: Literal["history", "influx"] = "history"
    url: str = "http://localhost:8086"
    org: str = "keepwell"
    bucket: str = "keepwell"
    token: SecretStr | None = None
    token_file: Path | None = None
    timeout_s: float = Field(default=10.0, gt=0)
    batch_points: int = Field(default=5_000, ge=1)

    def secret(self) -> str:
        """The token, from the setting or its file; empty for none. FixConfiguration when the file cannot be read."""
        if self.token_file is not None:
            try:
                return self.token_file.read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                raise FixConfiguration(f"[store] token_file cannot be read: {error}") from error
        return self.token.get_secret_value() if self.token else ""


class AlertSettings(_Section):
    """How alerts run on."""

    reescalate_after_min: float = Field(default=30.0, gt=0)
    """An accepted alert of priority 1 or 2 that is neither cleared nor closed by then escalates again."""
    close_cleared_after_min: float = Field(default=30.0, gt=0)
    """A cleared alert that stays clear this long closes itself."""
    waking_hours: str = "08:00-21:00"
    digest_at: str = "09:00"
    operators: tuple[str, ...] = ()
    """Channel addresses of those who look after the gateway itself: they hear of its own troubles."""
    last_resort: tuple[str, ...] = ()
    """Channel addresses that are called, with the operators' and the console, when an urgent alert reaches nobody."""
    last_resort_after_rounds: int = Field(default=3, ge=1)
    """Rounds of calls of an alert of priority 1 or 2 without anybody accepting it, after which they are called too."""
    snooze_at_most_h: float = Field(default=12.0, gt=0)
    """For so long an alert can be put off."""
    snooze_urgent_at_most_min: float = Field(default=30.0, gt=0)
    """For so long one of priority 1 can."""
    gather_min: float = Field(default=2.0, ge=0)
    """A message about equipment waits so long for others of its area to the same address; 0: each goes by itself."""
    gather_pause_min: float = Field(default=30.0, ge=0)
    """After one message about several homes, further ones of that area and address wait so long."""
    fault_grows_days: float = Field(default=7.0, gt=0)
    """A fault of equipment that is open so long tells (priority 4 to 3), and after as long again calls (3 to 2)."""
    safety_fault_grows_days: float = Field(default=3.0, gt=0)
    """The second of these times, for pendants and for smoke, heat, CO, gas and leak sensors."""

    @property
    def gathers_for(self) -> int:
        """How long a message may wait for others, in microseconds."""
        return round((self.gather_min + self.gather_pause_min) * 60_000_000)


class HealthSettings(_Section):
    """How others see that the gateway is well."""

    listen: str = "127.0.0.1:8730"
    """Where /metrics, /healthz and /readyz answer; empty for nowhere, port 0 for any free one."""
    healthcheck_every_s: float = Field(default=60.0, gt=0)


class OidcSettings(_Section):
    """Sign-in of staff by the organisation's own accounts (OpenID Connect), beside passwords."""

    issuer: str = Field(pattern=r"^https?://")
    client_id: str = Field(min_length=1)
    client_secret: SecretStr | None = None
    client_secret_file: Path | None = None
    name: str = "your organisation"
    """What the button says: Sign in with NAME."""

    def secret(self) -> str | None:
        """The client secret, from the setting or its file; None for a public client."""
        if self.client_secret_file is not None:
            return self.client_secret_file.read_text(encoding="utf-8").strip()
        return self.client_secret.get_secret_value() if self.client_secret else None


class WebSettings(_Section):
    """The pages for installers, families and care workers."""

    listen: str = "127.0.0.1:8080"
    """Where they are served, behind a server that speaks HTTPS; empty for nowhere, port 0 for any free one."""
    proxies: tuple[IPvAnyNetwork, ...] = ()
    """Addresses or networks of that server, where it is not on this machine: it is believed from where people come."""
    address: str | None = None
    """By which people reach them, such as https://care.example.org; without it messages carry no links."""
    hubs_admin: str = "keepwell-admin"
    hubs_admin_password_file: Path | None = None
    """The broker's account that manages the others, so that installers can give hubs their identity by the page."""
    hubs_server: str | None = None
    """HOST or HOST:PORT by which hubs reach the broker; without it as in [broker]."""
    mail: SecretStr | None = None
    """An Apprise e-mail address without recipient, such as mailtos://name:password@mail.example.org: sends sign-in
    links to whoever is no contact of a home."""
    oidc: OidcSettings | None = None

    @property
    def host(self) -> str:
        """Of `listen`."""
        return self.listen.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        """Of `listen`."""
        return int(self.listen.rpartition(":")[2])

    @field_validator("listen")
    @classmethod
    def _a_place(cls, given: str) -> str:
        host, _, port = given.rpartition(":")
        if given and not (host and port.isdecimal() and int(port) <= 65535):
            raise ValueError(f"{given!r} is no address: write 127.0.0.1:8080, or leave it empty")
        return given

    @field_validator("address")
    @classmethod
    def _an_address(cls, given: str | None) -> str | None:
        """Without the slash at its end; empty is as good as none."""
        if not given:
            return None
        parts = urlsplit(given)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("is no address of pages: write it like https://care.example.org")
        return given.rstrip("/")


class Settings(BaseSettings):
    """The whole file."""

    model_config = SettingsConfigDict(
        env_prefix="KEEPWELL_",
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        nested_model_default_partial_update=True,
    )

    data: Path = Path("keepwell-data")
    broker: Broker = Broker()
    journal: JournalSettings = JournalSettings()
    store: StoreSettings = StoreSettings()
    alerts: AlertSettings = AlertSettings()
    health: HealthSettings = HealthSettings()
    web: WebSettings = WebSettings()
    healthcheck_url: str | None = None
    """Called while all is well; a service that misses the calls tells people."""

    @field_validator("healthcheck_url")
    @classmethod
    def _an_address(cls, given: str | None) -> str | None:
        """Empty is as good as none. The address is a secret: what is wrong is told without it."""
        if not given:
            return None
        try:
            parts = urlsplit(given)
            good = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
        except ValueError:
            good = False
        if not good or any(character.isspace() for character in given):
            raise ValueError("is no address that can be called: write the whole of it, beginning with https://")
        return given

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over the file."""
        return env_settings, init_settings


def load(path: Path) -> Settings:
    """Read keepwell.toml; relative paths in it are relative to it. Raises BadInput that names the setting.

    Paths that the environment gives are relative to where the command runs.
    """
    try:
        with path.open("rb") as file:
            raw = tomllib.load(file)
    except FileNotFoundError:
        raise BadInput(f"{path} does not exist: give the path of your keepwell.toml with --config") from None
    except OSError as error:
        raise BadInput(
            f"{path} cannot be read ({error.strerror}): give the path of your keepwell.toml with --config, and see that"
            " this account may read it"
        ) from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is not UTF-8 (byte {error.start + 1}): save it again as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{path} is not valid TOML: {error}") from error
    raw.setdefault("data", str(Settings.model_fields["data"].default))
    for setting in _PATHS:
        _beside(path.parent, raw, setting)
    try:
        return Settings(**raw)
    except ValidationError as error:
        lines = "; ".join(
            f"[{'.'.join(str(part) for part in item['loc'])}] {in_words(item)}"
            for item in error.errors(include_input=False)
        )
        raise BadInput(f"{path}: {lines}") from error


def in_words(problem: ErrorDetails) -> str:
    """What is wrong with a setting; for one that there is not, the one that was probably meant."""
    if problem["type"] != "extra_forbidden":
        return problem["msg"].removeprefix("Value error, ")
    close = closest(str(problem["loc"][-1]), _names_beside(problem["loc"]))
    return "is no setting" + (f"; did you mean {close}?" if close else "")


def _names_beside(location: Sequence[int | str]) -> Collection[str]:
    """The settings that stand in the section of a setting."""
    section: type[BaseModel] = Settings
    for part in location[:-1]:
        field = section.model_fields.get(part) if isinstance(part, str) else None
        inner = section if isinstance(part, int) else _section_in(field.annotation) if field is not None else None
        if inner is None:
            return ()
        section = inner
    return section.model_fields


def _section_in(annotation: Any) -> type[BaseModel] | None:  # noqa: ANN401 - any annotation
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for inner in get_args(annotation) if (found := _section_in(inner)) is not None), None)


def _beside(directory: Path, raw: Any, setting: Sequence[str]) -> None:  # noqa: ANN401 - not validated yet
    """A path that the file gives is relative to the file."""
    *sections, name = setting
    for section in sections:
        raw = raw.get(section) if isinstance(raw, dict) else None
    if isinstance(raw, dict) and isinstance(raw.get(name), str):
        raw[name] = str(directory / raw[name])
