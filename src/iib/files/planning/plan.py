"""Plans of file operations: every source, target, conflict and sidecar, determined before anything is changed.

Functions whose names begin with `plan_` read the disk and change nothing.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from iib._lib.exclusive_rename import is_case_change
from iib._lib.file_names import numbered, split_name
from iib.access import is_below
from iib.files.planning.results import PathProblem, ProblemCode, StepFailed, explain
from iib.files.planning.sidecars import MediaBySidecar, find_sidecars, sidecar_names
from iib.model import ConflictPolicy, OperationId, OperationKind, Step, StepKind, StepRole, is_in_trash

MAX_NUMBERED_NAMES = 10_000  # attempts to find a free `name (2).png`


@dataclass(frozen=True, slots=True)
class PlanItem:
    """One requested entry and its steps, which are done all together or not at all."""

    path: str
    target: str
    steps: tuple[Step, ...]

    @property
    def is_housekeeping(self) -> bool:
        """True for folders that the operation makes or removes without a request for them."""
        return all(
            step.kind is StepKind.MAKE_FOLDER or (step.kind is StepKind.REMOVE_FOLDER and step.role is StepRole.TIDY)
            for step in self.steps
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """An operation that can be executed.

    `items` are in order of execution. `problems` are entries that cannot be handled, `skipped` are entries omitted by
    the conflict policy, and `already_done` are entries that need no change.
    """

    kind: OperationKind
    items: tuple[PlanItem, ...]
    problems: tuple[PathProblem, ...] = ()
    skipped: tuple[str, ...] = ()
    already_done: tuple[str, ...] = ()
    destination: str = ""
    undo_of: OperationId | None = None


@dataclass(frozen=True, slots=True)
class ProtectedFolders:
    """Folders that operations must not change: `roots` are never deleted; `immovable` folders, and the folders that
    contain them, are never moved."""

    roots: Sequence[str] = ()
    immovable: Sequence[str] = ()
    windows: bool = os.name == "nt"

    def check_delete(self, path: str) -> None:
        """Raise `StepFailed` for a root and for a folder that contains a root."""
        self._check(path, (*self.roots, *self.immovable), "this folder belongs to the library and cannot be deleted")

    def check_move(self, path: str) -> None:
        """Raise `StepFailed` for an immovable folder and for a folder that contains one."""
        self._check(path, self.immovable, "the program was started with this folder, so it can only be moved manually")

    def _check(self, path: str, tops: Iterable[str], message: str) -> None:
        if is_in_trash(path):
            raise StepFailed(ProblemCode.PROTECTED, "this file is in the trash: restore or purge it")
        if any(is_below(top, spelling, windows=self.windows) for spelling in path_spellings(path) for top in tops):
            raise StepFailed(ProblemCode.PROTECTED, message)


def step_from_disk(kind: StepKind, source: str, target: str = "", role: StepRole = StepRole.MAIN) -> Step:
    """Build a step with the type, size and time of its source.

    Raises `OSError` for an unreadable source, `StepFailed` for an invalid name and for a copy of a special file.
    """
    for path in (source, target):
        if not path.isascii() and path.encode("utf-8", "replace").decode() != path:
            raise StepFailed(ProblemCode.INVALID, "this name is not valid text")
    status = os.lstat(source)
    if stat.S_ISDIR(status.st_mode):
        return Step(kind, source, target, role, is_folder=True)
    if stat.S_ISREG(status.st_mode):
        return Step(kind, source, target, role, size_bytes=status.st_size, mtime_ns=status.st_mtime_ns)
    if kind is StepKind.COPY and not stat.S_ISLNK(status.st_mode):
        raise StepFailed(ProblemCode.INVALID, "this is neither a file nor a folder")
    return Step(kind, source, target, role)


@dataclass(slots=True)
class PlanBuilder:
    """Collects the items of a plan, and tracks which names they occupy and which they free."""

    kind: OperationKind
    policy: ConflictPolicy = ConflictPolicy.FAIL
    items: list[PlanItem] = field(default_factory=list)
    problems: list[PathProblem] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    already_done: list[str] = field(default_factory=list)
    _occupied: set[str] = field(default_factory=set)
    _freed: set[str] = field(default_factory=set)
    _created_folders: set[str] = field(default_factory=set)
    _ignores_case: dict[str, bool] = field(default_factory=dict)
    _media_by_sidecar: MediaBySidecar = field(default_factory=MediaBySidecar)

    def build(self, destination: str = "", undo_of: OperationId | None = None) -> Plan:
        """Return the plan of the collected items."""
        return Plan(
            self.kind,
            tuple(self.items),
            tuple(self.problems),
            tuple(self.skipped),
            tuple(self.already_done),
            destination,
            undo_of,
        )

    def add(self, path: str, target: str, steps: Sequence[Step]) -> None:
        """Add an item with its steps."""
        self.items.append(PlanItem(path, target, tuple(steps)))
        for step in steps:
            if step.target and step.kind in (StepKind.MOVE, StepKind.COPY):
                self._occupied.add(self._key(step.target))
            if step.kind in (StepKind.MOVE, StepKind.REMOVE, StepKind.REMOVE_FOLDER):
                self._freed.add(step.source)
            if step.kind is StepKind.MAKE_FOLDER:
                self._created_folders.add(step.source)

    def add_problem(self, path: str, error: Exception) -> None:
        """Record that an entry cannot be handled because of this error."""
        code, message = explain(error)
        self.problems.append(PathProblem(path, code, message))

    def ensure_folder(self, path: str) -> None:
        """Add an item that makes a missing folder and its missing parents. Raises `StepFailed` if a file has the name.

        The folder is a separate item, because several other items may use it.
        """
        missing: list[str] = []
        current = path
        while current not in self._created_folders and not os.path.isdir(current):
            if os.path.lexists(current):
                raise StepFailed(ProblemCode.INVALID, f"not a folder: {current}")
            missing.append(current)
            if os.path.dirname(current) == current:
                break
            current = os.path.dirname(current)
        if missing:
            self.add(path, path, [Step(StepKind.MAKE_FOLDER, folder) for folder in reversed(missing)])

    def will_be_gone(self, path: str) -> bool:
        """True if an item of this plan moves or removes this path."""
        return path in self._freed

    def choose_target(self, source: str, target: str, *, with_sidecars: bool = True) -> str | None:
        """Return a free target by the conflict policy, or None if the entry is skipped. Raises `StepFailed`."""
        sidecars = [os.path.basename(item) for item in find_sidecars(source)] if with_sidecars else []
        if self.is_free(source, target, sidecars):
            return target
        if self.policy is ConflictPolicy.SKIP:
            return None
        if self.policy is ConflictPolicy.FAIL:
            raise StepFailed(ProblemCode.EXISTS, f"the target already exists: {target}")
        folder, name = os.path.split(target)
        for number in range(2, MAX_NUMBERED_NAMES):
            candidate = os.path.join(folder, numbered(name, number))
            if self.is_free(source, candidate, sidecars):
                return candidate
        raise StepFailed(ProblemCode.EXISTS, f"the target already exists: {target}")

    def sidecar_steps(self, kind: StepKind, source: str, target: str) -> list[Step]:
        """Steps for the sidecars of a file; `target` is "" for removals.

        A shared sidecar is copied with the first of its media files, and moved or removed with the last. Raises
        `StepFailed` if the target of a sidecar exists.
        """
        steps: list[Step] = []
        for sidecar in find_sidecars(source):
            if sidecar in self._freed or not self._may_include(kind, source, sidecar):
                continue
            new_path = sidecar_target(sidecar, target) if target else ""
            if new_path is None:
                continue
            if new_path and kind is StepKind.COPY and self._key(new_path) in self._occupied:
                continue  # copied with another media file
            if new_path and not self.is_free(sidecar, new_path, ()):
                raise StepFailed(ProblemCode.EXISTS, f"the target already exists: {new_path}")
            steps.append(step_from_disk(kind, sidecar, new_path, StepRole.SIDECAR))
        return steps

    def _may_include(self, kind: StepKind, source: str, sidecar: str) -> bool:
        if kind is StepKind.COPY:
            return True
        return all(item == source or item in self._freed for item in self._media_by_sidecar.find(sidecar))

    def is_free(self, source: str, target: str, sidecars: Sequence[str]) -> bool:
        """True if nothing has or will get this name. Unless the policy is FAIL, sidecar names must be free too."""
        if self._key(target) in self._occupied:
            return False
        if os.path.lexists(target) and not is_case_change(source, target):
            return False
        if self.policy is ConflictPolicy.FAIL:
            return True  # `sidecar_steps` reports a conflict of a sidecar under its own name
        folder = os.path.dirname(source)
        new_paths = [sidecar_target(os.path.join(folder, name), target) for name in sidecars]
        return all(new_path is None or self.is_free(source, new_path, ()) for new_path in new_paths)

    def _key(self, path: str) -> str:
        """The path in the form in which the disk compares names."""
        folder, name = os.path.split(path)
        if folder not in self._ignores_case:
            self._ignores_case[folder] = ignores_case(folder)
        return os.path.join(folder, name.casefold()) if self._ignores_case[folder] else path


def sidecar_target(sidecar: str, target: str) -> str | None:
    """The path of a sidecar whose media file becomes `target`; None if `target` is not the name of a media file.

    >>> sidecar_target("/a/x.txt", "/b/y.png")
    '/b/y.txt'
    """
    folder, name = os.path.split(target)
    suffix = os.path.splitext(sidecar)[1]
    if not sidecar_names(name):
        return None
    return os.path.join(folder, split_name(name)[0] + suffix)


def ignores_case(folder: str) -> bool:
    """True if the disk of this folder ignores letter case. A missing folder counts as its nearest existing parent."""
    current = folder
    while True:
        parent, name = os.path.split(current)
        if os.path.isdir(current) and name.swapcase() != name:
            try:
                return os.path.samefile(current, os.path.join(parent, name.swapcase()))
            except OSError:
                return False
        if parent == current:
            return os.name == "nt"
        current = parent


def path_spellings(path: str) -> tuple[str, ...]:
    """The path, and its resolved spelling if a folder above it is a link. The entry itself is not resolved."""
    real = os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))
    return (path,) if real == path else (path, real)


def is_inside(path: str, folder: str) -> bool:
    """True if `path` is `folder` or below it, with links resolved."""
    return is_below(os.path.realpath(path), os.path.realpath(folder), windows=os.name == "nt")
