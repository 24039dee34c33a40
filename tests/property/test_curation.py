"""Property tests: tags, ratings, flags and albums survive any sequence of changes to the files."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.library import Library
from support.services import by_name, make_services, update

from iib.api import Services

NAMES = ("a", "b", "c")
TAGS = ("red", "green")


@dataclass
class Model:
    """Files by name with a serial number of their content. Tags and ratings belong to the file, not to its name."""

    alive: dict[str, int] = field(default_factory=dict)
    away: dict[str, int] = field(default_factory=dict)
    tags: dict[int, set[str]] = field(default_factory=dict)
    stars: dict[int, int] = field(default_factory=dict)
    serial: int = 0


STEPS = st.one_of(
    st.tuples(st.just("toggle"), st.sampled_from(NAMES), st.sampled_from(TAGS)),
    st.tuples(st.just("rate"), st.sampled_from(NAMES), st.integers(0, 5)),
    st.tuples(st.just("edit"), st.sampled_from(NAMES), st.none()),
    st.tuples(st.just("move"), st.sampled_from(NAMES), st.sampled_from(NAMES)),
    st.tuples(st.just("hide"), st.sampled_from(NAMES), st.none()),
    st.tuples(st.just("return"), st.sampled_from(NAMES), st.none()),
    st.tuples(st.just("scan"), st.none(), st.booleans()),
    st.tuples(st.just("rename"), st.sampled_from(TAGS), st.none()),
)


class LibraryUnderTest:
    """Applies each step to the program and to the model."""

    def __init__(self, services: Services, library: Library, aside: Path) -> None:
        self.services, self.library, self.aside = services, library, aside
        self.model = Model()
        self.names = {tag: tag for tag in TAGS}
        self.edits = 0
        aside.mkdir()
        for name in NAMES:
            self._write(name)
            self.model.alive[name] = self.model.serial
            self.model.serial += 1
        update(services)

    def do(self, step: tuple[str, object, object]) -> None:
        """Apply one step; a step that makes no sense now is skipped."""
        kind, first, second = step
        getattr(self, kind)(first, second)

    def toggle(self, name: str, tag: str) -> None:
        file_id = self.model.alive.get(name)
        if file_id is not None:
            shown = self.names[tag]
            tag_id = self.services.tags.add(shown).id
            removed = self.services.tags.toggle(by_name(self.services)[f"{name}.png"].id, tag_id)
            assert removed == (tag in self.model.tags.setdefault(file_id, set()))
            self.model.tags[file_id] ^= {tag}

    def rate(self, name: str, stars: int) -> None:
        file_id = self.model.alive.get(name)
        if file_id is not None:
            self.services.curation.rate([by_name(self.services)[f"{name}.png"].id], stars)
            self.model.stars[file_id] = stars

    def edit(self, name: str, _nothing: None) -> None:
        if name in self.model.alive:
            self._write(name)
            update(self.services)

    def move(self, name: str, other: str) -> None:
        if name in self.model.alive and other not in self.model.alive and other not in self.model.away:
            self.library.path(f"{name}.png").rename(self.library.path(f"{other}.png"))
            self.model.alive[other] = self.model.alive.pop(name)
            update(self.services)

    def hide(self, name: str, _nothing: None) -> None:
        if name in self.model.alive:
            self.library.path(f"{name}.png").rename(self.aside / f"{name}.png")
            self.model.away[name] = self.model.alive.pop(name)
            update(self.services)

    def __getattr__(self, name: str) -> object:
        if name == "return":
            return self.bring_back
        raise AttributeError(name)

    def bring_back(self, name: str, _nothing: None) -> None:
        if name in self.model.away:
            (self.aside / f"{name}.png").rename(self.library.path(f"{name}.png"))
            self.model.alive[name] = self.model.away.pop(name)
            update(self.services)

    def scan(self, _nothing: None, rebuild: bool) -> None:
        update(self.services, rebuild=rebuild)

    def rename(self, tag: str, _nothing: None) -> None:
        new_name = self.names[tag] + "'"
        self.services.tags.rename(self.services.tags.add(self.names[tag]).id, new_name)
        self.names[tag] = new_name

    def check(self) -> None:
        """Assert that the program and the model agree."""
        rows = by_name(self.services)
        assert set(rows) == {f"{name}.png" for name in self.model.alive}
        ids = {name: rows[f"{name}.png"].id for name in self.model.alive}
        tags = self.services.tags.of_media(list(ids.values()))
        with self.services.store.read() as unit:
            stars = {row.media_id: row.rating for row in unit.curation.list_ratings(list(ids.values()))}
            counts = {tag.name: tag.count for tag in unit.tags.list_custom()}
        for name, file_id in self.model.alive.items():
            expected = {self.names[tag] for tag in self.model.tags.get(file_id, ())}
            assert {tag.name for tag in tags.get(ids[name], ())} == expected
            assert stars.get(ids[name], 0) == self.model.stars.get(file_id, 0)
        for tag in TAGS:
            count = sum(tag in self.model.tags.get(file_id, ()) for file_id in self.model.alive.values())
            assert counts.get(self.names[tag], 0) == count

    def _write(self, name: str) -> None:
        self.edits += 1
        self.library.add(f"{name}.png", f"a cat of version {self.edits}")


@settings(max_examples=12)
@given(steps=st.lists(STEPS, max_size=20))
def test_tags_and_stars_stay_with_their_files(tmp_path_factory: pytest.TempPathFactory, steps):
    home = tmp_path_factory.mktemp("history")
    library = Library(home / "library")
    services = make_services(home / "home", [library.root])
    try:
        tested = LibraryUnderTest(services, library, home / "aside")
        for step in steps:
            tested.do(step)
            tested.check()
    finally:
        services.close()


@settings(max_examples=12)
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(("tag", "untag", "rate", "flag", "album", "drop", "merge")), st.integers(0, 5)),
        min_size=1,
        max_size=12,
    )
)
def test_undoing_all_changes_restores_the_start_and_redoing_them_the_end(
    tmp_path_factory: pytest.TempPathFactory, steps
):
    home = tmp_path_factory.mktemp("undo")
    library = Library(home / "library")
    library.fill(6)
    services = make_services(home / "home", [library.root])
    try:
        update(services)
        ids = sorted(row.id for row in by_name(services).values())
        start = state(services)
        for kind, number in steps:
            act(services, kind, number, ids)
        end = state(services)
        count = len(services.curation.changes(500))

        for _ in range(count):
            services.curation.undo()
        assert state(services) == start
        for _ in range(count):
            services.curation.redo()
        assert state(services) == end
    finally:
        services.close()


def act(services: Services, kind: str, number: int, ids: list[int]) -> None:
    """Apply one change that a person can make."""
    tags = [services.tags.add(name).id for name in ("one", "two")]
    some = ids[: number + 1]
    if kind == "tag":
        services.tags.change_links(some, [tags[number % 2]], [])
    elif kind == "untag":
        services.tags.change_links(some, [], [tags[number % 2]])
    elif kind == "rate":
        services.curation.rate(some, number)
    elif kind == "flag":
        services.curation.flag(some, ("pick", "none", "reject")[number % 3])
    elif kind == "merge":
        services.tags.merge(tags[0], tags[1])
    else:
        with services.store.read() as unit:
            albums = unit.curation.list_albums()
        if kind == "drop" and albums:
            services.curation.delete_album(albums[0].id)
        elif kind == "album":
            album = albums[0].id if albums else services.curation.create_album("best").id
            services.curation.add_to_album(album, some)
            services.curation.order_album(album, some[:1], None)


def state(services: Services) -> object:
    """Return all tags, links, ratings, flags and albums, for comparison."""
    with services.store.read() as unit:
        tags = [(tag.id, tag.name, tag.color, tag.count) for tag in unit.tags.list_custom()]
        links = {tag[0]: unit.tags.ids_of_media(tag[0]).tolist() for tag in tags}  # type: ignore[arg-type]
        albums = [(album.id, album.name, unit.curation.ids_in_album(album.id)) for album in unit.curation.list_albums()]
        return tags, links, unit.curation.list_ratings(), albums
