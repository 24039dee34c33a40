"""Opens the database and hands out units of work."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from array import array
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

import sqlalchemy as sa
import structlog

from iib.errors import StoreDamaged, StoreError
from iib.store.repositories.activity.jobs import JobRepository, JobWriter
from iib.store.repositories.activity.operations import OperationRepository, OperationWriter
from iib.store.repositories.activity.preferences import PreferenceRepository, PreferenceWriter
from iib.store.repositories.activity.trash import TrashRepository, TrashWriter
from iib.store.repositories.curation.change_log import ChangeLogRepository, ChangeLogWriter
from iib.store.repositories.curation.change_recorder import ChangeRecorder
from iib.store.repositories.curation.curation import CurationRepository, CurationWriter
from iib.store.repositories.curation.custom_tags import CustomTagRepository, CustomTagWriter
from iib.store.repositories.curation.organise import OrganiseRepository, OrganiseWriter
from iib.store.repositories.media.duplicates import DuplicateRepository, DuplicateWriter
from iib.store.repositories.media.folders import FolderRepository, FolderWriter
from iib.store.repositories.media.fulltext import FullTextRepository, FullTextWriter
from iib.store.repositories.media.media import MediaRepository
from iib.store.repositories.media.media_paths import MediaPathWriter
from iib.store.repositories.media.media_search import MediaSearchRepository
from iib.store.repositories.media.media_writer import MediaWriter
from iib.store.repositories.media.roots import RootRepository, RootWriter
from iib.store.repositories.media.stale_metadata import StaleMetadataRepository
from iib.store.repositories.semantic.embeddings import EmbeddingRepository, EmbeddingWriter
from iib.store.repositories.semantic.topics import TopicRepository, TopicWriter
from iib.store.repositories.tags.tag_consistency import TagConsistencyRepository, TagConsistencyWriter
from iib.store.repositories.tags.tag_index import TagIndexRepository
from iib.store.repositories.tags.tags import TagIdCache, TagRepository, TagWriter
from iib.store.sqlite import WRITE_OPTION, back_up, durable_commits, is_outdated, large_cache, migrate, open_engine

log = structlog.get_logger(__name__)

DAMAGE = ("malformed", "corrupt")  # words of SQLite's messages about a damaged file
DATABASE_ERRORS = (
    sa.exc.DatabaseError,
    sqlite3.DatabaseError,
)  # from SQLAlchemy, and from statements run on a bare cursor
MAX_CHANGED_IDS = 200_000  # changed rows remembered for caches that refresh incrementally: 1.6 MB

Listener = Callable[[int], None]


class ReadUnit:
    """Repositories over one consistent view of the database."""

    def __init__(self, connection: sa.Connection) -> None:
        self.folders = FolderRepository(connection)
        self.media = MediaRepository(connection)
        self.media_search = MediaSearchRepository(connection)
        self.tags = TagRepository(connection)
        self.tag_index = TagIndexRepository(connection)
        self.tag_consistency = TagConsistencyRepository(connection)
        self.custom_tags = CustomTagRepository(connection)
        self.curation = CurationRepository(connection)
        self.change_log = ChangeLogRepository(connection)
        self.fulltext = FullTextRepository(connection)
        self.stale_metadata = StaleMetadataRepository(connection)
        self.roots = RootRepository(connection)
        self.preferences = PreferenceRepository(connection)
        self.jobs = JobRepository(connection)
        self.embeddings = EmbeddingRepository(connection)
        self.topics = TopicRepository(connection)
        self.duplicates = DuplicateRepository(connection)
        self.operations = OperationRepository(connection)
        self.organise = OrganiseRepository(connection)
        self.trash = TrashRepository(connection)
        self._connection = connection

    def is_intact(self) -> bool:
        """Run SQLite's quick check; this takes long for large databases."""
        return bool(self._connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one() == "ok")


class WriteUnit:
    """Repositories that read and write inside one transaction.

    `changed_ids` collects the ids of media whose rows changed.
    """

    def __init__(self, connection: sa.Connection, tag_ids: TagIdCache) -> None:
        self.changed_ids: set[int] = set()
        self.folders = FolderWriter(connection)
        self.tags = TagWriter(connection, tag_ids)
        self.tag_consistency = TagConsistencyWriter(connection)
        self._recorder = ChangeRecorder(connection)
        self.custom_tags = CustomTagWriter(connection, self._recorder, tag_ids)
        self.curation = CurationWriter(connection, self._recorder)
        self.change_log = ChangeLogWriter(connection, self._recorder, tag_ids)
        self.media = MediaWriter(connection, self.tags, self.changed_ids)
        self.fulltext = FullTextWriter(connection)
        self.roots = RootWriter(connection)
        self.preferences = PreferenceWriter(connection)
        self.jobs = JobWriter(connection)
        self.embeddings = EmbeddingWriter(connection)
        self.topics = TopicWriter(connection)
        self.duplicates = DuplicateWriter(connection)
        self.operations = OperationWriter(connection)
        self.organise = OrganiseWriter(connection)
        self.trash = TrashWriter(connection)
        self.media_paths = MediaPathWriter(connection, self.folders, self.tags, self.roots, self.changed_ids)

    @property
    def has_curation_changes(self) -> bool:
        """True if links of custom tags, ratings, flags or albums changed."""
        return self._recorder.has_search_changes


class Store:
    """The database of one library, with any number of readers and one writer at a time, from any thread."""

    def __init__(self, engine: sa.Engine, backup_thread: threading.Thread | None = None) -> None:
        self._engine = engine
        self._backup_thread = backup_thread
        self._write_lock = threading.RLock()
        self._listeners: list[Listener] = []
        self._tag_ids = TagIdCache()
        self._changes: deque[tuple[int, array[int]]] = deque()
        self._changes_size = 0
        self._change_lock = threading.Lock()
        self._writing = threading.local()
        self.revision = 0
        self.curation_revision = 0  # commits that changed curation: custom tags, ratings, flags, albums

    @staticmethod
    def open(path: Path, *, backup_dir: Path | None = None, backup_max: int = 8) -> Store:
        """Open the database and create or migrate it first if needed. Raises `StoreError`.

        The backup of a large library takes seconds: it runs in a thread of its own, unless the schema is about to
        change.
        """
        is_new = not path.is_file()
        engine = open_engine(path)
        backup_thread: threading.Thread | None = None
        try:
            if backup_dir is not None and not is_new:
                if is_outdated(engine):
                    back_up(path, backup_dir, backup_max)
                else:
                    backup_thread = threading.Thread(target=_back_up_in_background, args=(path, backup_dir, backup_max))
            migrate(engine)
        except sa.exc.DatabaseError as error:
            engine.dispose()
            raise StoreError(f"cannot prepare the database {path}: {error.orig}") from error
        except StoreError:
            engine.dispose()
            raise
        if backup_thread is not None:
            backup_thread.start()
        return Store(engine, backup_thread)

    def close(self) -> None:
        """Close all connections; the last one checkpoints the write-ahead log.

        Waits for a running backup and a running write transaction.
        """
        if self._backup_thread is not None:
            self._backup_thread.join()
        with self._write_lock:
            with contextlib.suppress(sa.exc.DatabaseError), self._engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA optimize")
            self._engine.dispose()

    @contextlib.contextmanager
    def read(self) -> Iterator[ReadUnit]:
        """Open a consistent view for the duration of the block.

        Raises `StoreError`, and `StoreDamaged` if the file is damaged.
        """
        try:
            with self._engine.connect() as connection:
                yield ReadUnit(connection)
        except DATABASE_ERRORS as error:
            reason = _reason(error)
            kind = StoreDamaged if any(word in reason for word in DAMAGE) else StoreError
            raise kind(f"the database cannot be read: {reason}") from error

    @contextlib.contextmanager
    def write(self, *, durable: bool = False) -> Iterator[WriteUnit]:
        """Open a transaction, committed at the end of the block and rolled back if it raises. Do not nest.

        With `durable` the commit waits for the disk: it then survives a power cut and not only the end of this process.
        Raises `StoreError`.
        """
        try:
            with self._write_lock:
                if getattr(self._writing, "is_active", False):
                    raise StoreError("a write transaction is already open in this thread")
                self._writing.is_active = True
                self._tag_ids.trim()
                try:
                    with self._engine.connect().execution_options(**{WRITE_OPTION: True}) as connection:
                        durability = durable_commits(connection) if durable else contextlib.nullcontext()
                        with durability, large_cache(connection), connection.begin():
                            unit = WriteUnit(connection, self._tag_ids)
                            yield unit
                        revision = self._committed(unit)
                except BaseException:
                    self._tag_ids.clear()
                    raise
                finally:
                    self._writing.is_active = False
        except DATABASE_ERRORS as error:
            raise StoreError(f"the database cannot be written: {_reason(error)}") from error
        if revision is not None:
            for listener in tuple(self._listeners):
                listener(revision)

    def changes_since(self, revision: int) -> set[int] | None:
        """Return the ids of media rows that changed after this revision; None if that is no longer known."""
        with self._change_lock:
            if revision == self.revision:
                return set()
            if not self._changes or self._changes[0][0] > revision + 1:
                return None
            result: set[int] = set()
            for number, ids in self._changes:
                if number > revision:
                    result.update(ids)
            return result

    def on_commit(self, listener: Listener) -> Callable[[], None]:
        """Call `listener(revision)` after every commit that changed media rows.

        Returns a function that removes the listener.
        """
        self._listeners.append(listener)

        def unsubscribe() -> None:
            with contextlib.suppress(ValueError):
                self._listeners.remove(listener)

        return unsubscribe

    def _committed(self, unit: WriteUnit) -> int | None:
        if unit.has_curation_changes:
            self.curation_revision += 1  # under the write lock
        if not unit.changed_ids:
            return None
        with self._change_lock:
            self.revision += 1
            self._changes.append((self.revision, array("q", unit.changed_ids)))
            self._changes_size += len(unit.changed_ids)
            while self._changes_size > MAX_CHANGED_IDS:
                self._changes_size -= len(self._changes.popleft()[1])
            return self.revision


def _reason(error: Exception) -> str:
    return str(error.orig if isinstance(error, sa.exc.DatabaseError) else error)


def _back_up_in_background(path: Path, backup_dir: Path, keep: int) -> None:
    try:
        back_up(path, backup_dir, keep)
    except StoreError:
        log.exception("the database could not be backed up", path=str(path))
