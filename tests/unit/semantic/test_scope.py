"""Tests for deciding that the index of some folders is out of date."""

from __future__ import annotations

from pathlib import Path

from support.library import Library
from support.services import make_services, update

from iib.semantic.scope import Scope, find_change


def test_a_folder_that_a_cut_off_run_did_not_come_to_is_not_indexed(tmp_path: Path, library: Library) -> None:
    library.add("known/a.png")
    services = make_services(tmp_path / "home", [library.root])
    try:
        update(services)
        scope = Scope((str(library.root),))
        assert find_change(services.store, scope) is None

        library.add("known/new/b.png")
        with services.store.write() as unit:  # as the run leaves it: dates of the folders above, none of this one
            new = unit.folders.ensure(str(library.path("known/new")))
            known = unit.folders.ensure(str(library.path("known")))
            unit.folders.set_scanned([(known, library.path("known").stat().st_mtime_ns)])

        change = find_change(services.store, scope)
        assert change is not None
        assert (change.reason, change.path) == ("folder_not_indexed", str(library.path("known/new")))
        update(services)
        with services.store.read() as read:
            assert new in {row.id for row in read.folders.folders_by_path([str(library.root)]).values()}
        assert find_change(services.store, scope) is None
    finally:
        services.close()
