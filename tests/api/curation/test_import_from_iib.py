"""Tests for importing a database of the earlier program, through the API and on the command line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.curated import Api, open_api
from support.legacy import digest, make_legacy
from support.library import Library
from support.process import CHECKOUT

from iib.cli.importing import import_from
from iib.errors import InvalidRequest
from iib.settings import AccessControl, AccessSettings


def test_a_dry_run_predicts_the_import(api: Api, tmp_path: Path):
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


def test_the_command_prints_a_report(api: Api, tmp_path: Path):
    old = make_legacy(tmp_path / "old.db", {"/gone/a.png": ["x"], "/away/b.png": ["x"]})

    text = "\n".join(import_from(api.services, old, [f"/gone={api.library.root}"], dry_run=False))

    assert "links     2: 1 new, 0 known, 1 pending" in text
    assert "/away  (1 links)" in text
    assert api.tags("a.png") == {"a.png": {"x"}}
    with pytest.raises(InvalidRequest):
        list(import_from(api.services, old, ["nothing"], dry_run=False))


def test_the_command_runs_in_a_process_of_its_own(tmp_path: Path):
    old = make_legacy(tmp_path / "old.db", {"/gone/a.png": ["x"]})
    before = digest(old)
    environment = {**os.environ, "IIB_DB_PATH": str(tmp_path / "iib.db"), "PYTHONPATH": str(CHECKOUT / "src")}
    command = [sys.executable, "-c", "from iib.cli.main import main; main()", "import", str(old)]

    done = subprocess.run(
        [*command, "--map", f"/gone={tmp_path}", "--dry-run"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )

    assert "Would import" in done.stdout
    assert "1 pending until their files are indexed" in done.stdout
    assert digest(old) == before
