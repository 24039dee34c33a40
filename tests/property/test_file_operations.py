"""Property tests: applying and undoing any plan of file operations restores the tree byte for byte."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.operating import file_service, trusted
from support.trees import contents, tree

from iib.errors import IIBError
from iib.files.service import FileService
from iib.model.operation import ConflictPolicy, OperationKind
from iib.store import Store

FOLDERS = ["", "one", "one/deep", "zwei ü", "three.d", "one/deep/er 'x'"]
NAMES = [
    "a.png",
    "a.jpg",
    "a.txt",
    "a.json",
    "A.png",
    "b.b.png",
    "b.b.txt",
    "日本.webp",
    "日本.txt",
    "e\u0301.png",
    "note",
    ".h",
]
Files = dict[tuple[str, str], bytes]
Action = tuple[str, int, int, int]

files_of_a_tree: st.SearchStrategy[Files] = st.dictionaries(
    st.tuples(st.sampled_from(FOLDERS), st.sampled_from(NAMES)), st.binary(max_size=12), min_size=1, max_size=14
)
actions: st.SearchStrategy[list[Action]] = st.lists(
    st.tuples(
        st.sampled_from(["move", "copy", "delete", "rename", "flatten"]),
        st.integers(0, 99),
        st.integers(0, 99),
        st.integers(0, 2),
    ),
    min_size=1,
    max_size=5,
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = Store.open(tmp_path_factory.mktemp("store") / "iib.db")
    yield opened
    opened.close()


def act(files: FileService, root: Path, action: Action) -> int | None:
    """Do one operation on entries chosen by number; returns its id, None when nothing was begun."""
    kind, first, second, policy = action
    entries = sorted(path for path in root.rglob("*") if ".iib-trash" not in path.parts)
    folders = [root, *(path for path in entries if path.is_dir())]
    if not entries:
        return None
    chosen = trusted(*dict.fromkeys([entries[first % len(entries)], entries[second % len(entries)]]))
    folder = trusted(folders[second % len(folders)])[0]
    before = files.operations(1)
    try:
        if kind in ("move", "copy"):
            files.transfer(
                OperationKind(kind),
                chosen,
                folder,
                create=True,
                keeps_going=True,
                policy=list(ConflictPolicy)[policy],
            )
        elif kind == "delete":
            files.delete(chosen)
        elif kind == "rename":
            files.rename(chosen[0], NAMES[second % len(NAMES)])
        else:
            files.flatten(folder)
    except IIBError:
        pass  # a conflict: nothing may have happened
    after = files.operations(1)
    return after[0].id if after and after != before else None


@settings(max_examples=40)
@given(files_of_a_tree, actions)
@example(
    {("one", "a.png"): b"1", ("one", "a.jpg"): b"2", ("one", "a.txt"): b"3"},
    [("delete", 1, 2, 0), ("flatten", 0, 0, 0)],
)
def test_undoing_everything_gives_the_same_tree(store: Store, made: Files, todo: list[Action]) -> None:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name) / "root"
        for (folder, file), content in made.items():
            (root / folder).mkdir(parents=True, exist_ok=True)
            (root / folder / file).write_bytes(content)
        files = file_service(store, [root], Path(name))
        trees = [tree(root)]
        done: list[int] = []
        kept = contents(root)
        for action in todo:
            operation = act(files, root, action)
            if operation is not None:
                done.append(operation)
                trees.append(tree(root))
            else:
                assert tree(root) == trees[-1], "what was not begun changed nothing"
            assert not [item for item in kept if item not in contents(root)], "no content is ever lost"

        for operation in reversed(done):
            trees.pop()
            result = files.undo(operation)  # type: ignore[arg-type]
            assert result.problems == ()
            assert tree(root) == trees[-1]
