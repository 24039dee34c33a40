"""Tests for the Python integration: the host application keeps its own routes, and applications are independent."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from support.client import open_client
from support.hosted import hosted
from support.library import Library
from support.process import CHECKOUT, clean_environment, free_port, run

from iib.bootstrap import AppUtils, Runtime, async_launch_app
from iib.bootstrap.integration import bring_up_to_date
from iib.settings import Environment

BASE = "/infinite_image_browsing"
SECRET = "IIB_SECRET_KEY"  # noqa: S105  (the name of the variable)


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for info in Environment.model_fields.values():
        monkeypatch.delenv(str(info.validation_alias), raising=False)


def home(tmp_path: Path, name: str = "home", **variables: str) -> Path:
    """A program folder with its own `.env`."""
    folder = tmp_path / name
    folder.mkdir()
    values = {"IIB_CACHE_DIR": str(folder), "IIB_DB_FILE_BACKUP_MAX": "0", **variables}
    (folder / ".env").write_text("".join(f"{key}={value}\n" for key, value in values.items()))
    return folder


def test_routes_lifespan_middleware_and_handlers_of_the_host_are_unchanged(tmp_path: Path) -> None:
    seen: list[str] = []

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        seen.append("start")
        yield
        seen.append("stop")

    app = FastAPI(lifespan=lifespan)

    @app.get("/own")
    def own() -> str:
        return "hi"

    @app.get("/fails")
    def fails() -> None:
        raise FileNotFoundError("host's own business")

    @app.exception_handler(FileNotFoundError)
    def on_missing(_request: Request, _error: Exception) -> JSONResponse:
        return JSONResponse({"host": "handled"}, 418)

    AppUtils(program_dir=home(tmp_path)).wrap_app(app)
    with open_client(app) as client:
        assert client.get("/fails").json() == {"host": "handled"}
        assert client.get(f"{BASE}/hello").json() == "hello"
        assert client.get("/docs").status_code == 200
        assert client.get("/own").json() == "hi"
        assert "cache-control" not in client.get("/own").headers

    assert seen == ["start", "stop"]


def test_nothing_is_added_outside_the_base(tmp_path: Path) -> None:
    app = FastAPI()
    before = {getattr(route, "path", "") for route in app.routes}
    AppUtils(program_dir=home(tmp_path), base="pictures/").wrap_app(app)

    added = {getattr(route, "path", "") for route in app.routes} - before
    assert all(path == "/pictures" or path.startswith("/pictures/") for path in added)
    assert app.exception_handlers.keys() == FastAPI().exception_handlers.keys()
    assert app.user_middleware == []


@pytest.mark.parametrize(("base", "hello"), [("", "/hello"), ("x", "/x/hello"), ("/x/y/", "/x/y/hello")])
def test_any_base_works(tmp_path: Path, base: str, hello: str) -> None:
    app = AppUtils(program_dir=home(tmp_path), base=base).get_root_browser_app()
    with open_client(app) as client:
        assert client.get(hello).json() == "hello"
        assert client.get("/").headers["content-type"].startswith("text/html")


def test_two_applications_in_one_process_are_independent(tmp_path: Path) -> None:
    libraries = [Library(tmp_path / "one"), Library(tmp_path / "two")]
    libraries[0].add("first.png")
    libraries[1].add("second.png")
    homes = [home(tmp_path, "a", **{SECRET: "key-a"}), home(tmp_path, "b", **{SECRET: "key-b"})]
    apps = [
        AppUtils(program_dir=place, extra_paths=[str(library.root)]).get_root_browser_app()
        for place, library in zip(homes, libraries, strict=True)
    ]
    with open_client(apps[0], BASE) as one, open_client(apps[1], BASE) as two:
        found = []
        for client, key, wrong in ((one, "key-a", "key-b"), (two, "key-b", "key-a")):
            good = {"X-IIB-Secret": key}
            assert client.get("/version", headers={"X-IIB-Secret": wrong}).status_code == 401
            assert client.post("/db/update_image_data", {}, headers=good).status_code == 200
            page = client.post("/db/search_by_substr", {}, headers=good).json()
            found.append([entry["name"] for entry in page["files"]])

    assert found == [["first.png"], ["second.png"]]
    assert all((place / "iib.db").is_file() for place in homes)


def test_a_host_without_a_lifespan_works(tmp_path: Path) -> None:
    app = FastAPI()
    AppUtils(program_dir=home(tmp_path)).wrap_app(app)

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://host") as client:
            return await client.get(f"{BASE}/db/basic_info")

    assert asyncio.run(ask()).status_code == 200


def test_a_long_update_does_not_delay_the_server(tmp_path: Path) -> None:
    library = Library(tmp_path / "library")
    library.fill(3)
    utils = AppUtils(program_dir=home(tmp_path), extra_paths=[str(library.root)], update_image_index=True)
    runtime = Runtime(utils.settings())
    try:
        services = runtime.services()
        bring_up_to_date(runtime)
        library.fill(2, folder="later")
        with services.disk_lock.hold():  # the next update cannot write
            bring_up_to_date(runtime, max_wait_s=0)

            assert services.jobs.list()[0].status == "running"
        bring_up_to_date(runtime)

        with services.store.read() as unit:
            assert unit.media.count() == 5
    finally:
        runtime.close()


def test_options_can_be_positional_and_replaced_and_unknown_ones_are_ignored(tmp_path: Path) -> None:
    utils = AppUtils(None, False, ["/a"], program_dir=home(tmp_path), unknown=1)
    assert utils.settings().index.extra_paths == ("/a",)

    utils.set_params(base="x", unknown=2)
    assert utils.settings().index.extra_paths == ()
    assert utils.settings().base == "/x"


def test_the_server_runs_in_a_running_loop_and_stops_with_its_task(tmp_path: Path) -> None:
    port = free_port()

    async def notebook() -> int:
        task = asyncio.create_task(async_launch_app(port=port, program_dir=home(tmp_path), base="x"))
        async with httpx.AsyncClient() as client:
            for _ in range(200):
                try:
                    status = (await client.get(f"http://127.0.0.1:{port}/x/hello")).status_code
                    break
                except httpx.TransportError:
                    await asyncio.sleep(0.05)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return status

    assert asyncio.run(notebook()) == 200


def test_an_error_returns_json_and_does_not_reach_the_handlers_of_the_host(tmp_path: Path) -> None:
    with hosted(tmp_path / "home") as api:
        api.services.close()  # all of it: whoever still reads in the background would open the database anew
        api.services.settings.db_path.unlink()
        api.services.settings.db_path.mkdir()
        answer = api.get("/db/extra_paths")

    assert answer.status_code == 500
    assert set(answer.json()) == {"detail"}


def test_the_module_app_exports_its_public_names(tmp_path: Path) -> None:
    code = "import app, json; print(json.dumps(sorted(app.__all__)))"
    ended = run(["-c", f"import sys; sys.path.insert(0, {str(CHECKOUT)!r}); {code}"], tmp_path / "home")

    assert json.loads(ended.stdout) == ["AppUtils", "async_launch_app", "launch_app", "setup_parser"]


IMPORT_ALL = """
import importlib, pkgutil, threading, iib
for found in pkgutil.walk_packages(iib.__path__, "iib."):
    if not found.name.startswith("iib.store.migrations."):  # scripts that the migration tool runs
        importlib.import_module(found.name)
assert threading.active_count() == 1, threading.enumerate()
"""


def test_importing_any_module_has_no_effect(tmp_path: Path) -> None:
    place = tmp_path / "home"
    ended = run(["-c", IMPORT_ALL], place)

    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    assert list(place.iterdir()) == []
    assert clean_environment(place)["HOME"] == str(place)
