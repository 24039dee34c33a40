"""Recovery of the trash for a new database, from the manifests in the trash folders."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from iib.files.planning.sidecars import sidecar_names
from iib.files.planning.trash_folder import read_manifest
from iib.model import TRASH_FOLDER, OperationId
from iib.store import NewTrash, Store

NO_OPERATION = OperationId(0)  # the operation that deleted the file is unknown


def recover_trash(store: Store, tops: Sequence[str]) -> int:
    """Add the files in the trash folders of `tops` to an empty trash table, so that they can be restored.

    For a new database after the old one was lost; does nothing if the table has entries. Returns the number of files.
    """
    with store.read() as unit:
        if unit.trash.get_totals()[0]:
            return 0
    trashed = [item for top in tops for item in _iter_trashed(os.path.join(top, TRASH_FOLDER))]
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
        for number, (folder, deleted_ns, paths) in enumerate(trashed)
        for path in paths
    ]
    with store.write() as unit:
        unit.trash.add(rows)
    return len(rows)


def _iter_trashed(trash: str) -> Iterator[tuple[str, int, list[str]]]:
    """Yield (original folder, time of deletion in ns, [file, *sidecars]) for each file in a trash folder."""
    for entry_name in _list_names(trash):
        entry = os.path.join(trash, entry_name)
        manifest = read_manifest(entry) if os.path.isdir(entry) else None
        if manifest is None:
            continue
        names = _list_names(entry)
        sidecars = {sidecar for name in names for sidecar in sidecar_names(name) if sidecar in names}
        for name in [name for name in names if name not in sidecars]:
            attached = [sidecar for sidecar in sidecar_names(name) if sidecar in sidecars]
            sidecars -= set(attached)
            yield *manifest, [os.path.join(entry, part) for part in (name, *attached)]


def _list_names(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []
