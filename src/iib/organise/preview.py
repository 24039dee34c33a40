"""The preview of a request: the target of each file, and its changes by the confirmation."""

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
STORED_KEYS = {"already_sorted": "settled", "unchanged": "untouched"}  # keys of stored previews by attribute


@dataclass(frozen=True, slots=True)
class PlannedMove:
    """The planned move of one file; it stays if `target` is "". `sidecars` are pairs of (source, target)."""

    source: str
    target: str = ""
    sidecars: tuple[tuple[str, str], ...] = ()

    @property
    def is_renamed(self) -> bool:
        """True if the file gets another name, because its name exists in the target folder."""
        return bool(self.target) and Path(self.target).name != Path(self.source).name


@dataclass(frozen=True, slots=True)
class FolderGroup:
    """The files for one folder: of one topic, of several topics of the same name, or without a topic."""

    id: str
    cluster_ids: tuple[str, ...]
    folder: str  # bare name
    title: str
    keywords: tuple[str, ...]
    files: tuple[PlannedMove, ...]
    is_noise: bool = False
    exists: bool = False  # the folder exists already


@dataclass(frozen=True, slots=True)
class OrganisePreview:
    """All groups with the noise last, and counts of the other files.

    `already_sorted` files are in their folder; `unchanged` files stay because they have no prompt; `problems` are pairs
    of (path, reason).
    """

    groups: tuple[FolderGroup, ...]
    engine: str
    model: str
    already_sorted: int = 0
    unchanged: int = 0
    problems: tuple[tuple[str, str], ...] = ()

    @property
    def total(self) -> int:
        """The number of files to move or copy."""
        return sum(bool(item.target) for group in self.groups for item in group.files)

    def pack(self) -> bytes:
        """The preview as compressed JSON, for the store."""
        values = asdict(self)
        for attribute, key in STORED_KEYS.items():
            values[key] = values.pop(attribute)
        return zlib.compress(json.dumps(values).encode(), 1)

    @staticmethod
    def unpack(packed: bytes) -> OrganisePreview:
        """The preview from the bytes of `pack`."""
        values = json.loads(zlib.decompress(packed))
        for attribute, key in STORED_KEYS.items():
            values[attribute] = values.pop(key, 0)
        values["groups"] = tuple(_load_group(item) for item in values["groups"])
        values["problems"] = tuple((path, reason) for path, reason in values["problems"])
        return OrganisePreview(**values)


def make_preview(
    clustering: Clustering,
    paths: dict[MediaId, str],
    params: OrganiseParams,
    *,
    unchanged: int,
    plan: Callable[[Sequence[Assignment]], Plan],
) -> OrganisePreview:
    """The preview of a clustering, with the target of every file.

    `paths` are the files that may be moved or copied. `plan` reads the disk and changes nothing.
    """
    folder_names = FolderNames(params.destination)
    groups = _topics(clustering, paths, params, folder_names)
    moving_groups = list(groups)
    noise = tuple(PlannedMove(paths[media_id]) for media_id in clustering.noise if media_id in paths)
    if noise and params.noise is not NoisePolicy.SKIP:
        name = _noise_folder(params.noise_name, folder_names, {comparable(group.folder) for group in groups})
        noise_group = FolderGroup(NOISE_ID, (NOISE_ID,), name, name, (), noise, is_noise=True)
        groups.append(noise_group)
        if params.noise is NoisePolicy.UNSORTED:
            moving_groups.append(noise_group)
    planned = plan(_assignments(moving_groups, params.destination))
    targets = {
        item.path: PlannedMove(
            item.path,
            item.target,
            tuple((step.source, step.target) for step in item.steps if step.role is StepRole.SIDECAR),
        )
        for item in planned.items
        if not item.is_housekeeping
    }
    moving_ids = {group.id for group in moving_groups}
    return OrganisePreview(
        groups=tuple(
            _with_targets(group, targets, params.destination) if group.id in moving_ids else group for group in groups
        ),
        engine=clustering.engine,
        model=clustering.model,
        already_sorted=len(planned.already_done),
        unchanged=unchanged,
        problems=tuple((problem.path, problem.message) for problem in planned.problems),
    )


def check_confirmation(preview: OrganisePreview, answer: Confirmation, params: OrganiseParams) -> None:
    """Raise `InvalidRequest` for unknown clusters and invalid folder names."""
    known_ids = {group.id for group in preview.groups}
    unknown = [item for item in (*answer.names, *answer.skipped) if item not in known_ids]
    if unknown:
        raise InvalidRequest(f"the preview has no cluster {unknown[0]!r}")
    for name in answer.names.values():
        if not folder_name(name, params.max_name):
            raise InvalidRequest(f"not a valid folder name: {name!r}")


def assignments_of(preview: OrganisePreview, answer: Confirmation, params: OrganiseParams) -> list[Assignment]:
    """The confirmed moves: the files of the preview and their folders, with the new names of the confirmation.

    Groups of the same name share a folder.
    """
    folder_names = FolderNames(params.destination)
    confirmed: list[FolderGroup] = []
    for group in preview.groups:
        files = tuple(item for item in group.files if item.target)
        if group.id in answer.skipped or not files:
            continue
        if group.id in answer.names:
            confirmed.append(replace(group, folder=folder_name(answer.names[group.id], params.max_name), files=files))
        else:
            confirmed.append(replace(group, files=files))
    spellings: dict[str, str] = {}
    named = [
        replace(group, folder=spellings.setdefault(comparable(group.folder), folder_names.spelling(group.folder)))
        for group in confirmed
    ]
    return _assignments(named, params.destination)


def _topics(
    clustering: Clustering, paths: dict[MediaId, str], params: OrganiseParams, folder_names: FolderNames
) -> list[FolderGroup]:
    merged: dict[str, FolderGroup] = {}
    for cluster in clustering.clusters:
        files = tuple(PlannedMove(paths[media_id]) for media_id in cluster.members if media_id in paths)
        if not files:
            continue
        name = folder_names.spelling(name_of(cluster, params.naming, params.max_name))
        topic_group = FolderGroup(cluster.id, (cluster.id,), name, cluster.title, cluster.keywords, files)
        key = comparable(name)
        merged[key] = _merge(merged[key], topic_group) if key in merged else topic_group
    return list(merged.values())


def _merge(first: FolderGroup, second: FolderGroup) -> FolderGroup:
    ids = first.cluster_ids + second.cluster_ids
    return replace(
        first,
        id="_".join(ids),
        cluster_ids=ids,
        keywords=tuple(dict.fromkeys(first.keywords + second.keywords)),
        files=first.files + second.files,
    )


def _noise_folder(name: str, folder_names: FolderNames, taken: set[str]) -> str:
    base = name or FALLBACK
    for number in range(NAME_TRIES):
        candidate = folder_names.spelling(f"{base}_{number}" if number else base)
        if comparable(candidate) not in taken:
            return candidate
    raise InvalidRequest(f"no free name for the folder {base!r}")


def _assignments(groups: Sequence[FolderGroup], destination: str) -> list[Assignment]:
    return [
        Assignment(os.path.join(destination, group.folder), [item.source for item in group.files])  # noqa: PTH118
        for group in groups
    ]


def _with_targets(group: FolderGroup, targets: dict[str, PlannedMove], destination: str) -> FolderGroup:
    """The group with targets, without files that are in their folder already or cannot be handled."""
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
