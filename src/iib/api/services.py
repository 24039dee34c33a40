"""The services that the routers use: `bootstrap` builds one set per application."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from iib.access.auth import Authenticator
from iib.access.paths import PathGate
from iib.access.roots import Roots
from iib.api.webui_handoff import PendingPictures
from iib.files.retention import TrashKeeper
from iib.files.service import FileService
from iib.index.service import IndexService
from iib.jobs.events import EventBus
from iib.jobs.manager import JobManager
from iib.jobs.turns import DiskTurns
from iib.media.thumbnails import Thumbnails
from iib.metadata.registry import Registry
from iib.search.duplicates.service import DuplicateService
from iib.search.results import ResultSets
from iib.search.service import SearchService
from iib.search.trend import Trends
from iib.semantic.organise.service import OrganiseService
from iib.semantic.service import SemanticService
from iib.settings import Settings
from iib.store import Store
from iib.tags.apply_rules import RuleService
from iib.tags.curation import CurationService
from iib.tags.importing import Importer
from iib.tags.service import TagService
from iib.tags.translate import Translations

log = structlog.get_logger(__name__)


class ServiceSource(Protocol):
    """Source of the services: starts them on first use and closes them."""

    @property
    def running(self) -> Services | None:
        """The services if they are running."""

    def services(self) -> Services:
        """The running services. The first call starts them, which may take seconds."""

    def stop(self) -> None:
        """Stop the server gracefully."""

    def close(self) -> None:
        """Close the services."""


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that routers and commands need to do their work."""

    settings: Settings
    store: Store
    bus: EventBus
    jobs: JobManager
    registry: Registry
    roots: Roots
    gate: PathGate
    auth: Authenticator
    thumbnails: Thumbnails
    index: IndexService
    search: SearchService
    results: ResultSets
    duplicates: DuplicateService
    semantic: SemanticService
    organise: OrganiseService
    turns: DiskTurns
    files: FileService
    trash_keeper: TrashKeeper
    tags: TagService
    curation: CurationService
    rules: RuleService
    importer: Importer
    translations: Translations
    trends: Trends
    scopes: Callable[[], Sequence[str]]
    about: dict[str, str | None]
    pending: PendingPictures = field(default_factory=PendingPictures)

    def start(self) -> None:
        """Resume interrupted work, update the index if configured, and watch for changes."""
        self.files.recover()
        for warning in self.roots.complaints():
            log.warning(warning)
        self.semantic.resume()  # before the index, which cancels the interrupted jobs that nothing has resumed
        self.organise.resume()
        if self.settings.index.update_on_start:
            self.index.resume()
            self.index.start_update()
        else:
            self.index.resume()
        self.trash_keeper.look()
        self.index.watch_start()
        self.search.warm()

    def close(self) -> None:
        """Stop threads and jobs, and close connections."""
        self.index.close()
        self.jobs.close()
        self.semantic.close()
        self.search.close()
        self.store.close()
