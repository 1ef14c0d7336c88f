"""A small Grafana and InfluxDB for tests: they keep state, and refuse what Grafana's documented HTTP API does not know.

Bodies are checked against https://grafana.com/docs/grafana/v12.4/developer-resources/api-reference/http-api/ (folder,
folder permissions, data source, dashboard, dashboard versions, preferences, team) and InfluxDB's OpenAPI for
/api/v2/dbrps: keys that must be there, their types, and no key besides.
"""

import json
import re
import threading
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Self
from urllib.parse import parse_qs, urlsplit

Json = dict[str, Any]
ID = int | None
TOKEN = "glsa_a-token-of-a-service-account"  # noqa: S105 - of this server only
STORE_TOKEN = "a-token-of-influxdb=="  # noqa: S105


@dataclass(frozen=True)
class Body:
    """What a request's JSON may hold: keys that it has to, keys that it may, and their types."""

    required: Mapping[str, Any]
    optional: Mapping[str, Any]

    def faults(self, body: object) -> list[str]:
        if not isinstance(body, dict):
            return ["no object"]
        known = {**self.required, **self.optional}
        return [
            *(f"{key} is missing" for key in self.required if key not in body),
            *(f"{key} is not known" for key in body if key not in known),
            *(f"{key} is {value!r}" for key, value in body.items() if key in known and not _is(value, known[key])),
        ]


def _is(value: object, kind: type) -> bool:
    return isinstance(value, kind) and not (isinstance(value, bool) and kind in {int, ID})


_SOURCE = {"user": str, "database": str, "basicAuth": bool, "basicAuthUser": str, "withCredentials": bool}
SOURCE = Body(
    {"name": str, "type": str, "access": str, "url": str},
    {**_SOURCE, "isDefault": bool, "uid": str, "version": int, "jsonData": dict, "secureJsonData": dict},
)
FOLDER = Body({"title": str}, {"uid": str, "parentUid": str})
BOARD = Body({"dashboard": dict}, {"folderId": int, "folderUid": str, "message": str, "overwrite": bool})
MODEL = Body(
    {"title": str},
    {"id": ID, "uid": str, "tags": list, "timezone": str, "schemaVersion": int, "version": int, "refresh": str}
    | {"panels": list, "templating": dict, "annotations": dict, "links": list, "time": dict, "timepicker": dict}
    | {"editable": bool, "graphTooltip": int, "description": str, "liveNow": bool, "weekStart": str}
    | {"fiscalYearStartMonth": int, "preload": bool},
)
PREFERENCES = Body({}, {"theme": str, "homeDashboardId": int, "homeDashboardUID": str, "timezone": str})
ITEMS = Body({"items": list}, {})
ITEM = Body({"permission": int}, {"role": str, "teamId": int, "userId": int})
MAPPING = Body({"bucketID": str, "database": str, "retention_policy": str}, {"org": str, "default": bool})


class Refuse(Exception):  # noqa: N818 - named for what it does
    def __init__(self, status: int, message: str, /, **more: object) -> None:
        super().__init__(message)
        self.status, self.answer = status, {"message": message, **more}


class Api:
    """Routes are (method, path as a pattern, permission needed, what it does)."""

    routes: tuple[tuple[str, str, str, Callable[..., object]], ...] = ()
    scheme = "Bearer"

    def __init__(self, *, token: str = TOKEN, prefix: str = "") -> None:
        self.token, self.prefix = token, prefix
        self.calls: list[str] = []
        self.denied: set[str] = set()
        self.unwell: tuple[int, str] | None = None

    @property
    def writes(self) -> list[str]:
        return [call for call in self.calls if not call.startswith("GET ")]

    def __enter__(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = False
        self.url = f"http://127.0.0.1:{self._server.server_port}{self.prefix}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, method: str, target: str, token: str, body: object) -> tuple[int, object]:
        self.calls.append(f"{method} {target}")
        address = urlsplit(target)
        try:
            self._let_in(token)
            for verb, pattern, permission, do in self.routes:
                found = re.fullmatch(self.prefix + pattern, address.path)
                if verb == method and found:
                    self._allow(permission)
                    asked = {key: values[0] for key, values in parse_qs(address.query).items()}
                    return 200, do(self, *found.groups(), **({"asked": asked} if asked else {}), **_given(body))
        except Refuse as refusal:
            return refusal.status, refusal.answer
        return 404, "<html>404 page not found</html>"

    def _let_in(self, token: str) -> None:
        if self.unwell:
            raise Refuse(*self.unwell)
        if token != f"{self.scheme} {self.token}":
            raise Refuse(401, "Invalid API key")

    def _allow(self, permission: str) -> None:
        if permission in self.denied:
            said = f"You'll need additional permissions to perform this action. Permissions needed: {permission}"
            raise Refuse(403, said, title="Access denied", accessErrorId="ACE0123456789")


def _given(body: object) -> dict[str, object]:
    return {} if body is None else {"body": body}


def check(shape: Body, body: object) -> None:
    if faults := shape.faults(body):
        raise Refuse(400, "bad request data: " + ", ".join(faults))


class GrafanaServer(Api):
    """One organisation: folders, data sources, dashboards with their history, preferences, teams."""

    def __init__(self, *, prefix: str = "", versions_in_object: bool = True) -> None:
        super().__init__(prefix=prefix)
        self.versions_in_object = versions_in_object
        self.folders: dict[str, Json] = {}
        self.sources: dict[str, Json] = {}
        self.secrets: dict[str, Json] = {}
        self.history: dict[str, list[Json]] = {}
        self.folder_of: dict[str, str] = {}
        self.from_files: set[str] = set()
        self.preferences: Json = {"theme": "dark"}
        self.teams = {"Night & day team": 7, "Watch floor": 8}
        self.permissions: list[Json] = []

    def board(self, uid: str) -> Json:
        return deepcopy(self.history[uid][-1]["data"])

    def save(self, uid: str, board: Json, message: str = "") -> None:
        """What saving in Grafana's pages does."""
        versions = self.history.setdefault(uid, [])
        board = {**deepcopy(board), "id": 100 + len(self.history), "version": len(versions) + 1}
        versions.append({"version": board["version"], "message": message, "data": board, "uid": uid})

    def _get_folder(self, uid: str) -> Json:
        if uid not in self.folders:
            raise Refuse(404, "folder not found", status="not-found")
        return self.folders[uid]

    def _make_folder(self, body: Json) -> Json:
        check(FOLDER, body)
        if body["uid"] in self.folders:
            raise Refuse(409, "a folder with that uid already exists")
        self.folders[body["uid"]] = {"id": 1, **body, "version": 1}
        self.permissions = [
            {"role": "Viewer", "permission": 1, "teamId": 0, "userId": 0, "inherited": False},
            {"role": "Editor", "permission": 2, "teamId": 0, "userId": 0, "inherited": False},
            {"role": "", "permission": 4, "teamId": 0, "userId": 3, "userLogin": "sa-keepwell", "inherited": False},
        ]
        return self.folders[body["uid"]]

    def _get_permissions(self, uid: str) -> list[Json]:
        self._get_folder(uid)
        return self.permissions

    def _set_permissions(self, uid: str, body: Json) -> Json:
        folder = self._get_folder(uid)
        check(ITEMS, body)
        for item in body["items"]:
            check(ITEM, item)
            if (
                len(item) != 2
                or item["permission"] not in {1, 2, 4}
                or item.get("role") not in {None, "Viewer", "Editor"}
            ):
                raise Refuse(400, "bad request data: an item names one role, team or user")
        empty = {"role": "", "teamId": 0, "userId": 0, "inherited": False}
        self.permissions = [{**empty, **item} for item in body["items"]]
        return {"message": "Folder permissions updated", "id": 1, "title": folder["title"]}

    _NEW_SOURCE: ClassVar = {"id": 1, "orgId": 1, "user": "", "database": "", "basicAuth": False, "isDefault": False}

    def _get_source(self, uid: str) -> Json:
        if uid not in self.sources:
            raise Refuse(404, "Data source not found", messageId="datasource.notFound")
        return self.sources[uid]

    def _make_source(self, body: Json) -> Json:
        check(SOURCE, body)
        if any(body["name"] == one["name"] for one in self.sources.values()):
            raise Refuse(409, "data source with the same name already exists")
        return self._keep_source({"version": 0, **body}, {})

    def _set_source(self, uid: str, body: Json) -> Json:
        before = self._get_source(uid)
        check(SOURCE, body)
        if before.get("readOnly"):
            raise Refuse(403, "Cannot update read-only data source")
        if body.get("version", before["version"]) != before["version"]:
            raise Refuse(409, "Datasource has already been updated by someone else. Please reload and try again")
        return self._keep_source({**body, "version": before["version"]}, self.secrets[uid])

    def _keep_source(self, body: Json, secrets: Json) -> Json:
        given = body.pop("secureJsonData", {})
        if not all(isinstance(value, str) for value in given.values()):
            raise Refuse(400, "bad request data: secureJsonData holds no text")
        self.secrets[body["uid"]] = {**secrets, **given}
        kept = {
            **self._NEW_SOURCE,
            **body,
            "version": body["version"] + 1,
            "secureJsonFields": dict.fromkeys(self.secrets[body["uid"]], True),
            "readOnly": False,
        }
        self.sources[body["uid"]] = kept
        return {"datasource": kept, "id": 1, "message": "Datasource added", "name": body["name"]}

    def _get_board(self, uid: str) -> Json:
        if uid not in self.history:
            raise Refuse(404, "Dashboard not found")
        meta = {"folderUid": self.folder_of.get(uid, ""), "provisioned": uid in self.from_files}
        return {"dashboard": self.board(uid), "meta": meta}

    def _set_board(self, body: Json) -> Json:
        check(BOARD, body)
        check(MODEL, body["dashboard"])
        uid, versions = body["dashboard"]["uid"], self.history.get(body["dashboard"]["uid"], [])
        if uid in self.from_files:
            raise Refuse(400, "Cannot save provisioned dashboard")
        if body.get("folderUid") not in self.folders:
            raise Refuse(400, "folder not found")
        if not body.get("overwrite") and body["dashboard"].get("version", 0) != len(versions):
            raise Refuse(412, "The dashboard has been changed by someone else", status="version-mismatch")
        self.save(uid, body["dashboard"], body.get("message", ""))
        self.folder_of[uid] = body["folderUid"]
        return {"id": 1, "uid": uid, "url": f"/d/{uid}", "status": "success", "version": len(versions) + 1, "slug": uid}

    def _get_versions(self, uid: str) -> object:
        self._get_board(uid)
        told = [{key: value for key, value in one.items() if key != "data"} for one in reversed(self.history[uid])]
        return {"continueToken": "", "versions": told} if self.versions_in_object else told

    def _get_version(self, uid: str, version: str) -> Json:
        self._get_board(uid)
        for one in self.history[uid]:
            if one["version"] == int(version):
                return one
        raise Refuse(404, "Dashboard version not found")

    def _get_preferences(self) -> Json:
        return self.preferences

    def _patch_preferences(self, body: Json) -> Json:
        check(PREFERENCES, body)
        if body.get("homeDashboardUID") not in {None, *self.history}:
            raise Refuse(404, "Dashboard not found")
        self.preferences |= body
        return {"message": "Preferences updated"}

    def _search_teams(self, asked: Mapping[str, str]) -> Json:
        found = [{"id": number, "name": name} for name, number in self.teams.items() if name == asked["name"]]
        return {"totalCount": len(found), "teams": found, "page": 1, "perPage": 1000}

    routes = (
        ("GET", r"/api/folders/([\w-]+)", "folders:read", _get_folder),
        ("POST", r"/api/folders", "folders:create", _make_folder),
        ("GET", r"/api/folders/([\w-]+)/permissions", "folders.permissions:read", _get_permissions),
        ("POST", r"/api/folders/([\w-]+)/permissions", "folders.permissions:write", _set_permissions),
        ("GET", r"/api/datasources/uid/([\w-]+)", "datasources:read", _get_source),
        ("POST", r"/api/datasources", "datasources:create", _make_source),
        ("PUT", r"/api/datasources/uid/([\w-]+)", "datasources:write", _set_source),
        ("GET", r"/api/dashboards/uid/([\w-]+)", "dashboards:read", _get_board),
        ("POST", r"/api/dashboards/db", "dashboards:write", _set_board),
        ("GET", r"/api/dashboards/uid/([\w-]+)/versions", "dashboards:write", _get_versions),
        ("GET", r"/api/dashboards/uid/([\w-]+)/versions/(\d+)", "dashboards:write", _get_version),
        ("GET", r"/api/org/preferences", "orgs.preferences:read", _get_preferences),
        ("PATCH", r"/api/org/preferences", "orgs.preferences:write", _patch_preferences),
        ("GET", r"/api/teams/search", "teams:read", _search_teams),
    )


class InfluxServer(Api):
    """The part of InfluxDB 2 that maps databases to buckets."""

    scheme = "Token"

    def __init__(self, *, buckets: Mapping[str, str]) -> None:
        super().__init__(token=STORE_TOKEN)
        self.buckets = dict(buckets)
        self.mappings: list[Json] = []

    def _get_buckets(self, asked: Mapping[str, str]) -> Json:
        found = [{"id": key, "name": name} for name, key in self.buckets.items() if name == asked.get("name")]
        return {"buckets": [{**one, "orgID": "0a", "retentionRules": []} for one in found]}

    def _get_mappings(self, asked: Mapping[str, str]) -> Json:
        return {"content": [one for one in self.mappings if one["database"] == asked["db"]]}

    def _make_mapping(self, body: Json) -> Json:
        check(MAPPING, body)
        self.mappings.append({"id": f"m{len(self.mappings)}", "orgID": "0a", "default": False, **body})
        return self.mappings[-1]

    routes = (
        ("GET", "/api/v2/buckets", "read:buckets", _get_buckets),
        ("GET", "/api/v2/dbrps", "read:dbrp", _get_mappings),
        ("POST", "/api/v2/dbrps", "write:dbrp", _make_mapping),
    )


def _handler(api: Api) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            status, answer = api.answer(self.command, self.path, self.headers.get("Authorization", ""), body)
            page = isinstance(answer, str)
            content = answer.encode() if page else json.dumps(answer).encode()
            self.send_response(status)
            if status in range(300, 400):
                self.send_header("Location", self.path)
            self.send_header("Content-Type", "text/html" if page else "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815 - names of http.server

        def log_message(self, *_arguments: object) -> None:
            pass

    return Handler
