"""compose.yaml: every service is healthy by a check, confined, pinned, and given its secrets as files."""

import json
import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from gateway.config import load
from tests.support.shared import CHECKOUT
from tests.support.tree import text

FILES = ("compose.yaml", "deploy/compose/tls.yaml")
COMPOSE: dict[str, Any] = yaml.safe_load(text(Path("compose.yaml")))
ENCRYPTED: dict[str, Any] = yaml.safe_load(text(Path("deploy/compose/tls.yaml")))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
RUN_ONCE = {"influxdb-tokens", "hubs"}
LASTING = sorted(set(SERVICES) - RUN_ONCE)
OURS = f"keepwell:{tomllib.loads(text(Path('pyproject.toml')))['project']['version']}"
SECRETIVE = re.compile(r"password|token|secret", re.IGNORECASE)
VARIABLE = re.compile(r"\$\{\w+:-([^}]*)\}")
DOCKERFILE = text(Path("Dockerfile"))


def binds(service: dict[str, Any]) -> Iterator[tuple[str, str, bool]]:
    """(source, target, whether read-only) of what a service is shown of the checkout."""
    for volume in service.get("volumes", ()):
        if isinstance(volume, dict):
            yield VARIABLE.sub(r"\1", volume["source"]), volume["target"], volume.get("read_only", False)
        elif volume.startswith("."):
            source, target, *mode = volume.split(":")
            yield source, target, mode == ["ro"]


def named(service: dict[str, Any]) -> dict[str, str]:
    """Named volumes of a service: target -> name and mode."""
    short = [volume for volume in service.get("volumes", ()) if isinstance(volume, str) and not volume.startswith(".")]
    return {volume.split(":")[1]: volume for volume in short}


@pytest.mark.parametrize("name", SERVICES)
def test_each_service_is_confined(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["mem_limit"]
    assert service["pids_limit"]
    assert service["logging"]["options"].keys() == {"max-size", "max-file"}
    assert not service.keys() & {"privileged", "cap_add", "network_mode", "pid", "devices"}
    assert all(mount.startswith("/tmp:") and "noexec" in mount for mount in service["tmpfs"])  # noqa: S108 - not ours
    assert not any("docker.sock" in source for source, _, _ in binds(service))


@pytest.mark.parametrize("name", LASTING)
def test_each_lasting_service_is_started_again_and_has_a_health_check(name: str) -> None:
    service = SERVICES[name]
    assert service["restart"] == "unless-stopped"
    check = service["healthcheck"]
    assert {"interval", "timeout", "start_period", "retries"} <= check.keys()
    assert check.get("test") or (service["image"] == OURS and "HEALTHCHECK" in DOCKERFILE)


@pytest.mark.parametrize("name", sorted(RUN_ONCE))
def test_what_runs_once_is_not_started_again(name: str) -> None:
    assert SERVICES[name]["restart"] == "no"
    assert SERVICES[name]["healthcheck"] == {"disable": True}


@pytest.mark.parametrize("name", SERVICES)
def test_each_image_is_pinned_and_no_service_is_root(name: str) -> None:
    service = SERVICES[name]
    image, _, tag = service["image"].partition(":")
    assert re.fullmatch(r"\d+\.\d+\.\d+", tag), f"{image} has no exact version"
    if service["image"] == OURS:
        assert service["build"] == {"context": "."}, "a registry would be asked for it"
    else:
        assert "build" not in service
        assert not str(service["user"]).startswith("0"), name


def test_the_images_carry_our_version() -> None:
    ours = {service["image"] for service in SERVICES.values() if service["image"].startswith("keepwell:")}
    assert ours == {OURS}
    assert f"image={OURS}\n" in text(Path("deploy/compose/make-secrets"))


@pytest.mark.parametrize("name", SERVICES)
def test_no_secret_is_in_the_environment_or_on_the_command_line(name: str) -> None:
    service = SERVICES[name]
    given = {f"/run/secrets/{secret}" for secret in service.get("secrets", ())}
    for variable, value in service.get("environment", {}).items():
        if SECRETIVE.search(variable):
            assert variable.endswith("_FILE"), variable
            assert value in given
    for argument in (*service.get("command", ()), *service.get("entrypoint", ())):
        if SECRETIVE.search(argument):
            assert argument.split("=")[-1].startswith(("/run/secrets/", "/var/lib/tokens/")), argument


def test_secrets_are_files_that_make_secrets_makes_and_git_does_not_keep() -> None:
    made = text(Path("deploy/compose/make-secrets"))
    used = {secret for service in SERVICES.values() for secret in service.get("secrets", ())}
    assert COMPOSE["secrets"].keys() == used
    for name, secret in COMPOSE["secrets"].items():
        assert secret == {"file": f"./deploy/compose/secrets/{name}"}
        assert re.search(rf"\b{name}\b", made), f"make-secrets does not make {name}"
    ignored = subprocess.run(
        ["git", "check-ignore", "deploy/compose/secrets/influxdb-admin-token", ".env"],
        cwd=CHECKOUT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert len(ignored.stdout.split()) == 2


def test_each_knows_only_the_secrets_that_it_needs() -> None:
    holders: dict[str, set[str]] = {}
    for name, service in SERVICES.items():
        for secret in service.get("secrets", ()):
            holders.setdefault(secret, set()).add(name)
    assert holders["influxdb-admin-token"] == {"influxdb", "influxdb-tokens"}
    assert holders["broker-admin-password"] == {"hubs"}
    tokens = {name: {volume for volume in named(service).values() if volume.startswith("token-")}
              for name, service in SERVICES.items()}  # fmt: skip
    assert tokens["grafana"] == {"token-grafana:/etc/grafana/keepwell:ro"}
    assert tokens["keepwell"] == {"token-keepwell:/var/lib/tokens/keepwell:ro"}


@pytest.mark.parametrize("name", SERVICES)
def test_what_is_mounted_exists_and_cannot_be_written(name: str) -> None:
    for source, target, read_only in binds(SERVICES[name]):
        assert (CHECKOUT / source).exists(), f"{source} is mounted to {target}"
        assert read_only, target
    for volume in named(SERVICES[name]).values():
        assert volume.split(":")[0] in COMPOSE["volumes"]


def test_ports_are_open_on_this_machine_only() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published.keys() == {"mosquitto", "grafana", "keepwell"}
    for ports in published.values():
        assert all(VARIABLE.sub(r"\1", port).startswith("127.0.0.1:") for port in ports)
    assert ENCRYPTED["services"]["mosquitto"]["ports"] == ["8883:8883"]
    assert COMPOSE["networks"]["store"] == {"internal": True}
    assert SERVICES["influxdb"]["networks"] == ["store"]


def test_services_wait_for_what_they_need() -> None:
    waits = {
        name: {other: how["condition"] for other, how in service.get("depends_on", {}).items()}
        for name, service in SERVICES.items()
    }
    assert waits["influxdb-tokens"] == {"influxdb": "service_healthy"}
    assert waits["keepwell"] == {
        "mosquitto": "service_healthy",
        "influxdb-tokens": "service_completed_successfully",
    }
    assert waits["grafana"] == {"influxdb-tokens": "service_completed_successfully"}


def test_keepwell_toml_finds_its_broker_its_store_and_its_secrets() -> None:
    settings = load(CHECKOUT / "deploy/compose/keepwell.toml")
    service = SERVICES["keepwell"]
    volumes = named(service)
    assert settings.broker.host in SERVICES
    assert settings.broker.password_file is not None
    assert settings.broker.password_file.name in service["secrets"]
    assert settings.store.kind == "influx"
    assert settings.store.url == "http://influxdb:8086"
    assert f":{settings.web.port}" in {port[-5:] for port in service["ports"]}
    initial = SERVICES["influxdb"]["environment"]
    assert settings.store.org == initial["DOCKER_INFLUXDB_INIT_ORG"]
    assert settings.store.bucket == initial["DOCKER_INFLUXDB_INIT_BUCKET"]
    assert str(settings.data) in volumes
    assert settings.store.token_file is not None
    assert str(settings.store.token_file.parent) in volumes
    assert f"--keepwell={settings.store.token_file}" in SERVICES["influxdb-tokens"]["command"]


def test_grafana_is_provisioned_from_the_repository() -> None:
    service = SERVICES["grafana"]
    shown = {target: CHECKOUT / source for source, target, _ in binds(service)}

    def provisioned(what: str) -> Any:
        return yaml.safe_load((shown[f"/etc/grafana/provisioning/{what}"] / "keepwell.yaml").read_text())

    (source,) = provisioned("datasources")["datasources"]
    assert source["uid"] == "keepwell"
    address = re.fullmatch(r"\$\{(\w+)\}", source["url"])
    assert address
    assert service["environment"][address[1]] == "http://influxdb:8086"
    token = re.fullmatch(r"Token \$__file\{(.+)/([\w-]+)\}", source["secureJsonData"]["httpHeaderValue1"])
    assert token
    assert named(service)[token[1]] == f"token-grafana:{token[1]}:ro"
    (made,) = (place for place, volume in named(SERVICES["influxdb-tokens"]).items() if "token-grafana" in volume)
    assert f"--grafana={made}/{token[2]}" in SERVICES["influxdb-tokens"]["command"]
    (provider,) = provisioned("dashboards")["providers"]
    assert provider["folderUid"] == "keepwell"
    home = Path(service["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"])
    assert str(home.parent) == provider["options"]["path"]
    assert json.loads((shown[provider["options"]["path"]] / home.name).read_text())["uid"] == home.stem


def test_the_image_is_built_from_known_versions_that_our_requirements_allow() -> None:
    project = tomllib.loads(text(Path("pyproject.toml")))["project"]
    pinned = dict(re.findall(r"^([\w.-]+)==(\S+)$", text(Path("deploy/compose/constraints.txt")), re.MULTILINE))
    known = {canonicalize_name(name): version for name, version in pinned.items()}
    extras = [line for lines in project["optional-dependencies"].values() for line in lines]
    for line in (*project["dependencies"], *extras):
        wanted = Requirement(line)
        assert wanted.specifier.contains(known[canonicalize_name(wanted.name)]), line


def test_the_dockerfile_copies_what_is_let_into_its_context() -> None:
    let_in = {line[1:] for line in text(Path(".dockerignore")).splitlines() if line.startswith("!")}
    copied = {
        source
        for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE)
        for source in line.split()[:-1]
    }
    assert copied == let_in
    assert all((CHECKOUT / source).exists() for source in copied)


def test_the_image_runs_as_an_account_without_rights() -> None:
    last = DOCKERFILE[DOCKERFILE.rindex("\nFROM ") :]
    assert re.search(r"^USER 10001:10001$", last, re.MULTILINE)
    assert re.search(r"^HEALTHCHECK", last, re.MULTILINE)
    assert re.search(r"^ARG PYTHON=python:\d+\.\d+\.\d+-slim-\w+$", DOCKERFILE, re.MULTILINE)
    for service in ("keepwell", "influxdb-tokens"):
        for target, volume in named(SERVICES[service]).items():
            assert target in last, f"{volume}: a new volume takes owner and mode of the image's folder"


def test_compose_itself_accepts_the_files() -> None:
    """Where Docker's client has Compose; the other tests read the file themselves."""
    if shutil.which("docker") is None:
        pytest.skip("docker is not installed")
    found = subprocess.run(["docker", "compose", "version"], capture_output=True, check=False)
    if found.returncode != 0:
        pytest.skip("this docker has no Compose")
    for files in (FILES[:1], FILES):
        named_files = [part for file in files for part in ("--file", file)]
        told = subprocess.run(
            ["docker", "compose", *named_files, "--profile", "tools", "config", "--quiet"],
            cwd=CHECKOUT, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert told.returncode == 0, told.stderr
