"""Builds all services of one application from its settings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from iib.access import Authenticator, PathAuthorizer, Roots, common_folders
from iib.api import Services
from iib.bootstrap.file_operations import build_file_service
from iib.bootstrap.program_info import describe_program
from iib.bootstrap.search import build_duplicates, build_result_sets, build_search
from iib.bootstrap.upgrade import upgrade_in_place
from iib.files import TrashRetention
from iib.index import IndexService, MediaCatalog, RegisteredFolders
from iib.jobs import DiskLock, EventBus, JobManager
from iib.media import CustomCovers, Thumbnails
from iib.metadata import Registry
from iib.model import is_media_name
from iib.organise import OrganiseService
from iib.plugins import load_readers
from iib.search import OverviewCache, SnapshotCache, SymlinkScanner, ViewCache
from iib.settings import Settings, is_windows
from iib.store import RootRow, Store
from iib.tags import AutoTagger, CurationService, Importer, PreferenceService, RuleService, TagService, Translations


def _build_roots(settings: Settings, store: Store) -> tuple[Roots, PathAuthorizer]:
    """Build the roots of the library and the access decisions on paths."""

    def registered() -> Sequence[RootRow]:
        with store.read() as unit:
            return unit.roots.list_all()

    roots = Roots(settings, registered)
    return roots, PathAuthorizer(roots.trusted, roots.is_access_control_on, windows=is_windows())


def _scopes_of(roots: Roots) -> Callable[[], Sequence[str]]:
    """Return a function that lists the indexed folders; with access control on, only their parts in trusted folders."""

    def scopes() -> Sequence[str]:
        indexed = roots.indexed()
        if not roots.is_access_control_on():
            return indexed
        return common_folders(indexed, roots.trusted(), windows=is_windows())

    return scopes


def _build_index(
    settings: Settings,
    store: Store,
    jobs: JobManager,
    bus: EventBus,
    *,
    registry: Registry,
    roots: Roots,
    disk_lock: DiskLock,
    thumbnails: Thumbnails,
) -> IndexService:
    """Build the index service over the indexed folders of `roots`."""
    return IndexService(
        store=store,
        jobs=jobs,
        bus=bus,
        registry=registry,
        roots=roots.indexed,
        is_media=is_media_name,
        settings=settings.index,
        make_preview=thumbnails.preview,
        disk_lock=disk_lock,
        auto_tags=AutoTagger(store),
    )


def build_services(settings: Settings) -> Services:
    """Open the store and connect all services; none of them is started. Raises `StoreError`."""
    if upgrade_in_place(settings.db_path) is not None:  # the earlier program knew its files: index them at once
        settings = replace(settings, index=replace(settings.index, update_on_start=True))
    store = Store.open(settings.db_path, backup_dir=settings.backup_dir, backup_max=settings.backup_max)
    roots, authorizer = _build_roots(settings, store)
    bus = EventBus()
    jobs = JobManager(store, bus)
    registry = load_readers(settings).registry
    thumbnails = Thumbnails(settings.cache_dir, covers=CustomCovers(settings.cover_dir))

    scopes = _scopes_of(roots)
    disk_lock = DiskLock(f"{settings.db_path}.operations-lock")
    index = _build_index(
        settings, store, jobs, bus, registry=registry, roots=roots, disk_lock=disk_lock, thumbnails=thumbnails
    )
    files = build_file_service(settings, store, roots, authorizer, disk_lock, index, bus=bus)
    views = ViewCache(store, SnapshotCache(store), scopes, SymlinkScanner(store, authorizer, scopes).find)
    search, semantic = build_search(store, views, settings.ai, jobs=jobs, index=index)
    return Services(
        settings=settings,
        store=store,
        bus=bus,
        jobs=jobs,
        registry=registry,
        roots=roots,
        authorizer=authorizer,
        auth=Authenticator(settings.access.secret_key),
        thumbnails=thumbnails,
        index=index,
        catalog=MediaCatalog(store),
        registered_folders=RegisteredFolders(store, index.start_watching),
        search=search,
        views=views,
        curation_cache=search.curation_cache,
        facet_counter=search.facet_counter,
        visible_counts=search.visible_counts,
        suggester=search.suggester,
        results=build_result_sets(search),
        duplicates=build_duplicates(search, jobs, thumbnails.preview),
        semantic=semantic,
        organise=OrganiseService(store=store, jobs=jobs, files=files, semantic=semantic),
        disk_lock=disk_lock,
        files=files,
        trash_retention=TrashRetention(files, jobs),
        tags=TagService(store, bus),
        curation=CurationService(store, bus),
        preferences=PreferenceService(store),
        rules=RuleService(store, jobs, bus),
        importer=Importer(store),
        translations=Translations(settings.program_dir),
        overview=OverviewCache(store, views, settings.trend_max_tags),
        scopes=scopes,
        about=describe_program(settings.program_dir),
    )
