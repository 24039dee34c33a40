"""A client of the API over a temporary library, with expected status codes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from iib.api import Services, create_api
from iib.bootstrap import Runtime
from iib.settings import AccessSettings
from support.client import Client, open_client
from support.library import Library
from support.services import make_settings, update


@dataclass(frozen=True)
class Api:
    """A client, the services behind it, and the library they serve."""

    client: Client
    services: Services
    library: Library

    def get(self, address: str, /, status: int = 200, **query: Any) -> Any:
        """Send a GET request and return the parsed response; fails the test on another status."""
        return self._answer(self.client.get(address, params=query), status)

    def post(self, path: str, body: Any = None, status: int = 200) -> Any:
        """Send a POST request; fails the test on another status."""
        return self._answer(self.client.post(path, body), status)

    def patch(self, path: str, body: Any, status: int = 200) -> Any:
        """Send a PATCH request; fails the test on another status."""
        return self._answer(self.client.request("PATCH", path, json=body), status)

    def delete(self, path: str, body: Any = None, status: int = 200) -> Any:
        """Send a DELETE request with a body; fails the test on another status."""
        return self._answer(self.client.delete(path, body), status)

    def index(self, *, rebuild: bool = False) -> None:
        """Bring the index up to date."""
        update(self.services, rebuild=rebuild)

    def path(self, name: str) -> str:
        """Return the full path of a file of the library."""
        return str(self.library.path(name))

    def id_of(self, name: str) -> int:
        """Return the id of a file of the library."""
        with self.services.store.read() as unit:
            return unit.media.ids_by_path([self.path(name)])[self.path(name)]

    def tag(self, name: str) -> int:
        """Return the id of the custom tag with this name, created if needed."""
        return int(self.post("/db/add_custom_tag", {"tag_name": name})["id"])

    def tags(self, *names: str) -> dict[str, set[str]]:
        """Return the names of the custom tags by file name."""
        paths = {self.path(name): name for name in names}
        tags_by_path = self.post("/db/get_image_tags", {"paths": list(paths)})
        return {paths[path]: {tag["name"] for tag in tags} for path, tags in tags_by_path.items()}

    def results(self, **query: Any) -> list[str]:
        """Return the names of the files of a grid query, in order."""
        opened = self.post("/v1/results", query)
        if not opened["total"]:
            return []
        ids = self.get(f"/v1/results/{opened['token']}/columns", count=2000)["id"]
        with self.services.store.read() as unit:
            names = unit.media.names_by_id(ids)
        return [names[item] for item in ids]

    @staticmethod
    def _answer(response: Any, status: int) -> Any:
        assert response.status_code == status, (response.status_code, response.text)
        return response.json()


@contextmanager
def open_api(
    home: Path, library: Library, *, roots: Sequence[Path | str] | None = None, access: AccessSettings | None = None
) -> Iterator[Api]:
    """Start the program over the library and call it; nothing is indexed yet."""
    settings = make_settings(home, [library.root] if roots is None else roots)
    if access is not None:
        settings = replace(settings, access=access)
    runtime = Runtime(settings)
    with open_client(create_api(runtime, settings.access)) as client:
        yield Api(client, runtime.services(), library)
