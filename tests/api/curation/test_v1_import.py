"""Importing through the API and on the command line."""

from __future__ import annotations

from pathlib import Path

from support.curated import Api, open_api
from support.legacy import digest, make_legacy
from support.library import Library
from typer.testing import CliRunner

from iib.cli.main import cli
from iib.settings import AccessControl, AccessSettings


def test_a_dry_run_comes_first_and_the_import_does_what_it_said(api: Api, tmp_path: Path):
    old = make_legacy(
        tmp_path / "old.db", {"/gone/a.png": ["x"], "/gone/z.png": ["x"], "/away/b.png": ["y"]}, orphans=1
    )
    body = {"path": str(old), "map": [{"old": "/gone", "new": str(api.library.root)}]}

    planned = api.post("/v1/import", body)
    assert planned["dry_run"] is True
    assert api.tags("a.png") == {}
    done = api.post("/v1/import", body | {"dry_run": False})

    assert {**planned, "dry_run": False} == done
    assert (done["links_new"], done["links_pending"], done["orphans"]) == (1, 2, 1)
    assert done["unseen_folders"] == [{"path": "/away", "links": 1}]
    assert api.tags("a.png") == {"a.png": {"x"}}
    assert api.get("/v1/tags")["pending"] == 2
    assert api.results(and_tags=[api.tag("x")]) == ["a.png"]


def test_no_such_database_is_a_bad_request(api: Api, tmp_path: Path):
    api.post("/v1/import", {"path": str(tmp_path / "none.db")}, 400)
    api.post("/v1/import", {"path": str(api.services.settings.db_path)}, 400)
    api.post("/v1/import", {"path": api.path("a.png")}, 400)


def test_with_access_control_an_import_opens_no_further_folders(tmp_path: Path, library: Library):
    old = make_legacy(
        library.path("old.db"),
        roots=[(str(tmp_path / "secret"), "scanned", ""), (str(library.path("sub")), "scanned", "")],
    )
    outside = make_legacy(tmp_path / "outside.db")
    access = AccessSettings(control=AccessControl.ENABLE, allowed_paths=(str(library.root),))
    with open_api(tmp_path / "home", library, access=access) as api:
        api.post("/v1/import", {"path": str(outside)}, 403)
        done = api.post("/v1/import", {"path": str(old), "dry_run": False})

        assert (done["roots_new"], done["roots_refused"]) == (1, 1)
        assert [item["path"] for item in api.get("/db/extra_paths")] == [str(library.path("sub"))]


def test_the_command_imports_with_mapped_folders(tmp_path: Path, library: Library):
    library.add("a.png")
    old = make_legacy(tmp_path / "old.db", {"/gone/a.png": ["x"]})
    before = digest(old)
    environment = {"IIB_DB_PATH": str(tmp_path / "home" / "iib.db")}

    def iib(*arguments: str) -> str:
        found = CliRunner().invoke(cli, arguments, env=environment)
        assert found.exit_code == 0, found.output
        return found.output

    planned = iib("import", str(old), "--map", f"/gone={library.root}", "--dry-run")
    iib("index", str(library.root))
    done = iib("import", str(old), "--map", f"/gone={library.root}")

    assert "Would import" in planned
    assert "1 wait for files not indexed yet" in planned
    assert "links     1: 1 new" in done
    assert digest(old) == before
    assert CliRunner().invoke(cli, ["import", str(old), "--map", "nothing"], env=environment).exit_code == 1
