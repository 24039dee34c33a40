"""Requests and responses of custom tags, ratings, flags, albums, saved searches, tag rules and imports."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path
from pydantic import BaseModel, Field

from iib.api.schemas.requests import MAX_PATHS, Body
from iib.api.schemas.responses import TagInfo
from iib.model import MAX_JSON_INTEGER

MAX_IDS = 1_000_000

Id = Annotated[int, Field(ge=0, le=MAX_JSON_INTEGER)]
PathId = Annotated[int, Path(ge=0, le=MAX_JSON_INTEGER)]


class TagNameBody(Body):
    """A custom tag by name."""

    tag_name: str = Field(max_length=10_000)


class ToggleBody(Body):
    """A file and a tag."""

    img_path: str
    tag_id: Id


class BatchTagBody(Body):
    """Files and a tag; `action` is `add` or `remove`."""

    img_paths: list[str] = Field(max_length=MAX_PATHS)
    action: str
    tag_id: Id


class TagIdBody(Body):
    """A custom tag by id."""

    tag_id: Id


class LinkBody(Body):
    """A link between a file and a tag."""

    img_id: Id
    tag_id: Id


class TagColorBody(Body):
    """The colour of a tag; other fields are ignored."""

    id: Id
    color: str = Field(default="", max_length=200)


class ToggleAnswer(BaseModel):
    """`is_remove` is true if the tag was removed."""

    is_remove: bool


class CustomTagInfo(TagInfo):
    """A custom tag with its group ("" for none) and its last use in milliseconds (0 for never)."""

    group: str
    used_at: int


class CustomTags(BaseModel):
    """Custom tags; `groups` are ordered by name; `pending` counts links to files that are not indexed yet."""

    tags: list[CustomTagInfo]
    groups: list[str]
    pending: int


class TitleBody(Body):
    """The name of a tag or an album."""

    name: str = Field(max_length=10_000)


class MergeBody(Body):
    """The tag that remains after a merge."""

    into: Id


class GroupBody(Body):
    """A group; "" for none."""

    group: str = Field(default="", max_length=10_000)


class MediaBody(Body):
    """Files by id and by path."""

    ids: list[Id] = Field(default_factory=list, max_length=MAX_IDS)
    paths: list[str] = Field(default_factory=list, max_length=MAX_PATHS)


class MediaTagsBody(MediaBody):
    """Tags to add to files and to remove from them."""

    add: list[Id] = Field(default_factory=list, max_length=1000)
    remove: list[Id] = Field(default_factory=list, max_length=1000)


class RatingBody(MediaBody):
    """Files and their rating, 0 (none) to 5 stars."""

    rating: int


class FlagBody(MediaBody):
    """Files and their flag: `pick`, `reject` or `none`."""

    flag: str


class AlbumPatch(Body):
    """Changes of an album; null leaves a field unchanged."""

    name: str | None = Field(default=None, max_length=10_000)
    cover_id: Id | None = None


class AlbumOrderBody(Body):
    """Files to move, in this order, in front of `before` (null: to the end)."""

    ids: list[Id] = Field(max_length=MAX_IDS)
    before: Id | None = None


class AlbumInfo(BaseModel):
    """An album; times in milliseconds."""

    id: int
    name: str
    count: int
    cover_id: int | None
    created_at: int


class Albums(BaseModel):
    """All albums, ordered by name."""

    albums: list[AlbumInfo]


class AlbumItems(BaseModel):
    """Ids in the order of the album."""

    ids: list[int]


class SavedSearchBody(Body):
    """A name and a query object; null leaves a field unchanged."""

    name: str | None = Field(default=None, max_length=10_000)
    query: dict[str, Any] | None = None


class SavedSearchInfo(BaseModel):
    """A saved query with its name."""

    id: int
    name: str
    query: dict[str, Any]
    created_at: int


class SavedSearches(BaseModel):
    """All saved searches, ordered by name."""

    searches: list[SavedSearchInfo]


class ChangeInfo(BaseModel):
    """A change by a person: its kind, the name of the changed object, the number of rows, the time in milliseconds."""

    id: int
    kind: str
    label: str
    size: int
    at: int
    undone: bool


class Changes(BaseModel):
    """Changes by people, newest first."""

    changes: list[ChangeInfo]


class ChangeDone(BaseModel):
    """The change, which can be undone; null if nothing has changed."""

    change_id: int | None


class ChangeIdBody(Body):
    """A change by id; null for the latest."""

    id: Id | None = None


class TurnedBack(BaseModel):
    """`rows` counts the reverted rows; `skipped` rows have changed since then and are kept."""

    change: ChangeInfo
    rows: int
    skipped: int


class RulePreviewBody(Body):
    """A rule as in the setting `auto_tag_rules`."""

    rule: dict[str, Any]
    sample: int = Field(default=24, ge=0, le=500)


class RulePreviewInfo(BaseModel):
    """Matches of a rule; `exact` is false if the time ran out after `examined` of `total` files."""

    count: int
    examined: int
    total: int
    exact: bool
    sample: list[int]


class RulesApplyBody(Body):
    """Rules to apply; null for the stored ones."""

    rules: list[dict[str, Any]] | None = Field(default=None, max_length=1000)


class FolderPair(Body):
    """A folder of the old database and its present path."""

    old: str = Field(min_length=1)
    new: str = Field(min_length=1)


class ImportBody(Body):
    """A database of the earlier program, on the machine of the server."""

    path: str
    map: list[FolderPair] = Field(default_factory=list, max_length=100)
    dry_run: bool = True


class UnseenFolder(BaseModel):
    """A folder of tagged files that does not exist on this machine."""

    path: str
    links: int


class ImportInfo(BaseModel):
    """Counts of an import, or of its dry run."""

    source: str
    dry_run: bool
    images: int
    tags_new: int
    tags_known: int
    colors: int
    links: int
    links_new: int
    links_known: int
    links_pending: int
    links_unusable: int
    orphans: int
    roots_new: int
    roots_known: int
    roots_refused: int
    settings_new: int
    settings_kept: int
    settings_skipped: int
    rules_new: int
    unseen_folders: list[UnseenFolder]


class DayCount(BaseModel):
    """Number of files on a local day."""

    date: str
    count: int


class MonthCount(BaseModel):
    """Number of files in a local month."""

    month: str
    count: int


class NameCount(BaseModel):
    """A tag and the number of its files."""

    name: str
    count: int


class TrendInfo(BaseModel):
    """Statistics of the whole library."""

    total_images: int
    total_disk_usage: int
    daily_contributions: list[DayCount]
    monthly_trends: list[MonthCount]
    top_models: list[NameCount]
    top_samplers: list[NameCount]
    top_source: list[NameCount]
    top_lora: list[NameCount]
    cached_at: str
    cache_version: int
