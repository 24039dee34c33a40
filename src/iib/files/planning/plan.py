"""Plans: every source, target, conflict and sidecar of an operation, before anything is touched.

Whatever is called `plan_` looks at the disk and changes nothing.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from iib._lib.exclusive_rename import is_case_change
from iib._lib.file_names import numbered, split_name
from iib.access.paths import is_below
from iib.files.planning.results import PathProblem, ProblemCode, StepFailed, explain
from iib.files.planning.sidecars import Siblings, find_sidecars, sidecar_names
from iib.model.media_types import is_in_trash
from iib.model.operation import ConflictPolicy, OperationId, OperationKind, Step, StepKind, StepRole

MAX_NUMBER = 10_000  # tries for a free `name (2).png`


@dataclass(frozen=True, slots=True)
class PlanItem:
    """One entry a person named, and the steps that stand or fall together."""

    path: str
    target: str
    steps: tuple[Step, ...]

    @property
    def is_housekeeping(self) -> bool:
        """True for folders that are made or tidied up on the way; nobody asked for them by name."""
        return all(
            step.kind is StepKind.MAKE_FOLDER or (step.kind is StepKind.REMOVE_FOLDER and step.role is StepRole.TIDY)
            for step in self.steps
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """`items` in order of execution; `problems` are entries that cannot be handled; `skipped` those left out because
    of the conflict policy; `settled` those where nothing is left to do."""

    kind: OperationKind
    items: tuple[PlanItem, ...]
    problems: tuple[PathProblem, ...] = ()
    skipped: tuple[str, ...] = ()
    settled: tuple[str, ...] = ()
    destination: str = ""
    undo_of: OperationId | None = None


@dataclass(frozen=True, slots=True)
class Guarded:
    """Folders that operations leave alone: `roots` are never deleted, `fixed` (and what they lie in) never moved."""

    roots: Sequence[str] = ()
    fixed: Sequence[str] = ()
    windows: bool = os.name == "nt"

    def check_delete(self, path: str) -> None:
        """Raises `StepFailed` for a root, or a folder that holds one."""
        self._check(path, (*self.roots, *self.fixed), "this is a folder of the library itself")

    def check_move(self, path: str) -> None:
        """Raises `StepFailed` for a folder the program was started with, or one that holds such a folder."""
        self._check(path, self.fixed, "the program was started with this folder; it can only be moved by hand")

    def _check(self, path: str, tops: Iterable[str], message: str) -> None:
        if is_in_trash(path):
            raise StepFailed(ProblemCode.PROTECTED, "this lies in the trash: restore or purge it")
        if any(is_below(top, spelling, windows=self.windows) for spelling in spellings(path) for top in tops):
            raise StepFailed(ProblemCode.PROTECTED, message)


def measure(kind: StepKind, source: str, target: str = "", role: StepRole = StepRole.MAIN) -> Step:
    """A step with the facts of its source. Raises `OSError` when there is none, `StepFailed` for odd names."""
    for path in (source, target):
        if not path.isascii() and path.encode("utf-8", "replace").decode() != path:
            raise StepFailed(ProblemCode.INVALID, "this name is no valid text")
    status = os.lstat(source)
    if stat.S_ISDIR(status.st_mode):
        return Step(kind, source, target, role, is_folder=True)
    if stat.S_ISREG(status.st_mode):
        return Step(kind, source, target, role, size_bytes=status.st_size, mtime_ns=status.st_mtime_ns)
    if kind is StepKind.COPY and not stat.S_ISLNK(status.st_mode):
        raise StepFailed(ProblemCode.INVALID, "this is neither a file nor a folder")
    return Step(kind, source, target, role)


@dataclass(slots=True)
class Draft:
    """A plan in the making. Remembers which names earlier items take, and which they leave."""

    kind: OperationKind
    policy: ConflictPolicy = ConflictPolicy.FAIL
    items: list[PlanItem] = field(default_factory=list)
    problems: list[PathProblem] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    settled: list[str] = field(default_factory=list)
    _taken: set[str] = field(default_factory=set)
    _left: set[str] = field(default_factory=set)
    _made: set[str] = field(default_factory=set)
    _blind: dict[str, bool] = field(default_factory=dict)
    _siblings: Siblings = field(default_factory=Siblings)

    def plan(self, destination: str = "", undo_of: OperationId | None = None) -> Plan:
        """What was collected."""
        return Plan(
            self.kind,
            tuple(self.items),
            tuple(self.problems),
            tuple(self.skipped),
            tuple(self.settled),
            destination,
            undo_of,
        )

    def add(self, path: str, target: str, steps: Sequence[Step]) -> None:
        """Accept an item."""
        self.items.append(PlanItem(path, target, tuple(steps)))
        for step in steps:
            if step.target and step.kind in (StepKind.MOVE, StepKind.COPY):
                self._taken.add(self._key(step.target))
            if step.kind in (StepKind.MOVE, StepKind.REMOVE, StepKind.REMOVE_FOLDER):
                self._left.add(step.source)
            if step.kind is StepKind.MAKE_FOLDER:
                self._made.add(step.source)

    def refuse(self, path: str, error: Exception) -> None:
        """Note why an entry cannot be handled."""
        code, message = explain(error)
        self.problems.append(PathProblem(path, code, message))

    def need_folder(self, path: str) -> None:
        """Add an item that makes a folder and what is missing above it. Raises `StepFailed` when a file is in the way.

        It is an item of its own, since several others may put something there.
        """
        missing: list[str] = []
        place = path
        while place not in self._made and not os.path.isdir(place):
            if os.path.lexists(place):
                raise StepFailed(ProblemCode.INVALID, f"this is no folder: {place}")
            missing.append(place)
            if os.path.dirname(place) == place:
                break
            place = os.path.dirname(place)
        if missing:
            self.add(path, path, [Step(StepKind.MAKE_FOLDER, place) for place in reversed(missing)])

    def will_leave(self, path: str) -> bool:
        """True if an item so far takes this path away."""
        return path in self._left

    def choose_target(self, source: str, target: str, *, with_sidecars: bool = True) -> str | None:
        """A free target for a file or folder, by the conflict policy; None: leave it out. Raises `StepFailed`."""
        sidecars = [os.path.basename(item) for item in find_sidecars(source)] if with_sidecars else []
        if self.is_free(source, target, sidecars):
            return target
        if self.policy is ConflictPolicy.SKIP:
            return None
        if self.policy is ConflictPolicy.FAIL:
            raise StepFailed(ProblemCode.EXISTS, f"the target already exists: {target}")
        folder, name = os.path.split(target)
        for number in range(2, MAX_NUMBER):
            candidate = os.path.join(folder, numbered(name, number))
            if self.is_free(source, candidate, sidecars):
                return candidate
        raise StepFailed(ProblemCode.EXISTS, f"the target already exists: {target}")

    def sidecar_steps(self, kind: StepKind, source: str, target: str) -> list[Step]:
        """Steps for the sidecars of a file: they are copied with the first, and leave with the last of the media files
        they belong to. `target` "" for removals. Raises `StepFailed` when a sidecar's target exists."""
        steps: list[Step] = []
        for sidecar in find_sidecars(source):
            if sidecar in self._left or not self._may_go(kind, source, sidecar):
                continue
            place = sidecar_target(sidecar, target) if target else ""
            if place is None:
                continue
            if place and kind is StepKind.COPY and self._key(place) in self._taken:
                continue  # came with a sibling
            if place and not self.is_free(sidecar, place, ()):
                raise StepFailed(ProblemCode.EXISTS, f"the target already exists: {place}")
            steps.append(measure(kind, sidecar, place, StepRole.SIDECAR))
        return steps

    def _may_go(self, kind: StepKind, source: str, sidecar: str) -> bool:
        if kind is StepKind.COPY:
            return True
        return all(item == source or item in self._left for item in self._siblings.of(sidecar))

    def is_free(self, source: str, target: str, sidecars: Sequence[str]) -> bool:
        """True if nothing has or gets this name; with a policy other than FAIL the sidecars' names count too."""
        if self._key(target) in self._taken:
            return False
        if os.path.lexists(target) and not is_case_change(source, target):
            return False
        if self.policy is ConflictPolicy.FAIL:
            return True  # a sidecar in the way is told by its own name later
        folder = os.path.dirname(source)
        places = [sidecar_target(os.path.join(folder, name), target) for name in sidecars]
        return all(place is None or self.is_free(source, place, ()) for place in places)

    def _key(self, path: str) -> str:
        """The name as the disk compares it."""
        folder, name = os.path.split(path)
        if folder not in self._blind:
            self._blind[folder] = ignores_case(folder)
        return os.path.join(folder, name.casefold()) if self._blind[folder] else path


def sidecar_target(sidecar: str, target: str) -> str | None:
    """Where a sidecar goes when its media file gets the place `target`; None when that is no media file any more.

    `sidecar_target("/a/x.txt", "/b/y.png")` is `/b/y.txt`.
    """
    folder, name = os.path.split(target)
    suffix = os.path.splitext(sidecar)[1]
    if not sidecar_names(name):
        return None
    return os.path.join(folder, split_name(name)[0] + suffix)


def ignores_case(folder: str) -> bool:
    """True if the disk of this folder (or of the nearest one above that exists) does not tell letter case apart."""
    place = folder
    while True:
        parent, name = os.path.split(place)
        if os.path.isdir(place) and name.swapcase() != name:
            try:
                return os.path.samefile(place, os.path.join(parent, name.swapcase()))
            except OSError:
                return False
        if parent == place:
            return os.name == "nt"
        place = parent


def spellings(path: str) -> tuple[str, ...]:
    """The path, and its other spelling when a folder above it is a link. The entry itself is not followed."""
    real = os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))
    return (path,) if real == path else (path, real)


def is_inside(path: str, folder: str) -> bool:
    """True if `path` is `folder` or lies in it, links resolved."""
    return is_below(os.path.realpath(path), os.path.realpath(folder), windows=os.name == "nt")
