"""Tag service: creates, links, renames, merges and deletes custom tags."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence

from iib.errors import Conflict, InvalidRequest, NotFound
from iib.jobs import EventBus
from iib.model import Json, MediaId, TagId, TagKind
from iib.store import CustomTagRow, Store, TagRow, WriteUnit
from iib.tags.name_rules import css_color, plain_name, tag_name
from iib.tags.rules import RULES_PREFERENCE

PERMANENT_TAG = "like"  # user interfaces show it as a heart
CURATION_EVENT = "marks"
TAG_LISTS = ("and_tags", "or_tags", "not_tags")

Clock = Callable[[], int]


class TagService:
    """Changes custom tags; each call is one transaction in the change log and can be undone.

    All methods may be called from any thread.
    """

    def __init__(self, store: Store, bus: EventBus, clock: Clock = time.time_ns) -> None:
        self._store = store
        self._bus = bus
        self._clock = clock

    def all(self) -> list[TagRow]:
        """All custom tags and all tags of visible files; of very many prompt terms only the most used."""
        with self._store.read() as unit:
            return unit.tags.list_all()

    def custom(self) -> list[TagRow]:
        """Custom tags with their counts, in order of ids."""
        with self._store.read() as unit:
            return unit.tags.list_custom()

    def details(self) -> dict[TagId, CustomTagRow]:
        """Group and last use of custom tags; tags without either are omitted."""
        with self._store.read() as unit:
            return unit.custom_tags.details_by_tag()

    def pending_count(self) -> int:
        """Number of imported links whose files are not indexed yet."""
        with self._store.read() as unit:
            return unit.custom_tags.count_pending()

    def get(self, tag_id: int) -> TagRow:
        """A custom tag with its count. Raises `NotFound`."""
        with self._store.read() as unit:
            row = next((tag for tag in unit.tags.list_custom() if tag.id == tag_id), None)
        if row is None:
            raise NotFound(f"there is no such tag: {tag_id}")
        return row

    def add(self, raw: str) -> TagRow:
        """Return the custom tag of this name; create it if it does not exist."""
        name = tag_name(raw)
        with self._store.write() as unit:
            tag_id = unit.custom_tags.ensure(name)
            unit.change_log.record("tag_create", name, self._clock())
        self._publish()
        return self.get(tag_id)

    def change_links(self, ids: Sequence[int], add: Sequence[int], remove: Sequence[int]) -> int | None:
        """Add tags to files and remove others, all or none; returns the id of the change, None if nothing changed.

        Raises `NotFound` for unknown tags and files, `InvalidRequest` for derived tags.
        """
        with self._store.write() as unit:
            tags = [checked_tag(unit, tag_id) for tag_id in (*add, *remove)]
            check_media(unit, ids)
            for tag_id in add:
                unit.custom_tags.link(tag_id, ids)
                unit.custom_tags.record_use(tag_id, self._clock())
            for tag_id in remove:
                unit.custom_tags.unlink(tag_id, ids)
            kind = "tag_add" if add and not remove else "tag_remove" if remove and not add else "tag_change"
            label = ", ".join(dict.fromkeys(tag.name for tag in tags))
            change_id = unit.change_log.record(kind, label, self._clock())
        self._publish()
        return change_id

    def toggle(self, media_id: int, tag_id: int) -> bool:
        """Add the tag to the file, or remove it if the file has it; returns True if it was removed."""
        with self._store.write() as unit:
            name = checked_tag(unit, tag_id).name
            check_media(unit, [media_id])
            is_removed = tag_id in unit.custom_tags.tag_ids_by_media([MediaId(media_id)]).get(MediaId(media_id), [])
            if is_removed:
                unit.custom_tags.unlink(tag_id, [media_id])
            else:
                unit.custom_tags.link(tag_id, [media_id])
                unit.custom_tags.record_use(tag_id, self._clock())
            unit.change_log.record("tag_remove" if is_removed else "tag_add", name, self._clock())
        self._publish()
        return is_removed

    def delete(self, tag_id: int) -> int | None:
        """Delete a tag and all its links. Raises `NotFound`, `InvalidRequest`."""
        with self._store.write() as unit:
            name = removable_tag(unit, tag_id).name
            unit.custom_tags.delete(tag_id)
            change_id = unit.change_log.record("tag_delete", name, self._clock())
        self._publish()
        return change_id

    def rename(self, tag_id: int, raw: str) -> int | None:
        """Rename a tag, also in the rules that assign it. Raises `Conflict` if the name is in use; use `merge` then."""
        name = tag_name(raw)
        with self._store.write() as unit:
            old = removable_tag(unit, tag_id)
            other = unit.custom_tags.find_by_name(name)
            if other is not None and other.id != tag_id:
                raise Conflict(f"a tag of this name already exists: {name}")
            unit.custom_tags.rename(tag_id, name)
            _rename_in_rules(unit, old.name, name)
            change_id = unit.change_log.record("tag_rename", f"{old.name} → {name}", self._clock())
        self._publish()
        return change_id

    def merge(self, tag_id: int, into: int) -> int | None:
        """Replace a tag by another one on files, in rules and in saved searches, and delete the first one."""
        if tag_id == into:
            raise InvalidRequest("a tag cannot be merged into itself")
        with self._store.write() as unit:
            old, new = removable_tag(unit, tag_id), checked_tag(unit, into)
            unit.custom_tags.merge(tag_id, into)
            _rename_in_rules(unit, old.name, new.name)
            _replace_in_searches(unit, tag_id, into)
            change_id = unit.change_log.record("tag_merge", f"{old.name} → {new.name}", self._clock())
        self._publish()
        return change_id

    def set_color(self, tag_id: int, raw: str) -> int | None:
        """Set the colour of a tag of any kind. Raises `NotFound`."""
        color = css_color(raw)
        with self._store.write() as unit:
            row = unit.custom_tags.find(tag_id)
            if row is None:
                raise NotFound(f"there is no such tag: {tag_id}")
            unit.custom_tags.set_color(tag_id, color)
            change_id = unit.change_log.record("tag_color", row.name, self._clock())
        self._publish()
        return change_id

    def set_group(self, tag_id: int, raw: str) -> int | None:
        """Set the group of a tag; an empty name removes the tag from its group."""
        group = plain_name(raw, "a group") if raw.strip() else ""
        with self._store.write() as unit:
            name = checked_tag(unit, tag_id).name
            unit.custom_tags.set_group(tag_id, group)
            change_id = unit.change_log.record("tag_group", name, self._clock())
        self._publish()
        return change_id

    def of_media(self, ids: Sequence[MediaId]) -> dict[MediaId, list[TagRow]]:
        """Custom tags of files, with their counts."""
        with self._store.read() as unit:
            links = unit.custom_tags.tag_ids_by_media(ids)
            tags: dict[TagId, TagRow] = {tag.id: tag for tag in unit.tags.list_custom()} if links else {}
        return {media_id: [tags[tag_id] for tag_id in ids if tag_id in tags] for media_id, ids in links.items()}

    def _publish(self) -> None:
        publish_curation_change(self._bus, self._store)


def publish_curation_change(bus: EventBus, store: Store) -> None:
    """Publish an event with the revision of the curation."""
    bus.publish(CURATION_EVENT, {"marks": store.curation_revision})


def checked_tag(unit: WriteUnit, tag_id: int) -> TagRow:
    """Find a custom tag. Raises `NotFound`, and `InvalidRequest` for derived tags."""
    tag = unit.custom_tags.find(tag_id)
    if tag is None:
        raise NotFound(f"there is no such tag: {tag_id}")
    if tag.kind != TagKind.CUSTOM:
        raise InvalidRequest(f"this tag comes from the files and cannot be added or removed: {tag.name}")
    return tag


def removable_tag(unit: WriteUnit, tag_id: int) -> TagRow:
    """Find a custom tag that may be deleted or renamed. Raises like `checked_tag`."""
    tag = checked_tag(unit, tag_id)
    if tag.name == PERMANENT_TAG:
        raise InvalidRequest(f"the tag {PERMANENT_TAG} cannot be deleted or renamed")
    return tag


def check_media(unit: WriteUnit, ids: Sequence[int]) -> None:
    """Raise `NotFound` unless all ids belong to indexed files."""
    unknown = set(ids) - unit.custom_tags.existing_media_ids(ids)
    if unknown:
        raise NotFound(f"there is no such file: {min(unknown)}")


def _rename_in_rules(unit: WriteUnit, old: str, new: str) -> None:
    """Rename a tag in the rules, which would otherwise create the old tag again."""
    try:
        rules: Json = json.loads(unit.preferences.values_by_name().get(RULES_PREFERENCE, "[]"))
    except ValueError:
        return
    changed = False
    for rule in rules if isinstance(rules, list) else ():
        if isinstance(rule, dict) and isinstance(rule.get("tag"), str) and rule["tag"].strip() == old:
            rule["tag"] = new
            changed = True
    if changed:
        unit.curation.set_preference(RULES_PREFERENCE, json.dumps(rules, ensure_ascii=False))


def _replace_in_searches(unit: WriteUnit, old: int, new: int) -> None:
    for row in unit.curation.list_saved_searches():
        query: Json = json.loads(row.query)
        before = json.dumps(query)
        for key in TAG_LISTS:
            if isinstance(query.get(key), list):
                query[key] = list(dict.fromkeys(new if item == old else item for item in query[key]))
        if json.dumps(query) != before:
            unit.curation.save_search(row.id, row.name, json.dumps(query, ensure_ascii=False), row.created_ns)
