"""Plug-ins of every kind are loaded, isolated and used; the examples of the manual run as printed."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import metadata_files as make
from support.services import by_name, make_services, make_settings, tags_of, update

from iib.errors import MetadataError
from iib.metadata import ContainerMetadata, Context, DialectResult, Registry, protocol
from iib.model.geninfo import GenerationInfo
from iib.plugins.guards import GuardedCarrier, GuardedDialect
from iib.plugins.loader import Readers, load_readers
from iib.plugins.status import MAX_FAILURES, PluginState, PluginStatus
from iib.plugins.time_limit import PluginTimeout, TimeLimit

MANUAL = Path(__file__).resolve().parents[3] / "docs" / "howto" / "plugins.md"
EXAMPLE = re.compile(r"```python (plugins/(\w+)/main\.py)\n(.*?)```", re.DOTALL)


@pytest.fixture(autouse=True)
def forget_modules() -> Iterator[None]:
    """Remove the modules that plug-ins have imported."""
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if name.split(".")[0] in ("plugins", "scripts"):
            del sys.modules[name]


def install_example(home: Path, name: str) -> None:
    """Save an example of the manual at the place that the manual names."""
    examples = {match[2]: (match[1], match[3]) for match in EXAMPLE.finditer(MANUAL.read_text(encoding="utf-8"))}
    path, code = examples[name]
    install(home, name, code)
    assert (home / path).is_file()


def install(home: Path, name: str, code: str) -> None:
    """Write a plug-in folder with this code."""
    folder = home / "plugins" / name
    folder.mkdir(parents=True)
    (folder / "main.py").write_text(code, encoding="utf-8")


def load(home: Path) -> Readers:
    """Load the plug-ins as the program does at start."""
    return load_readers(make_settings(home))


def status_of(readers: Readers, name: str) -> PluginStatus:
    """The status of the plug-in with this name."""
    return next(status for status in readers.plugins if status.name == name)


PAINTBOX = make.png_file(make.text("paintbox", "prompt = a cat\nmodel = brushes\nseed = 5\nbrush = wide"))


def test_the_dialect_of_the_manual(tmp_path: Path) -> None:
    install_example(tmp_path, "paintbox")

    parsed = make.parse(tmp_path / "a.png", PAINTBOX, load(tmp_path).registry)

    assert (parsed.geninfo.tool, parsed.geninfo.prompt, parsed.geninfo.seed) == ("Paintbox", "a cat", 5)
    assert ("Brush", "wide") in parsed.tags
    assert ("Source Identifier", "Paintbox") in parsed.tags


def test_the_carrier_of_the_manual(tmp_path: Path) -> None:
    install_example(tmp_path, "notebook")
    registry = load(tmp_path).registry
    text = b"a cat\nSteps: 20, Sampler: Euler, Seed: 3"

    good = make.parse(tmp_path / "a.png", b"NOTEBOOK" + len(text).to_bytes(4, "big") + text, registry)
    liar = make.parse(tmp_path / "b.png", b"NOTEBOOK\xff\xff\xff\xff", registry)

    assert good.geninfo.seed == 3
    assert liar.problem == "the text is longer than the file"


def test_the_class_main_of_the_manual(tmp_path: Path) -> None:
    install_example(tmp_path, "stickers")
    registry = load(tmp_path).registry

    sticker = make.parse(tmp_path / "sticker 1.png", make.png_file(), registry)
    other = make.parse(tmp_path / "a.png", make.png_file(), registry)

    assert (sticker.geninfo.tool, sticker.geninfo.prompt) == ("Stickers", "a sticker, paper")
    assert {("Artist", "unknown"), ("pos", "paper"), ("Source Identifier", "Stickers")} <= set(sticker.tags)
    assert other.geninfo.is_empty


def test_a_class_main_may_return_an_iterator_and_import_modules_of_its_folder(tmp_path: Path) -> None:
    install(
        tmp_path,
        "pixiv",
        "from plugins.pixiv.words import WORDS\n"
        "from scripts.iib.parsers.model import ImageGenerationInfo, ImageGenerationParams\n"
        "class Main:\n"
        "    name = source_identifier = 'Pixiv'\n"
        "    extra_convert_to_tag_meta_keys = ['Artist']\n"
        "    def test(self, img, file_path): return img.size == (8, 8)\n"
        "    def parse(self, img, file_path):\n"
        "        params = ImageGenerationParams({'Artist': 'x'}, [], {'lora': [{'name': 'l', 'value': 0.5}]})\n"
        "        params.pos_prompt = map(str.upper, WORDS)\n"
        "        return ImageGenerationInfo('', params)\n",
    )
    (tmp_path / "plugins" / "pixiv" / "words.py").write_text("WORDS = ['a', 'b']")

    parsed = make.parse(tmp_path / "a.png", make.png_file(), load(tmp_path).registry)

    assert [tag.name for tag in parsed.tags if tag.kind == "pos"] == ["a", "b"]
    assert ("lora", "l") in parsed.tags
    assert "Artist" not in {tag.kind for tag in parsed.tags}  # the source identifier is not that of the plug-in


@pytest.mark.parametrize(
    ("code", "detail"),
    [
        ("import nothing_of_that_name", "ModuleNotFoundError"),
        ("def broken(:", "SyntaxError"),
        ("raise SystemExit(3)", "SystemExit"),
        ("from iib.plugins import hookimpl\n@hookimpl\ndef register_dialect(): return 1 / 0", "ZeroDivisionError"),
        ("from iib.plugins import hookimpl\n@hookimpl\ndef register_nonsense(): pass", "PluginValidationError"),
        ("class Main:\n    def __init__(self, needed): pass", "TypeError"),
    ],
)
def test_a_plug_in_that_cannot_be_loaded_has_a_status_and_the_others_work(
    tmp_path: Path, code: str, detail: str
) -> None:
    install(tmp_path, "bad", code)
    install_example(tmp_path, "paintbox")

    readers = load(tmp_path)

    assert status_of(readers, "bad").state is PluginState.FAILED
    assert detail in status_of(readers, "bad").detail
    assert status_of(readers, "paintbox").is_enabled
    assert make.parse(tmp_path / "a.png", PAINTBOX, readers.registry).geninfo.tool == "Paintbox"


def test_the_earlier_names_of_the_protocol_are_still_importable(tmp_path: Path) -> None:
    install(
        tmp_path,
        "earlier",
        "from iib.metadata.protocol import Carried, Context, Entry, Reading\n"
        "from iib.model.geninfo import GenerationInfo\n"
        "from iib.plugins import hookimpl\n"
        "class Carrier:\n"
        "    name = 'earlier'\n"
        "    def accepts(self, head): return head.startswith(b'EARLIER')\n"
        "    def read(self, stream, size_bytes): return Carried('earlier', (Entry('earlier', 'words', 'a cat'),))\n"
        "class Dialect:\n"
        "    name = 'earlier'\n"
        "    def read(self, context: Context) -> Reading | None:\n"
        "        entry = context.find('words')\n"
        "        return Reading(100, GenerationInfo(tool='Earlier', prompt=entry.text)) if entry else None\n"
        "@hookimpl\n"
        "def register_carrier(): return Carrier()\n"
        "@hookimpl\n"
        "def register_dialect(): return Dialect()\n",
    )

    geninfo = make.parse(tmp_path / "a.png", b"EARLIER", load(tmp_path).registry).geninfo

    assert (geninfo.tool, geninfo.prompt) == ("Earlier", "a cat")
    assert (protocol.Carried, protocol.Reading) == (protocol.ContainerMetadata, protocol.DialectResult)


def test_a_parse_worker_builds_the_same_registry(tmp_path: Path) -> None:
    install_example(tmp_path, "paintbox")

    registry = load(tmp_path).registry.recipe.build()

    assert make.parse(tmp_path / "a.png", PAINTBOX, registry).geninfo.tool == "Paintbox"


def test_the_index_uses_plug_ins_in_its_workers(tmp_path: Path) -> None:
    home, library = tmp_path / "home", tmp_path / "library"
    home.mkdir()
    library.mkdir()
    install_example(home, "paintbox")
    for number in range(60):  # more than are read without a worker
        (library / f"{number}.png").write_bytes(PAINTBOX)
    services = make_services(home, [library])
    try:
        update(services)

        assert ("Brush", "wide") in tags_of(services, by_name(services)["7.png"])
    finally:
        services.close()


class Scripted:
    """A carrier and dialect that raises the errors of a script, one per call."""

    name = "scripted"

    def __init__(self, *errors: Exception | None) -> None:
        self.errors = list(errors)
        self.calls = 0

    def accepts(self, _head: bytes) -> bool:
        """Accept every file."""
        return True

    def read(self, *_arguments: object) -> object:
        """Raise the next error of the script, or return a result if there is none."""
        self.calls += 1
        error = self.errors.pop(0) if self.errors else None
        if error is not None:
            raise error
        return DialectResult(50, GenerationInfo(tool="Scripted"))


CONTEXT = Context((), "a.png", "png", 1, 1)


def test_errors_in_a_row_disable_a_plug_in_and_single_ones_do_not() -> None:
    plugin = Scripted(*[ValueError("x")] * (MAX_FAILURES - 1), None, *[ValueError("y")] * MAX_FAILURES)
    status = PluginStatus("scripted", "test")
    dialect = GuardedDialect(plugin, status, TimeLimit(5))  # type: ignore[arg-type]

    answers = [dialect.read(CONTEXT) is not None for _ in range(2 * MAX_FAILURES + 5)]

    assert answers.index(True) == MAX_FAILURES - 1
    assert answers.count(True) == 1
    assert (status.state, status.failures) == (PluginState.FAILED, 2 * MAX_FAILURES - 1)
    assert plugin.calls == 2 * MAX_FAILURES


def test_an_error_about_the_file_does_not_count_against_the_plug_in() -> None:
    status = PluginStatus("scripted", "test")
    dialect = GuardedDialect(Scripted(MetadataError("damaged")), status, TimeLimit(5))  # type: ignore[arg-type]

    with pytest.raises(MetadataError):
        dialect.read(CONTEXT)

    assert (status.failures, status.is_enabled) == (0, True)


def test_a_plug_in_that_never_returns_is_disabled() -> None:
    from threading import Event

    never = Event()

    class Hanging(Scripted):
        def read(self, *_arguments: object) -> object:
            never.wait(30)
            return None

    status = PluginStatus("hanging", "test")
    dialect = GuardedDialect(Hanging(), status, TimeLimit(0.05))  # type: ignore[arg-type]
    try:
        assert dialect.read(CONTEXT) is None
        assert status.state is PluginState.SLOW
        assert dialect.read(CONTEXT) is None
    finally:
        never.set()


def test_calls_work_after_a_time_out() -> None:
    from threading import Event

    never = Event()
    limit = TimeLimit(0.05)
    with pytest.raises(PluginTimeout):
        limit.call(lambda: never.wait(30))
    never.set()

    assert TimeLimit(5).call(lambda: 3) == 3
    assert limit.call(lambda: 4) == 4


def test_a_carrier_with_a_result_of_the_wrong_type_is_an_error_about_the_file() -> None:
    status = PluginStatus("scripted", "test")
    carrier = GuardedCarrier(Scripted(), status, TimeLimit(5))  # type: ignore[arg-type]

    with pytest.raises(MetadataError):
        carrier.read(None, 0)  # type: ignore[arg-type]

    assert not isinstance(ContainerMetadata("x"), Registry)
