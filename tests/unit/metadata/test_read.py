"""Files are read by the whole pipeline: order of dialects, sidecars, and the reparsing of stored entries."""

from __future__ import annotations

import json
from pathlib import Path

from support import metadata_files as make
from support.pictures import comfy_graph, infotext

from iib.errors import MetadataError
from iib.metadata.browser_entries import list_entries
from iib.metadata.describe import describe_file
from iib.metadata.protocol import ContainerMetadata, Context, DialectResult, Entry
from iib.metadata.read import MAX_RAW_CHARACTERS, interpret, reparse_entries
from iib.metadata.registry import Registry, builtin_carriers, default_registry
from iib.model.geninfo import GenerationInfo
from iib.model.payload import pack_geninfo, unpack_geninfo


class Fixed:
    """A dialect that always returns the same result or raises the same error."""

    keys: frozenset[str] | None = None

    def __init__(self, name: str, score: int, info: GenerationInfo | None, error: Exception | None = None) -> None:
        self.name = name
        self._score = score
        self._info = info
        self._error = error

    def read(self, _context: Context) -> DialectResult | None:
        """Return the result, or raise the error."""
        if self._error is not None:
            raise self._error
        return DialectResult(self._score, self._info) if self._info is not None else None


def with_dialects(*dialects: Fixed) -> Registry:
    """A registry of the built-in carriers and only these dialects."""
    return Registry(builtin_carriers(), dialects)


FILE = make.png_file(make.text("words", "x"))


def test_the_highest_score_wins_and_the_others_fill_its_gaps(tmp_path: Path) -> None:
    low = Fixed("low", 40, GenerationInfo(tool="Low", prompt="low", seed=1, parameters={"a": "1", "b": "1"}))
    high = Fixed("high", 90, GenerationInfo(tool="High", prompt="high", parameters={"a": "2"}))

    info = make.parse(tmp_path / "a.png", FILE, with_dialects(low, high)).geninfo

    assert (info.tool, info.prompt, info.seed, info.parameters) == ("High", "high", 1, {"a": "2", "b": "1"})


def test_a_dialect_with_keys_is_called_only_for_files_with_one_of_them(tmp_path: Path) -> None:
    mine = Fixed("mine", 90, GenerationInfo(tool="Mine", prompt="mine"))
    mine.keys = frozenset(("words", "other"))
    registry = with_dialects(mine)

    named = make.parse(tmp_path / "a.png", make.png_file(make.text("Words", "x")), registry).geninfo
    unnamed = make.parse(tmp_path / "b.png", make.png_file(make.text("things", "x")), registry).geninfo

    assert (named.tool, unnamed.tool) == ("Mine", None)


def test_a_guess_only_adds_parameters_to_a_better_result(tmp_path: Path) -> None:
    guess = Fixed("guess", 30, GenerationInfo(prompt="guess", seed=1, is_generated=True, parameters={"a": "1"}))
    sure = Fixed("sure", 70, GenerationInfo(tool="Sure", prompt="sure"))

    info = make.parse(tmp_path / "a.png", FILE, with_dialects(guess, sure)).geninfo

    assert (info.prompt, info.seed, info.is_generated, info.parameters) == ("sure", None, True, {"a": "1"})


def test_among_equal_scores_the_more_complete_result_wins(tmp_path: Path) -> None:
    poor = Fixed("poor", 50, GenerationInfo(tool="Poor", prompt="x"))
    rich = Fixed("rich", 50, GenerationInfo(tool="Rich", prompt="x", seed=1, steps=2))

    assert make.parse(tmp_path / "a.png", FILE, with_dialects(poor, rich)).geninfo.tool == "Rich"


def test_a_failing_dialect_becomes_a_note_and_the_others_still_count(tmp_path: Path) -> None:
    registry = with_dialects(
        Fixed("broken", 0, None, MetadataError("a graph is there but damaged")),
        Fixed("faulty", 0, None, KeyError("x")),
        Fixed("good", 50, GenerationInfo(tool="Good")),
    )

    info = make.parse(tmp_path / "a.png", FILE, registry).geninfo

    assert info.tool == "Good"
    assert info.notes == ("broken: a graph is there but damaged", "faulty: KeyError")


def test_sidecars_are_read_only_if_the_file_has_no_metadata(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(infotext("beside", seed=2))
    own = make.png_file(make.text("parameters", infotext("inside", seed=1)))

    assert make.parse(tmp_path / "a.png", own).geninfo.prompt == "inside"
    assert make.parse(tmp_path / "a.png", make.png_file(make.text("Software", "x"))).geninfo.prompt == "beside"


def test_the_sidecar_replaces_the_last_extension(tmp_path: Path) -> None:
    (tmp_path / "a.b.txt").write_text("of a.b")

    assert make.parse(tmp_path / "a.b.png", make.png_file()).geninfo.prompt == "of a.b"
    assert make.parse(tmp_path / "a.png", make.png_file()).geninfo.prompt is None


def test_sidecars_of_windows_editors_and_broken_ones(tmp_path: Path) -> None:
    for name, data, expected in (
        ("a", "\ufeffune été".encode(), "une été"),
        ("b", "une été".encode("utf-16"), "une été"),
        ("c", b"caf\xe9", "caf\ufffd"),
        ("d", b" \r\n", None),
        ("e", b"x" * (1024 * 1024 + 1), None),
    ):
        (tmp_path / f"{name}.txt").write_bytes(data)

        assert make.parse(tmp_path / f"{name}.png", make.png_file()).geninfo.prompt == expected


def test_sidecars_of_audio_files_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("piano, slow")

    assert make.parse(tmp_path / "a.mp3", b"\xff\xfb\x90\x00" + b"\0" * 200).geninfo.prompt == "piano, slow"


def test_a_missing_file_is_a_problem_and_not_an_exception(tmp_path: Path) -> None:
    from iib.metadata.read import parse_media
    from iib.model.media import FileStamp

    parsed = parse_media(str(tmp_path / "no.png"), "no.png", FileStamp(5, 0, 0, 0), default_registry())

    assert parsed.problem is not None


def test_stored_entries_are_reparsed_without_the_file(tmp_path: Path) -> None:
    data = make.png_file(make.text("prompt", comfy_graph("a cat", "dog", seed=4)) + make.text("note", "x"))
    parsed = make.parse(tmp_path / "a.png", data)
    stored = unpack_geninfo(pack_geninfo(parsed.geninfo))
    (tmp_path / "a.png").unlink()

    again = reparse_entries(stored.raw, default_registry(), file_name="a.png", width_px=8, height_px=8)

    assert again == parsed.geninfo
    assert stored == parsed.geninfo


def test_unknown_fields_of_a_payload_are_ignored() -> None:
    import zlib

    packed = zlib.compress(b'{"tool": "X", "prompt": "a cat", "unknown": 1, "extra_tags": [["AI", "yes"]]}')

    info = unpack_geninfo(packed)

    assert (info.tool, info.prompt, info.extra_tags) == ("X", "a cat", (("AI", "yes"),))


def test_empty_generation_info_has_no_payload() -> None:
    assert pack_geninfo(GenerationInfo()) is None
    assert unpack_geninfo(None) == GenerationInfo()


def test_the_description_of_a_file_is_json_with_exact_seeds(tmp_path: Path) -> None:
    parsed = make.parse(tmp_path / "a.png", make.png_file(make.text("parameters", infotext("a cat", seed=2**64 - 1))))

    answer = json.loads(json.dumps(describe_file("x/a.png", parsed, with_raw=True)))

    assert (answer["path"], answer["seed"], answer["seed_text"]) == ("x/a.png", 2**64 - 1, str(2**64 - 1))
    assert (answer["image_width"], answer["entries"][0]["key"]) == (8, "parameters")
    assert answer["raw"][0]["text"].startswith("a cat")


def test_the_metadata_browser_lists_exif_by_number_and_other_entries_by_key(tmp_path: Path) -> None:
    block = make.tiff(
        [(make.MAKE, make.ASCII, b"Canon\0"), (make.ORIENTATION, make.SHORT, b"\1\0")],
        [(make.USER_COMMENT, make.UNDEFINED, b"UNICODE\0" + "a cat".encode("utf-16-be"))],
    )
    path = tmp_path / "a.png"
    parsed = make.parse(
        path, make.png_file(make.text("workflow", "{}") + make.text("exif", "hidden") + make.chunk(b"eXIf", block))
    )

    listed = list_entries(str(path), parsed.geninfo.raw)

    assert listed == {"271": "Canon", "274": "1", "37510": "a cat", "workflow": "{}"}


def test_text_beyond_the_limit_is_cut_and_noted() -> None:
    metadata = ContainerMetadata("png", (Entry("png:tEXt", "note", "x" * (MAX_RAW_CHARACTERS + 5)),), 8, 8)

    geninfo = interpret(metadata, default_registry(), "a.png")

    assert [len(entry.text) for entry in geninfo.raw] == [MAX_RAW_CHARACTERS]
    assert "only the first 4,000,000 characters" in geninfo.notes[-1]
