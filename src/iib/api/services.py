"""The services that the routers use: `bootstrap` builds one set per application."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from iib.access import Authenticator, PathAuthorizer, Roots
from iib.api.webui_handoff import PendingPictures
from iib.duplicates import DuplicateService
from iib.files import FileService, TrashRetention
from iib.index import IndexService, MediaCatalog, RegisteredFolders
from iib.jobs import DiskLock, EventBus, JobManager
from iib.media import Thumbnails
from iib.metadata import Registry
from iib.organise import OrganiseService
from iib.search import (
    CurationCache,
    FacetCounter,
    OverviewCache,
    ResultSets,
    SearchService,
    Suggester,
    ViewCache,
    VisibleCounts,
)
from iib.semantic import SemanticService
from iib.settings import Settings
from iib.store import Store
from iib.tags import CurationService, Importer, PreferenceService, RuleService, TagService, Translations

log = structlog.get_logger(__name__)


class ServiceSource(Protocol):
    """Source of the services: starts them on first use and closes them."""

    @property
    def running(self) -> Services | None:
        """The services if they are running."""

    def services(self) -> Services:
        """The running services. The first call starts them, which may take seconds."""

    def stop(self) -> None:
        """Stop the server after the responses in progress."""

    def close(self) -> None:
        """Close the services; the next call of `services` starts them again."""


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that routers and commands need to do their work."""

    settings: Settings
    store: Store
    bus: EventBus
    jobs: JobManager
    registry: Registry
    roots: Roots
    authorizer: PathAuthorizer
    auth: Authenticator
    thumbnails: Thumbnails
    index: IndexService
    catalog: MediaCatalog
    registered_folders: RegisteredFolders
    search: SearchService
    views: ViewCache
    curation_cache: CurationCache
    facet_counter: FacetCounter
    visible_counts: VisibleCounts
    suggester: Suggester
    results: ResultSets
    duplicates: DuplicateService
    semantic: SemanticService
    organise: OrganiseService
    disk_lock: DiskLock
    files: FileService
    trash_retention: TrashRetention
    tags: TagService
    curation: CurationService
    preferences: PreferenceService
    rules: RuleService
    importer: Importer
    translations: Translations
    overview: OverviewCache
    scopes: Callable[[], Sequence[str]]
    about: dict[str, str | None]
    pending: PendingPictures = field(default_factory=PendingPictures)

    def start(self) -> None:
        """Resume interrupted work, update the index if configured, and watch for changes."""
        self.files.recover()
        for warning in self.roots.warnings():
            log.warning(warning)
        self.semantic.resume()  # before the index, which marks the other interrupted jobs as failed
        self.organise.resume()
        if self.settings.index.update_on_start:
            self.index.resume()
            self.index.start_update()
        else:
            self.index.resume()
        self.trash_retention.check()
        self.index.start_watching()
        self.search.warm()

    def close(self) -> None:
        """Stop threads and jobs, and close connections."""
        self.index.close()
        self.jobs.close()
        self.semantic.close()
        self.search.close()
        self.store.close()
