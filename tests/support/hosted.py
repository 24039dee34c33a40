"""The whole program behind HTTP, in this process: a client, its services and its library."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from pydantic import SecretStr

from iib.api import Services
from iib.bootstrap.integration import mount
from iib.settings import AccessControl, AccessSettings, Permission, Settings
from support.client import ADDRESS, Client, open_client
from support.services import make_settings, update


@dataclass(frozen=True, slots=True)
class Hosted:
    """Client of the program; addresses start at the base path: `api.get("/hello")`."""

    client: Client
    services: Services
    app: FastAPI

    def get(self, path: str, **options: Any) -> httpx.Response:
        """Send a GET request."""
        return self.client.get(path, **options)

    def head(self, path: str, **options: Any) -> httpx.Response:
        """Send a HEAD request."""
        return self.client.head(path, **options)

    def post(self, path: str, body: object = None, **options: Any) -> httpx.Response:
        """Send a POST request with a JSON body."""
        return self.client.post(path, body, **options)

    def delete(self, path: str, body: object = None, **options: Any) -> httpx.Response:
        """Send a DELETE request, with a JSON body if there is one."""
        return self.client.delete(path, body, **options)

    def update(self) -> None:
        """Update the index and wait for it."""
        update(self.services)

    def search(self, **body: object) -> dict[str, Any]:
        """Return the response of a text search. Fails unless it has status 200."""
        return answer_of(self.post("/db/search_by_substr", body))

    def by_tags(self, **body: object) -> dict[str, Any]:
        """Return the response of a tag search. Fails unless it has status 200."""
        return answer_of(self.post("/db/match_images_by_tags", body))

    def files(self, folder: Path | str) -> list[dict[str, Any]]:
        """Return the response of a listing. Fails unless it has status 200."""
        listed: list[dict[str, Any]] = answer_of(self.get("/files", params={"folder_path": str(folder)}))["files"]
        return listed

    def tags(self) -> dict[tuple[str, str], dict[str, Any]]:
        """Return all tags by (type, name)."""
        return {(tag["type"], tag["name"]): tag for tag in answer_of(self.get("/db/basic_info"))["tags"]}


def answer_of(response: httpx.Response) -> Any:
    """Return the JSON of a response. Fails unless it has status 200."""
    assert response.status_code == 200, f"{response.status_code}: {response.text[:400]}"
    return response.json()


def names(page: dict[str, Any]) -> list[str]:
    """Return the names of the files of a response, in its order."""
    return [entry["name"] for entry in page["files"]]


def access(
    *,
    key: str | None = None,
    allowed: Sequence[Path | str] = (),
    control: AccessControl = AccessControl.AUTO,
    permission: Permission = Permission.READ_WRITE,
    allow_cors: bool = False,
    cors_origins: Sequence[str] = (),
) -> AccessSettings:
    """Return access settings with these fields changed."""
    return AccessSettings(
        secret_key=SecretStr(key) if key else None,
        control=control,
        allowed_paths=tuple(str(path) for path in allowed),
        permission=permission,
        allow_cors=allow_cors,
        cors_origins=tuple(cors_origins),
    )


@contextmanager
def hosted(
    home: Path,
    roots: Sequence[Path | str] = (),
    rights: AccessSettings | None = None,
    *,
    address: tuple[str, int] = ADDRESS,
    **changes: Any,
) -> Iterator[Hosted]:
    """Run the program on a host application. Requests come from `address`; `changes` are fields of `Settings`."""
    settings: Settings = replace(make_settings(home, roots), access=rights or AccessSettings(), **changes)
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    runtime = mount(app, settings)
    with open_client(app, settings.base, address) as client:
        yield Hosted(client, runtime.services(), app)
