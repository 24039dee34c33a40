"""Everything one application consists of, built from its settings and nothing else."""

from __future__ import annotations

import signal
import threading
import weakref
from collections.abc import Callable, Sequence
from dataclasses import replace

from iib.access.auth import Authenticator
from iib.access.paths import PathGate
from iib.access.roots import Roots, common_folders
from iib.api import Services
from iib.bootstrap.about import describe_program
from iib.bootstrap.file_operations import build_file_service
from iib.bootstrap.upgrade import upgrade_in_place
from iib.files.retention import TrashKeeper
from iib.index.service import IndexService
from iib.jobs.events import EventBus
from iib.jobs.manager import JobManager
from iib.jobs.turns import DiskTurns
from iib.media.chosen import ChosenCovers
from iib.media.thumbnails import Thumbnails
from iib.model.media_types import is_media_name
from iib.plugins.loader import load_readers
from iib.search.duplicates.service import DuplicateService
from iib.search.outside import OutsideFinder
from iib.search.results import ResultSets
from iib.search.service import SearchService
from iib.search.trend import Trends
from iib.semantic.organise.service import OrganiseService
from iib.semantic.service import SemanticService
from iib.settings import Settings, is_windows
from iib.store import RootRow, Store
from iib.tags.apply_rules import RuleService
from iib.tags.autotag import AutoTagger
from iib.tags.curation import CurationService
from iib.tags.importing import Importer
from iib.tags.service import TagService
from iib.tags.translate import Translations


def _doors(settings: Settings, store: Store) -> tuple[Roots, PathGate]:
    """Which folders there are, and who may name which path."""

    def registered() -> Sequence[RootRow]:
        with store.read() as unit:
            return unit.roots.list()

    roots = Roots(settings, registered)
    return roots, PathGate(roots.trusted, roots.is_access_control_on, windows=is_windows())


def _scopes_of(roots: Roots) -> Callable[[], Sequence[str]]:
    """Indexed folders; with access control on only what lies in trusted ones."""

    def scopes() -> Sequence[str]:
        indexed = roots.indexed()
        if not roots.is_access_control_on():
            return indexed
        return common_folders(indexed, roots.trusted(), windows=is_windows())

    return scopes


def build_services(settings: Settings) -> Services:
    """Open the store and put the parts together; nothing runs yet. Raises `StoreError`."""
    if upgrade_in_place(settings.db_path) is not None:  # its files were known: find them again without being asked
        settings = replace(settings, index=replace(settings.index, update_on_start=True))
    store = Store.open(settings.db_path, backup_dir=settings.backup_dir, backup_max=settings.backup_max)
    roots, gate = _doors(settings, store)
    bus = EventBus()
    jobs = JobManager(store, bus)
    registry = load_readers(settings).registry
    thumbnails = Thumbnails(settings.cache_dir, covers=ChosenCovers(settings.cover_dir))

    scopes = _scopes_of(roots)
    turns = DiskTurns(f"{settings.db_path}.operations-lock")
    index = IndexService(
        store=store,
        jobs=jobs,
        bus=bus,
        registry=registry,
        roots=roots.indexed,
        is_media=is_media_name,
        settings=settings.index,
        make_preview=thumbnails.preview,
        turns=turns,
        auto_tags=AutoTagger(store),
    )
    files = build_file_service(settings, store, roots, gate, turns, index, bus=bus)
    outside = OutsideFinder(store, gate, scopes).find
    search = SearchService(store, scopes, outside, on_damage=index.build_fulltext)
    semantic = SemanticService(store=store, jobs=jobs, indexer=index, search=search, settings=settings.ai)
    return Services(
        settings=settings,
        store=store,
        bus=bus,
        jobs=jobs,
        registry=registry,
        roots=roots,
        gate=gate,
        auth=Authenticator(settings.access.secret_key),
        thumbnails=thumbnails,
        index=index,
        search=search,
        results=ResultSets(search),
        duplicates=DuplicateService(store, jobs, search, thumbnails.preview),
        semantic=semantic,
        organise=OrganiseService(store=store, jobs=jobs, files=files, semantic=semantic),
        turns=turns,
        files=files,
        trash_keeper=TrashKeeper(files, jobs),
        tags=TagService(store, bus),
        curation=CurationService(store, bus),
        rules=RuleService(store, jobs, bus),
        importer=Importer(store),
        translations=Translations(settings.program_dir),
        trends=Trends(search, settings.trend_max_tags),
        scopes=scopes,
        about=describe_program(settings.program_dir),
    )


class Runtime:
    """Services that are built when first needed and closed once, whoever hosts them."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._lock = threading.Lock()
        self._services: Services | None = None
        self._finalizer: weakref.finalize[[], Runtime] | None = None
        self.stop_server: Callable[[], None] = interrupt

    @property
    def running(self) -> Services | None:
        """The services if they run already."""
        return self._services

    def services(self) -> Services:
        """The running services, started if need be; that takes a while."""
        found = self._services
        if found is not None:
            return found
        with self._lock:
            if self._services is None:
                services = build_services(self.settings)
                services.start()
                self._finalizer = weakref.finalize(self, services.close)  # also at the end of the interpreter
                self._services = services
            return self._services

    def stop(self) -> None:
        """Stop the server around this application: our own, or the host's as Ctrl+C does."""
        self.stop_server()

    def close(self) -> None:
        """End them; a later request starts them again."""
        with self._lock:
            if self._finalizer is not None:
                self._finalizer()
                self._finalizer = None
            self._services = None


def interrupt() -> None:
    """What Ctrl+C does."""
    signal.raise_signal(signal.SIGINT)
