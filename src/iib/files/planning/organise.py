"""Plans that sort files into folders by topic."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from iib._lib.file_names import numbered, split_name
from iib.files.planning.plan import MAX_NUMBER, Draft, Guarded, Plan, measure
from iib.files.planning.results import ProblemCode, StepFailed
from iib.files.planning.sidecars import SUFFIXES, find_sidecars
from iib.model.media_types import is_in_trash, is_media_name
from iib.model.operation import ConflictPolicy, OperationKind, StepKind


@dataclass(frozen=True, slots=True)
class Assignment:
    """Files and the folder they are to lie in; it is made when the first of them arrives."""

    folder: str
    sources: Sequence[str]


def plan_organise(
    assignments: Iterable[Assignment],
    destination: str,
    *,
    is_copy: bool,
    guarded: Guarded,
    is_allowed: Callable[[str], bool],
) -> Plan:
    """Put files into folders. Nothing is replaced: a name that is taken becomes `name (2).png`, its sidecars alike.

    Files that lie in their folder already are `settled`. What cannot be handled is a problem with its path.
    """
    draft = Draft(OperationKind.ORGANISE, ConflictPolicy.RENAME)
    names = _Names(draft)
    for assignment in assignments:
        for source in assignment.sources:
            if os.path.dirname(source) == assignment.folder:
                draft.settled.append(source)
                continue
            try:
                _check(source, guarded, is_allowed, is_copy=is_copy)
                _add(draft, names, source, assignment.folder, StepKind.COPY if is_copy else StepKind.MOVE)
            except (OSError, ValueError, StepFailed) as error:
                draft.refuse(source, error)
    return draft.plan(destination)


def _check(source: str, guarded: Guarded, is_allowed: Callable[[str], bool], *, is_copy: bool) -> None:
    if not is_allowed(source):
        raise StepFailed(ProblemCode.NOT_TRUSTED, "this path is outside the folders that may be accessed")
    if is_copy and is_in_trash(source):
        raise StepFailed(ProblemCode.PROTECTED, "this lies in the trash: restore it")
    if not is_copy:
        guarded.check_move(source)


def _add(draft: Draft, names: _Names, source: str, folder: str, kind: StepKind) -> None:
    step = measure(kind, source)
    if step.is_folder:
        raise StepFailed(ProblemCode.INVALID, "this is a folder")
    target = names.choose(source, folder)
    steps = [measure(kind, source, target), *draft.sidecar_steps(kind, source, target)]
    draft.need_folder(folder)
    draft.add(source, target, steps)
    names.take(source, target)


@dataclass(slots=True)
class _Names:
    """Free names in the folders of a plan.

    A sidecar belongs to every media file of its stem. So two files of the same stem that come from different places
    may meet in a folder only if neither has a sidecar.
    """

    _draft: Draft
    _holders: dict[tuple[str, str], tuple[tuple[str, str], bool]] = field(default_factory=dict)
    _numbers: dict[tuple[str, str, bool], int] = field(default_factory=dict)  # below these all names are taken
    _siblings: dict[tuple[str, tuple[str, str]], int] = field(default_factory=dict)
    _present: dict[str, tuple[set[str], set[str]]] = field(default_factory=dict)

    def choose(self, source: str, folder: str) -> str:
        """A target for this file. Raises `StepFailed` when there is none."""
        name = os.path.basename(source)
        sidecars = [os.path.basename(path) for path in find_sidecars(source)]
        key = (folder, name.casefold(), bool(sidecars))
        own = (folder, _origin_of(source))
        first = self._siblings.get(own) or self._numbers.get(key, 1)
        for number in range(first, MAX_NUMBER):
            target = os.path.join(folder, name if number == 1 else numbered(name, number))
            if self._admits(source, target, has_sidecars=bool(sidecars)) and self._draft.is_free(
                source, target, sidecars
            ):
                self._numbers[key] = self._siblings[own] = number
                return target
        raise StepFailed(ProblemCode.EXISTS, f"the target already exists: {os.path.join(folder, name)}")

    def take(self, source: str, target: str) -> None:
        """Remember who has this stem now."""
        place = _place_of(target)
        if place not in self._holders:
            self._holders[place] = (_origin_of(source), bool(find_sidecars(source)))

    def _admits(self, source: str, target: str, *, has_sidecars: bool) -> bool:
        folder, stem = place = _place_of(target)
        holder = self._holders.get(place)
        if holder is not None and holder[0] != _origin_of(source) and (holder[1] or has_sidecars):
            return False
        media, texts = self._stems_in(folder)
        return stem not in texts and not (has_sidecars and stem in media)

    def _stems_in(self, folder: str) -> tuple[set[str], set[str]]:
        """Stems of the media files, and of possible sidecars, that lie there now."""
        known = self._present.get(folder)
        if known is None:
            known = self._present[folder] = (set(), set())
            for name in os.listdir(folder) if os.path.isdir(folder) else ():
                if is_media_name(name):
                    known[0].add(split_name(name)[0].casefold())
                elif os.path.splitext(name)[1].lower() in SUFFIXES:
                    known[1].add(os.path.splitext(name)[0].casefold())
        return known


def _place_of(target: str) -> tuple[str, str]:
    folder, name = os.path.split(target)
    return folder, split_name(name)[0].casefold()


def _origin_of(source: str) -> tuple[str, str]:
    folder, name = os.path.split(source)
    return folder, split_name(name)[0]
