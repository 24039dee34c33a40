"""Finding again what lies in the trash folders when the database does not know of it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from iib.files.planning.sidecars import sidecar_names
from iib.files.planning.trash_folder import read_manifest
from iib.model.media_types import TRASH_FOLDER
from iib.model.operation import OperationId
from iib.store import NewTrash, Store

NO_OPERATION = OperationId(0)  # nobody knows any more which one it was


def adopt_strays(store: Store, tops: Sequence[str]) -> int:
    """After the database was lost: list what the manifests in the trash folders of `tops` tell, so that it can be
    restored. Does nothing while the trash has entries. Returns how many files were found."""
    with store.read() as unit:
        if unit.trash.totals()[0]:
            return 0
    found = [item for top in tops for item in _iter_items(os.path.join(top, TRASH_FOLDER))]
    rows = [
        NewTrash(
            operation_id=NO_OPERATION,
            item=number,
            is_sidecar=path != paths[0],
            original_path=os.path.join(folder, os.path.basename(path)),
            trash_path=path,
            size_bytes=os.lstat(path).st_size,
            deleted_ns=deleted_ns,
        )
        for number, (folder, deleted_ns, paths) in enumerate(found)
        for path in paths
    ]
    with store.write() as unit:
        unit.trash.add(rows)
    return len(rows)


def _iter_items(trash: str) -> Iterator[tuple[str, int, list[str]]]:
    """(original folder, time of deletion, a file and its sidecars) of each file in a trash folder."""
    for name in _names(trash):
        entry = os.path.join(trash, name)
        facts = read_manifest(entry) if os.path.isdir(entry) else None
        if facts is None:
            continue
        left = _names(entry)
        followers = {sidecar for item in left for sidecar in sidecar_names(item) if sidecar in left}
        for item in [item for item in left if item not in followers]:
            own = [sidecar for sidecar in sidecar_names(item) if sidecar in followers]
            followers -= set(own)
            yield *facts, [os.path.join(entry, part) for part in (item, *own)]


def _names(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []
