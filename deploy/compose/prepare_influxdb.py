"""Prepare InfluxDB 2 for Keepwell: the v1 mapping of its bucket, and a token each for Keepwell and Grafana.

Run after InfluxDB's own set-up, as often as you like: what is there already stays. InfluxDB chooses tokens itself, so
they are written where the two services find them, and are shown nowhere.

    python prepare_influxdb.py --url http://influxdb:8086 --org keepwell --bucket keepwell \
        --admin-token-file FILE --keepwell FILE --grafana FILE
"""

# ruff: noqa: INP001, T201 - a script

import argparse
import os
import sys
from pathlib import Path

from influxdb_client import (
    Authorization,
    AuthorizationsApi,
    BucketsService,
    InfluxDBClient,
    OrganizationsService,
    Permission,
    PermissionResource,
)
from influxdb_client.rest import ApiException
from urllib3.exceptions import HTTPError

from dashboards.grafana import CannotPublish
from dashboards.mapping import mapping_step

TIMEOUT_MS = 20_000
RIGHTS = {"keepwell": ("read", "write"), "grafana": ("read",)}
"""What each may do with the bucket. Keepwell reads in back-tests; Grafana must not be able to write or delete."""
READABLE = 0o444
"""Each file is in a volume of its own that only its service mounts, under whatever number its image has for it."""


def client(url: str, token: str, org: str) -> InfluxDBClient:
    """A connection with one token."""
    return InfluxDBClient(url, token, org=org, timeout=TIMEOUT_MS)


def is_known(url: str, token: str, org: str) -> bool:
    """Whether InfluxDB knows a token; what it lets it see does not matter here.

    One that was written before InfluxDB's data was lost is unknown (401).
    """
    with client(url, token, org) as connection:
        try:
            OrganizationsService(connection.api_client).get_orgs()
        except ApiException as error:
            if error.status in {401, 403, 404}:
                return error.status != 401
            raise
    return True


def new_token(url: str, admin_token: str, org: str, bucket: str, name: str) -> str:
    """Make the token of a service, in place of any that it had."""
    with client(url, admin_token, org) as connection:
        found = BucketsService(connection.api_client).get_buckets(org=org, name=bucket).buckets[0]
        tokens = AuthorizationsApi(connection)
        for former in tokens.find_authorizations(org=org):
            if former.description == f"keepwell-compose: {name}":
                tokens.delete_authorization(former)
        resource = PermissionResource(type="buckets", id=found.id, org_id=found.org_id)
        made = tokens.create_authorization(
            authorization=Authorization(
                org_id=found.org_id,
                description=f"keepwell-compose: {name}",
                permissions=[Permission(action=action, resource=resource) for action in RIGHTS[name]],
            )
        )
    return str(made.token)


def keep(token: str, file: Path) -> None:
    """Write a token in one step, so that nobody reads half of it."""
    unfinished = file.with_name(f".{file.name}")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
        opened.write(token + "\n")
    unfinished.chmod(READABLE)
    unfinished.replace(file)


def main() -> int:
    """Prepare, and say what was done."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("url", "org", "bucket"):
        parser.add_argument(f"--{name}", required=True)
    for name in ("admin-token-file", *RIGHTS):
        parser.add_argument(f"--{name}", required=True, type=Path, metavar="FILE")
    given = parser.parse_args()
    try:
        admin_token = given.admin_token_file.read_text(encoding="utf-8").strip()
        mapping = mapping_step(given.url, admin_token, given.org, given.bucket)
        if mapping.do is not None:
            mapping.do()
        print(f"{mapping.what}: {'made' if mapping.do else 'is there'}")
        for name, rights in RIGHTS.items():
            file: Path = getattr(given, name)
            present = file.read_text(encoding="utf-8").strip() if file.is_file() else ""
            if present and is_known(given.url, present, given.org):
                print(f"token of {name}: is there")
            else:
                keep(new_token(given.url, admin_token, given.org, given.bucket, name), file)
                print(f"token of {name}: made ({' and '.join(rights)})")
    except ApiException as error:
        print(f"InfluxDB at {given.url} refuses ({error.status}): {error.reason}", file=sys.stderr)
    except (CannotPublish, HTTPError, OSError) as error:
        print(f"InfluxDB at {given.url} could not be prepared: {error}", file=sys.stderr)
    else:
        return 0
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
