"""Plans that sort files into folders by topic."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from iib._lib.file_names import numbered, split_name
from iib.files.planning.plan import MAX_NUMBERED_NAMES, Plan, PlanBuilder, ProtectedFolders, step_from_disk
from iib.files.planning.results import ProblemCode, StepFailed
from iib.files.planning.sidecars import SIDECAR_SUFFIXES, find_sidecars
from iib.model import ConflictPolicy, OperationKind, StepKind, is_in_trash, is_media_name


@dataclass(frozen=True, slots=True)
class Assignment:
    """Files and their target folder, which is created together with its first file."""

    folder: str
    sources: Sequence[str]


def plan_organise(
    assignments: Iterable[Assignment],
    destination: str,
    *,
    is_copy: bool,
    protected: ProtectedFolders,
    is_allowed: Callable[[str], bool],
) -> Plan:
    """Sort files into folders. A file whose name is occupied becomes `name (2).png`, and so do its sidecars.

    Files that are already in the right folder are `already_done`. Files that cannot be handled become problems.
    """
    builder = PlanBuilder(OperationKind.ORGANISE, ConflictPolicy.RENAME)
    names = _NameAllocator(builder)
    for assignment in assignments:
        for source in assignment.sources:
            if os.path.dirname(source) == assignment.folder:
                builder.already_done.append(source)
                continue
            try:
                _check(source, protected, is_allowed, is_copy=is_copy)
                _add(builder, names, source, assignment.folder, StepKind.COPY if is_copy else StepKind.MOVE)
            except (OSError, ValueError, StepFailed) as error:
                builder.add_problem(source, error)
    return builder.build(destination)


def _check(source: str, protected: ProtectedFolders, is_allowed: Callable[[str], bool], *, is_copy: bool) -> None:
    if not is_allowed(source):
        raise StepFailed(ProblemCode.NOT_TRUSTED, "this path is outside the folders that may be accessed")
    if is_copy and is_in_trash(source):
        raise StepFailed(ProblemCode.PROTECTED, "this file is in the trash: restore it")
    if not is_copy:
        protected.check_move(source)


def _add(builder: PlanBuilder, names: _NameAllocator, source: str, folder: str, kind: StepKind) -> None:
    step = step_from_disk(kind, source)
    if step.is_folder:
        raise StepFailed(ProblemCode.INVALID, "this is a folder")
    target = names.choose(source, folder)
    steps = [step_from_disk(kind, source, target), *builder.sidecar_steps(kind, source, target)]
    builder.ensure_folder(folder)
    builder.add(source, target, steps)
    names.reserve(source, target)


@dataclass(slots=True)
class _NameAllocator:
    """Allocates free names in the target folders of a plan.

    A sidecar belongs to every media file with its stem. Two files with the same stem from different folders may
    therefore share a target folder only if neither has a sidecar.
    """

    _builder: PlanBuilder
    _owners: dict[tuple[str, str], tuple[tuple[str, str], bool]] = field(default_factory=dict)
    _next_numbers: dict[tuple[str, str, bool], int] = field(default_factory=dict)  # lower numbers are occupied
    _sibling_numbers: dict[tuple[str, tuple[str, str]], int] = field(default_factory=dict)
    _existing_stems: dict[str, tuple[set[str], set[str]]] = field(default_factory=dict)

    def choose(self, source: str, folder: str) -> str:
        """Return a free target for this file. Raises `StepFailed` if there is none."""
        name = os.path.basename(source)
        sidecars = [os.path.basename(path) for path in find_sidecars(source)]
        key = (folder, name.casefold(), bool(sidecars))
        sibling_key = (folder, _origin_of(source))
        first = self._sibling_numbers.get(sibling_key) or self._next_numbers.get(key, 1)
        for number in range(first, MAX_NUMBERED_NAMES):
            target = os.path.join(folder, name if number == 1 else numbered(name, number))
            if self._is_allowed(source, target, has_sidecars=bool(sidecars)) and self._builder.is_free(
                source, target, sidecars
            ):
                self._next_numbers[key] = self._sibling_numbers[sibling_key] = number
                return target
        raise StepFailed(ProblemCode.EXISTS, f"the target already exists: {os.path.join(folder, name)}")

    def reserve(self, source: str, target: str) -> None:
        """Record which source file owns the stem of this target."""
        key = _stem_key(target)
        if key not in self._owners:
            self._owners[key] = (_origin_of(source), bool(find_sidecars(source)))

    def _is_allowed(self, source: str, target: str, *, has_sidecars: bool) -> bool:
        folder, stem = key = _stem_key(target)
        owner = self._owners.get(key)
        if owner is not None and owner[0] != _origin_of(source) and (owner[1] or has_sidecars):
            return False
        media, texts = self._stems_in(folder)
        return stem not in texts and not (has_sidecars and stem in media)

    def _stems_in(self, folder: str) -> tuple[set[str], set[str]]:
        """Stems of the media files and of the possible sidecars that are in a folder now, folded to lower case."""
        stems = self._existing_stems.get(folder)
        if stems is None:
            stems = self._existing_stems[folder] = (set(), set())
            for name in os.listdir(folder) if os.path.isdir(folder) else ():
                if is_media_name(name):
                    stems[0].add(split_name(name)[0].casefold())
                elif os.path.splitext(name)[1].lower() in SIDECAR_SUFFIXES:
                    stems[1].add(os.path.splitext(name)[0].casefold())
        return stems


def _stem_key(target: str) -> tuple[str, str]:
    folder, name = os.path.split(target)
    return folder, split_name(name)[0].casefold()


def _origin_of(source: str) -> tuple[str, str]:
    folder, name = os.path.split(source)
    return folder, split_name(name)[0]
