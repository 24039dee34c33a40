"""Property tests: after any history of the library, every search and every count is correct."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from support.library import EPOCH_NS, SECOND_NS
from support.oracle import ExpectedFile, Model, has_text, is_in, tag_ids, text_ids
from support.searching import search_of

from iib.bootstrap.search import build_result_sets
from iib.model.media import MediaKind
from iib.search.grid.result_sets import GridQuery
from iib.search.service import TagQuery, TextQuery
from iib.store import Store

ALPHABET = "aAbBcC éÉß%_\"'\\\0\n猫犬ｶﾞガＡ１🦊İ*^"
WORDS = st.text(ALPHABET, max_size=12)
NAMES = st.text("aAb%_ é猫🦊'\"", min_size=1, max_size=6).map(lambda stem: f"{stem}.png")
FOLDERS = st.sampled_from(["/lib", "/lib/my_dir", "/lib/myXdir", "/lib/my_dir/in", "/lib/100%", "/lib/猫"])
TAGS = st.frozensets(
    st.tuples(st.sampled_from(["pos", "Model"]), st.sampled_from(["cat", "dog", "猫", "a_b", "%"])), max_size=4
)
TIMES = st.integers(0, 4).map(lambda step: EPOCH_NS + step * SECOND_NS)
KINDS = st.sampled_from(list(MediaKind))
CUSTOM = st.sampled_from(["like", "best"])


def cut(whole: str, start: int, length: int) -> str:
    return whole[start : start + length]


class LibraryStates(RuleBasedStateMachine):
    """Adds, edits, moves, hides and tags files in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.home = Path(tempfile.mkdtemp(prefix="iib-states-"))
        self.model = Model(Store.open(self.home / "iib.db"))
        self.search = search_of(self.model.store)
        self.results = build_result_sets(self.search)

    def teardown(self) -> None:
        self.model.store.close()
        shutil.rmtree(self.home)

    def pick(self, data: st.DataObject) -> ExpectedFile:
        return data.draw(st.sampled_from(list(self.model.files.values())))

    @rule(folder=FOLDERS, name=NAMES, text=WORDS, tags=TAGS, mtime_ns=TIMES, kind=KINDS)
    def add(self, folder, name, text, tags, mtime_ns, kind):
        self.model.add(folder, name, text, tags, mtime_ns=mtime_ns, kind=kind)

    @precondition(lambda self: self.model.files)
    @rule(data=st.data(), text=WORDS, tags=TAGS, mtime_ns=TIMES)
    def edit(self, data, text, tags, mtime_ns):
        self.model.change(self.pick(data).id, text=text, tags=tags, mtime_ns=mtime_ns)

    @precondition(lambda self: self.model.files)
    @rule(data=st.data(), folder=FOLDERS, name=NAMES)
    def move(self, data, folder, name):
        if not self.model.has_place(folder, name):
            self.model.change(self.pick(data).id, folder=folder, name=name)

    @precondition(lambda self: self.model.files)
    @rule(data=st.data())
    def hide(self, data):
        self.model.hide(self.pick(data).id)

    @precondition(lambda self: self.model.files)
    @rule(data=st.data())
    def show(self, data):
        self.model.show(self.pick(data).id)

    @precondition(lambda self: self.model.files)
    @rule(data=st.data(), name=CUSTOM)
    def give(self, data, name):
        self.model.give(name, self.pick(data).id)

    @rule(data=st.data(), size=st.integers(1, 4), path_only=st.booleans(), kind=st.none() | KINDS)
    def search_text(self, data, size, path_only, kind):
        texts = [part for file in self.model.files.values() for part in (file.text, file.path) if part]
        needles = WORDS
        if texts:
            cuts = st.builds(cut, st.sampled_from(texts), st.integers(0, 9), st.integers(1, 7))
            needles = st.one_of(cuts, cuts.map(str.swapcase), WORDS)
        needle = data.draw(needles)
        folders = data.draw(st.none() | st.lists(FOLDERS, max_size=2).map(tuple))

        def matches(file: ExpectedFile) -> bool:
            return (
                has_text(file, needle, path_only=path_only)
                and (kind is None or file.kind == kind)
                and (folders is None or is_in(file, folders))
            )

        query = TextQuery(text=needle, path_only=path_only, kind=kind, folders=folders, size=size)
        assert text_ids(self.search, query) == self.model.newest(matches)
        if not path_only:
            folder = folders[0] if folders else None
            kinds = () if kind is None else (kind,)
            result_set = self.results.open(GridQuery(text=needle, folder=folder, kinds=kinds))
            expected = self.model.newest(
                lambda file: (
                    has_text(file, needle)
                    and (kind is None or file.kind == kind)
                    and (folder is None or is_in(file, [folder]))
                )
            )
            assert result_set.ids.tolist() == expected

    @rule(
        and_tags=st.lists(st.sampled_from(["cat", "dog", "like"]), max_size=2),
        or_tags=st.lists(st.sampled_from(["cat", "a_b", "best"]), max_size=2),
        not_tags=st.lists(st.sampled_from(["dog", "%", "like"]), max_size=1),
        combine=st.sampled_from(["union", "intersect"]),
        size=st.integers(1, 4),
    )
    def search_tags(self, and_tags, or_tags, not_tags, combine, size):
        def has_tag(file: ExpectedFile, name: str) -> bool:
            return ("pos", name) in file.tags or name in file.custom

        def matches(file: ExpectedFile) -> bool:
            all_of = all(has_tag(file, name) for name in and_tags)
            any_of = any(has_tag(file, name) for name in or_tags)
            if and_tags and or_tags:
                result = (all_of or any_of) if combine == "union" else (all_of and any_of)
            else:
                result = all_of if and_tags else any_of if or_tags else True
            return result and not any(has_tag(file, name) for name in not_tags)

        ids = {name: self.model.tag_id("custom" if name in ("like", "best") else "pos", name) for name in
               [*and_tags, *or_tags, *not_tags]}  # fmt: skip
        query = TagQuery(
            tuple(ids[name] for name in and_tags),
            tuple(ids[name] for name in or_tags),
            tuple(ids[name] for name in not_tags),
            combine=combine,
            size=size,
        )
        assert tag_ids(self.search, query) == self.model.newest(matches)
        shuffled = tag_ids(self.search, replace(query, random=True))
        assert sorted(shuffled) == sorted(self.model.newest(matches))

    @invariant()
    def every_count_is_correct(self):
        visible = [file for file in self.model.files.values() if not file.is_missing]
        expected_counts: dict[tuple[str, str], int] = {}
        for file in visible:
            for tag in [*file.tags, *(("custom", name) for name in file.custom)]:
                expected_counts[tag] = expected_counts.get(tag, 0) + 1
        with self.model.store.read() as unit:
            counted = {(tag.kind, tag.name): tag.count for tag in unit.tags.list_all() if tag.count}
            custom = {("custom", tag.name): tag.count for tag in unit.tags.list_custom() if tag.count}
            assert unit.media.count() == len(visible)
            roots = unit.folders.list_children(None, ["/lib"])
            below = {node.path: (node.count, node.total) for node in unit.folders.list_children("/lib", [])}
        assert counted == expected_counts
        assert custom == {tag: count for tag, count in expected_counts.items() if tag[0] == "custom"}
        assert roots[0].total == len(visible)
        for path, counts in below.items():
            inside = sum(file.folder == path for file in visible)
            assert counts == (inside, sum(is_in(file, [path]) for file in visible))


LibraryStates.TestCase.settings = settings(max_examples=25, stateful_step_count=14, deadline=None)
TestLibraryStates = LibraryStates.TestCase
