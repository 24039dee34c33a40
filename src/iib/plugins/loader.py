"""Finds and loads plug-ins, and builds the registry of built-in and plug-in carriers and dialects."""

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
from iib.plugins.folder_plugins import list_plugin_folders, load_folder
from iib.plugins.guards import CALL_LIMIT_S, GuardedCarrier, GuardedDialect
from iib.plugins.status import PluginState, PluginStatus
from iib.plugins.time_limit import PluginTimeout, TimeLimit

if TYPE_CHECKING:  # parse workers need no settings, and importing them takes longer than everything else
    from iib.settings import Settings

log = structlog.get_logger(__name__)

LOAD_LIMIT_S = 15.0  # for importing one plug-in and calling its hooks
FOLDER = "plugins"


@dataclass(frozen=True, slots=True)
class Readers:
    """The registry and the status of each plug-in."""

    registry: Registry
    plugins: tuple[PluginStatus, ...] = ()


def load_readers(settings: Settings) -> Readers:
    """Load the plug-ins of this installation and return them with the built-in carriers and dialects."""
    return _load(
        settings.program_dir / FOLDER,
        extract_all_prompts=settings.metadata.extract_all_prompts,
        stealth=settings.metadata.stealth,
    )


def build_registry(*, folder: str, extract_all_prompts: bool, stealth: bool) -> Registry:
    """Return the same registry in a parse worker."""
    return _load(Path(folder), extract_all_prompts=extract_all_prompts, stealth=stealth).registry


def _load(folder: Path, *, extract_all_prompts: bool, stealth: bool) -> Readers:
    loader = _PluginLoader()
    for point in sorted(entry_points(group=hookspecs.PROJECT), key=lambda item: item.name):
        loader.add(PluginStatus(point.name, f"entry point {point.value}"), _importer(point))
    for path in list_plugin_folders(folder):
        status = PluginStatus(path.name, f"folder {path}")
        loader.add(status, lambda path=path: load_folder(path))  # type: ignore[misc]
    if (
        not loader.statuses
    ):  # no plug-ins: parse workers skip the search for them, which takes longer than everything else
        registry = default_registry(extract_all_prompts=extract_all_prompts, stealth=stealth)
        return Readers(registry, ())
    arguments = (("folder", str(folder)), ("extract_all_prompts", extract_all_prompts), ("stealth", stealth))
    registry = Registry(
        (*loader.carriers, *builtin_carriers()),
        (*loader.dialects, *builtin_dialects()),
        extract_all_prompts,
        stealth,
        reads_files=loader.reads_files,
        recipe=Recipe("iib.plugins.loader:build_registry", arguments),
    )
    return Readers(registry, tuple(loader.statuses))


def _importer(point: EntryPoint) -> Callable[[], Json]:
    return point.load


class _PluginLoader:
    """Loads plug-ins one after the other. Errors change the status of the plug-in and are never raised."""

    def __init__(self) -> None:
        self.statuses: list[PluginStatus] = []
        self.carriers: list[Carrier] = []
        self.dialects: list[Dialect] = []
        self.reads_files = False

    def add(self, status: PluginStatus, load: Callable[[], Json]) -> None:
        """Import a plug-in and call its hooks, within the time limit."""
        self.statuses.append(status)
        try:
            carriers, dialects = TimeLimit(LOAD_LIMIT_S).call(lambda: _call_hooks(status.name, load()))
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
                status.detail = "it registers no carrier or dialect"
        if not status.is_enabled:
            log.warning("plug-in could not be loaded", plugin=status.name, reason=status.detail)


def _call_hooks(name: str, plugin: Json) -> tuple[list[Carrier], list[Dialect]]:
    manager = pluggy.PluginManager(hookspecs.PROJECT)  # one per plug-in, so that a faulty one affects no others
    manager.add_hookspecs(hookspecs)
    manager.register(plugin, name=name)
    manager.check_pending()
    return _flatten(manager.hook.register_carrier()), _flatten(manager.hook.register_dialect())


def _flatten(results: list[Json]) -> list[Json]:
    items: list[Json] = []
    for result in results:
        if result is not None:
            items += list(result) if isinstance(result, Iterable) else [result]
    return items
