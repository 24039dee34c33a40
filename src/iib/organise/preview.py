"""The preview: which file would go where, and how a person's answer changes it."""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from iib.errors import InvalidRequest
from iib.files import Assignment, Plan
from iib.model import Clustering, Json, MediaId, NoisePolicy, StepRole
from iib.organise.folder_names import FALLBACK, FolderNames, comparable, folder_name, name_of
from iib.organise.params import Confirmation, OrganiseParams

NOISE_ID = "__noise__"
NAME_TRIES = 10_000


@dataclass(frozen=True, slots=True)
class PlannedMove:
    """One file; `target` "" means it stays. `sidecars` are pairs of (from, to)."""

    source: str
    target: str = ""
    sidecars: tuple[tuple[str, str], ...] = ()

    @property
    def is_renamed(self) -> bool:
        """True if its name was taken in the target folder."""
        return bool(self.target) and Path(self.target).name != Path(self.source).name


@dataclass(frozen=True, slots=True)
class FolderGroup:
    """Files for one folder: one topic or several of the same name, or those without a topic."""

    id: str
    cluster_ids: tuple[str, ...]
    folder: str  # bare name
    title: str
    keywords: tuple[str, ...]
    files: tuple[PlannedMove, ...]
    is_noise: bool = False
    exists: bool = False  # the folder is there already


@dataclass(frozen=True, slots=True)
class Preview:
    """All groups, the noise last. `settled` files lie where they belong; `untouched` ones have no prompt, so nothing
    is known of them; `problems` are pairs of (path, reason)."""

    groups: tuple[FolderGroup, ...]
    engine: str
    model: str
    settled: int = 0
    untouched: int = 0
    problems: tuple[tuple[str, str], ...] = ()

    @property
    def total(self) -> int:
        """Files that would be moved or copied."""
        return sum(bool(item.target) for group in self.groups for item in group.files)

    def pack(self) -> bytes:
        """For the store."""
        return zlib.compress(json.dumps(asdict(self)).encode(), 1)

    @staticmethod
    def unpack(packed: bytes) -> Preview:
        """The reverse of `pack`."""
        values = json.loads(zlib.decompress(packed))
        values["groups"] = tuple(_load_group(item) for item in values["groups"])
        values["problems"] = tuple((path, reason) for path, reason in values["problems"])
        return Preview(**values)


def make_preview(
    clustering: Clustering,
    paths: dict[MediaId, str],
    params: OrganiseParams,
    *,
    untouched: int,
    plan: Callable[[Sequence[Assignment]], Plan],
) -> Preview:
    """Groups with a place for every file. `paths` are the files that may be touched; `plan` looks at the disk and
    changes nothing."""
    shelf = FolderNames(params.destination)
    groups = _topics(clustering, paths, params, shelf)
    moved = list(groups)
    noise = tuple(PlannedMove(paths[media_id]) for media_id in clustering.noise if media_id in paths)
    if noise and params.noise is not NoisePolicy.SKIP:
        name = _noise_folder(params.noise_name, shelf, {comparable(group.folder) for group in groups})
        lone = FolderGroup(NOISE_ID, (NOISE_ID,), name, name, (), noise, is_noise=True)
        groups.append(lone)
        if params.noise is NoisePolicy.UNSORTED:
            moved.append(lone)
    planned = plan(_assignments(moved, params.destination))
    targets = {
        item.path: PlannedMove(
            item.path,
            item.target,
            tuple((step.source, step.target) for step in item.steps if step.role is StepRole.SIDECAR),
        )
        for item in planned.items
        if not item.is_housekeeping
    }
    placed = {group.id for group in moved}
    return Preview(
        groups=tuple(_placed(group, targets, params.destination) if group.id in placed else group for group in groups),
        engine=clustering.engine,
        model=clustering.model,
        settled=len(planned.already_done),
        untouched=untouched,
        problems=tuple((problem.path, problem.message) for problem in planned.problems),
    )


def check_confirmation(preview: Preview, answer: Confirmation, params: OrganiseParams) -> None:
    """Raises `InvalidRequest` for clusters the preview does not have and names that are none."""
    known = {group.id for group in preview.groups}
    unknown = [item for item in (*answer.names, *answer.skipped) if item not in known]
    if unknown:
        raise InvalidRequest(f"the preview has no cluster {unknown[0]!r}")
    for name in answer.names.values():
        if not folder_name(name, params.max_name):
            raise InvalidRequest(f"this cannot be the name of a folder: {name!r}")


def assignments_of(preview: Preview, answer: Confirmation, params: OrganiseParams) -> list[Assignment]:
    """What is to be done after a person answered: the files that the preview would move, into the folders as they are
    called now. Groups of the same name share a folder."""
    shelf = FolderNames(params.destination)
    kept: list[FolderGroup] = []
    for group in preview.groups:
        files = tuple(item for item in group.files if item.target)
        if group.id in answer.skipped or not files:
            continue
        if group.id in answer.names:
            kept.append(replace(group, folder=folder_name(answer.names[group.id], params.max_name), files=files))
        else:
            kept.append(replace(group, files=files))
    spelled: dict[str, str] = {}
    named = [
        replace(group, folder=spelled.setdefault(comparable(group.folder), shelf.spelling(group.folder)))
        for group in kept
    ]
    return _assignments(named, params.destination)


def _topics(
    clustering: Clustering, paths: dict[MediaId, str], params: OrganiseParams, shelf: FolderNames
) -> list[FolderGroup]:
    merged: dict[str, FolderGroup] = {}
    for cluster in clustering.clusters:
        files = tuple(PlannedMove(paths[media_id]) for media_id in cluster.members if media_id in paths)
        if not files:
            continue
        name = shelf.spelling(name_of(cluster, params.naming, params.max_name))
        own = FolderGroup(cluster.id, (cluster.id,), name, cluster.title, cluster.keywords, files)
        key = comparable(name)
        merged[key] = _merge(merged[key], own) if key in merged else own
    return list(merged.values())


def _merge(one: FolderGroup, other: FolderGroup) -> FolderGroup:
    ids = one.cluster_ids + other.cluster_ids
    return replace(
        one,
        id="_".join(ids),
        cluster_ids=ids,
        keywords=tuple(dict.fromkeys(one.keywords + other.keywords)),
        files=one.files + other.files,
    )


def _noise_folder(name: str, shelf: FolderNames, taken: set[str]) -> str:
    wanted = name or FALLBACK
    for number in range(NAME_TRIES):
        found = shelf.spelling(f"{wanted}_{number}" if number else wanted)
        if comparable(found) not in taken:
            return found
    raise InvalidRequest(f"no free name for the folder {wanted!r}")


def _assignments(groups: Sequence[FolderGroup], destination: str) -> list[Assignment]:
    return [
        Assignment(os.path.join(destination, group.folder), [item.source for item in group.files])  # noqa: PTH118
        for group in groups
    ]


def _placed(group: FolderGroup, targets: dict[str, PlannedMove], destination: str) -> FolderGroup:
    """Without what lies there already or cannot be handled."""
    return replace(
        group,
        files=tuple(targets[item.source] for item in group.files if item.source in targets),
        exists=os.path.isdir(os.path.join(destination, group.folder)),  # noqa: PTH112, PTH118
    )


def _load_group(values: dict[str, Json]) -> FolderGroup:
    files = tuple(
        PlannedMove(item["source"], item["target"], tuple((source, target) for source, target in item["sidecars"]))
        for item in values["files"]
    )
    return FolderGroup(
        **values | {"cluster_ids": tuple(values["cluster_ids"]), "keywords": tuple(values["keywords"]), "files": files}
    )
