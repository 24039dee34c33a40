"""What the routers work with. Built in `bootstrap`, one set for each application."""

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
    """Gives the services when they are needed, and ends them."""

    @property
    def running(self) -> Services | None:
        """The services if they run already."""

    def services(self) -> Services:
        """The running services, started if need be; that takes a while."""

    def stop(self) -> None:
        """Stop the server they run in, gracefully."""

    def close(self) -> None:
        """End them."""


@dataclass(frozen=True, slots=True)
class Services:
    """What routers and commands work with."""

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
        """Go on with what an earlier process left, bring the index up to date if asked to, follow changes."""
        self.files.recover()
        for complaint in self.roots.complaints():
            log.warning(complaint)
        self.semantic.resume()  # before the index, which gives up what nobody goes on with
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
        """End threads, jobs and connections."""
        self.index.close()
        self.jobs.close()
        self.semantic.close()
        self.search.close()
        self.store.close()
