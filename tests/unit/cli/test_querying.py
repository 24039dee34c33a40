"""Tests for `iib search --query`, `--format` and `iib stats`."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from support.library import Library
from support.process import run_iib


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    library = Library(tmp_path_factory.mktemp("querying") / "library")
    library.add("a.png", "a red cat", model="sdxl", seed=1)
    library.add("b.png", "a blue dog <lora:ink:0.5>", model="flux", seed=2)
    place = library.root.parent / "home"
    assert run_iib("index", str(library.root), home=place).returncode == 0
    return place


def test_the_search_language_on_the_command_line(home: Path) -> None:
    found = run_iib("search", "--query", "model:sdxl -dog", home=home)
    wrong = run_iib("search", "--query", "kind:vidoes", home=home)

    assert [Path(line).name for line in found.stdout.splitlines()] == ["a.png"]
    assert (wrong.returncode, wrong.stdout) == (1, "")
    assert "did you mean 'video'" in wrong.stderr


def test_rows_with_all_parameters(home: Path, tmp_path: Path) -> None:
    lines = run_iib("search", "", "--format", "jsonl", home=home).stdout.splitlines()
    target = tmp_path / "out.csv"
    written = run_iib("search", "dog", "--format", "csv", "--output", str(target), home=home)

    assert [(row["name"], row["seed"], row["loras"]) for row in map(json.loads, lines)] == [
        ("b.png", "2", ["ink"]),
        ("a.png", "1", []),
    ]
    assert "1 files written" in written.stderr
    rows = list(csv.DictReader(io.StringIO(target.read_text(encoding="utf-8-sig"))))
    assert [row["model"] for row in rows] == ["flux"]


def test_statistics_are_lines(home: Path) -> None:
    whole = run_iib("stats", home=home).stdout
    split = run_iib("stats", "cat", "--by", "model", "--per", "year", home=home).stdout

    assert whole.startswith("2 files\n")
    assert "        1  flux" in whole
    assert split.startswith("1 files\n")
    assert split.endswith("by model\n          1  sdxl\n")
