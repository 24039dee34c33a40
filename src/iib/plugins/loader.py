"""Finds plug-ins and builds the registry of everything that may read a file."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import TYPE_CHECKING

import pluggy
import structlog

from iib.metadata import Carrier, Dialect, Recipe, Registry, builtin_carriers, builtin_dialects, default_registry
from iib.model import Json
from iib.plugins import hookspecs
from iib.plugins.folder_plugins import find_folders, load_folder
from iib.plugins.guards import CALL_LIMIT_S, GuardedCarrier, GuardedDialect
from iib.plugins.status import PluginState, PluginStatus, PluginTimeout, TimeLimit

if TYPE_CHECKING:  # parse workers build a registry without them, and loading them takes longer than all the rest
    from iib.settings import Settings

log = structlog.get_logger(__name__)

LOAD_LIMIT_S = 15.0  # for importing one plug-in and asking its hooks
FOLDER = "plugins"


@dataclass(frozen=True, slots=True)
class Readers:
    """The registry, and what became of each plug-in."""

    registry: Registry
    plugins: tuple[PluginStatus, ...] = ()


def load_readers(settings: Settings) -> Readers:
    """Built-in readers and those of the plug-ins of this installation."""
    return _load(
        settings.program_dir / FOLDER,
        extract_all_prompts=settings.metadata.extract_all_prompts,
        stealth=settings.metadata.stealth,
    )


def build_registry(*, folder: str, extract_all_prompts: bool, stealth: bool) -> Registry:
    """The same registry in a parse worker."""
    return _load(Path(folder), extract_all_prompts=extract_all_prompts, stealth=stealth).registry


def _load(folder: Path, *, extract_all_prompts: bool, stealth: bool) -> Readers:
    loading = _Loading()
    for point in sorted(entry_points(group=hookspecs.PROJECT), key=lambda item: item.name):
        loading.add(PluginStatus(point.name, f"entry point {point.value}"), _importer(point))
    for path in find_folders(folder):
        status = PluginStatus(path.name, f"folder {path}")
        loading.add(status, lambda path=path: load_folder(path))  # type: ignore[misc]
    if not loading.statuses:  # no plug-ins: parse workers need not look for any, which takes longer than all the rest
        registry = default_registry(extract_all_prompts=extract_all_prompts, stealth=stealth)
        return Readers(registry, ())
    arguments = (("folder", str(folder)), ("extract_all_prompts", extract_all_prompts), ("stealth", stealth))
    registry = Registry(
        (*loading.carriers, *builtin_carriers()),
        (*loading.dialects, *builtin_dialects()),
        extract_all_prompts,
        stealth,
        reads_files=loading.reads_files,
        recipe=Recipe("iib.plugins.loader:build_registry", arguments),
    )
    return Readers(registry, tuple(loading.statuses))


def _importer(point: EntryPoint) -> Callable[[], Json]:
    return point.load


class _Loading:
    """Loads one plug-in after the other; what fails is a status."""

    def __init__(self) -> None:
        self.statuses: list[PluginStatus] = []
        self.carriers: list[Carrier] = []
        self.dialects: list[Dialect] = []
        self.reads_files = False

    def add(self, status: PluginStatus, load: Callable[[], Json]) -> None:
        """Import it and ask its hooks, within the time limit."""
        self.statuses.append(status)
        try:
            carriers, dialects = TimeLimit(LOAD_LIMIT_S).call(lambda: _ask(status.name, load()))
        except PluginTimeout as error:
            status.state, status.detail = PluginState.SLOW, str(error)
        except BaseException as error:  # one of the four broad places: a plug-in call; SystemExit included
            if isinstance(error, KeyboardInterrupt):
                raise
            status.state, status.detail = PluginState.FAILED, f"{type(error).__name__}: {error}"[:300]
        else:
            limit = TimeLimit(CALL_LIMIT_S)
            self.carriers += [GuardedCarrier(carrier, status, limit) for carrier in carriers]
            self.dialects += [GuardedDialect(dialect, status, limit) for dialect in dialects]
            self.reads_files = self.reads_files or any(getattr(item, "reads_files", False) for item in dialects)
            if not carriers and not dialects:
                status.detail = "it registers nothing"
        if not status.is_good:
            log.warning("a plug-in could not be loaded", plugin=status.name, reason=status.detail)


def _ask(name: str, plugin: Json) -> tuple[list[Carrier], list[Dialect]]:
    manager = pluggy.PluginManager(
        hookspecs.PROJECT
    )  # one for each: a faulty plug-in must not spoil the calls of others
    manager.add_hookspecs(hookspecs)
    manager.register(plugin, name=name)
    manager.check_pending()
    return _flat(manager.hook.register_carrier()), _flat(manager.hook.register_dialect())


def _flat(results: list[Json]) -> list[Json]:
    found: list[Json] = []
    for result in results:
        if result is not None:
            found += list(result) if isinstance(result, Iterable) else [result]
    return found
