"""InfluxDB 2 answers InfluxQL for a bucket that is mapped to a database; `push` makes the mapping where it is missing.

InfluxDB 1.8 and 3 need none: there a database is a database.
"""

from collections.abc import Callable
from typing import Any

from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.domain.dbrp_create import DBRPCreate
from influxdb_client.rest import ApiException
from influxdb_client.service.buckets_service import BucketsService
from influxdb_client.service.dbr_ps_service import DBRPsService
from urllib3.exceptions import HTTPError

from dashboards.grafana import CannotPublish, Step

_RETENTION_POLICY = "autogen"  # the name under which InfluxDB 1 keeps what names no policy
_TIMEOUT_MS = 20_000


def mapping_step(url: str, token: str, organisation: str, database: str) -> Step:
    """Map the database to the bucket of the same name, unless it is. Some versions map each bucket by themselves."""
    what = f"mapping of database {database} in InfluxDB"
    with _client(url, token, organisation) as client:
        found = _asked(url, token, DBRPsService(client.api_client).get_dbr_ps, org=organisation, db=database)
        buckets = _asked(url, token, BucketsService(client.api_client).get_buckets, org=organisation, name=database)
    if not buckets.buckets:
        raise CannotPublish(
            f"InfluxDB's organisation {organisation} has no bucket {database} that the token may see:"
            " name Keepwell's bucket with --database, or give another token with --mapping-token-file"
        )
    bucket = buckets.buckets[0].id
    mapped = [one for one in found.content or () if one.database == database]
    if any(one.default and one.bucket_id == bucket for one in mapped):
        return Step(what)
    if any(one.default for one in mapped):
        raise CannotPublish(
            f"InfluxDB maps database {database} to another bucket than {database}: take that away with"
            " `influx v1 dbrp delete`, or name another bucket with --database"
        )

    def make() -> None:
        with _client(url, token, organisation) as client:
            body = DBRPCreate(
                org=organisation,
                bucket_id=bucket,
                database=database,
                retention_policy=_RETENTION_POLICY,
                default=True,
            )
            _asked(url, token, DBRPsService(client.api_client).post_dbrp, body)

    return Step(what, "new", make)


def _client(url: str, token: str, organisation: str) -> Any:  # noqa: ANN401 - influxdb-client has no types
    return InfluxDBClient(url, token, org=organisation, timeout=_TIMEOUT_MS)


def _asked(url: str, token: str, call: Callable[..., Any], *arguments: object, **named: object) -> Any:  # noqa: ANN401
    try:
        return call(*arguments, **named)
    except ApiException as error:
        if error.status in {401, 403}:
            fix = (
                "the token may not see or make mappings (DBRP): give one that may read and write the bucket,"
                " with --mapping-token-file"
            )
        elif error.status == 404:
            fix = "there is no such organisation, or this is not InfluxDB 2, which alone needs --org"
        else:
            fix = f"it said {error.body or error.reason!r}".replace(token, "(token)")
        raise CannotPublish(f"InfluxDB at {url} refuses ({error.status}): {fix}") from error
    except (HTTPError, OSError) as error:
        raise CannotPublish(
            f"InfluxDB at {url} cannot be reached from here: where its address here is another one than Grafana's,"
            " give it with --mapping-url"
        ) from error
