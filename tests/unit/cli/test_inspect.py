"""Tests for `iib inspect`, with output for people and for programs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from support import metadata_files as make
from support.pictures import infotext


def run(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run the command in a separate process."""
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-c", "from iib.cli.main import main; main()", "inspect", *map(str, arguments)]
    return subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, encoding="utf-8", env=environment, check=False
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two pictures, one deeper, and a file that is no media."""
    (tmp_path / "deep").mkdir()
    text = infotext("a cat, 猫", "dog", model="sdxl", seed=2**63 + 5)
    (tmp_path / "b.png").write_bytes(make.png_file(make.itext("parameters", text)))
    (tmp_path / "deep" / "a.png").write_bytes(make.png_file())
    (tmp_path / "notes.md").write_text("words")
    return tmp_path


def test_folders_are_walked_and_every_line_is_an_object(folder: Path) -> None:
    done = run("--jsonl", folder, cwd=folder)

    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, done.stderr
    assert [line["path"] for line in lines] == [str(folder / "b.png"), str(folder / "deep" / "a.png")]
    first = lines[0]
    assert (first["tool"], first["prompt"], first["negative_prompt"]) == ("A1111", "a cat, 猫", "dog")
    assert (first["model"], first["seed"], first["width"], first["loras"]) == ("sdxl", 2**63 + 5, 8, [])
    assert {"sampler", "scheduler", "steps", "cfg", "height", "parameters", "notes", "text"} <= first.keys()
    assert lines[1]["prompt"] is None


def test_the_default_output_has_labelled_lines(folder: Path) -> None:
    done = run(folder / "b.png", "--raw", cwd=folder)

    assert done.returncode == 0, done.stderr
    assert f"seed         {2**63 + 5}" in done.stdout
    assert "negative     dog" in done.stdout
    assert "--- png:iTXt parameters" in done.stdout


def test_a_missing_file_is_reported_and_the_others_are_read(folder: Path) -> None:
    done = run("--jsonl", folder / "absent.png", folder / "b.png", cwd=folder)

    assert done.returncode == 1
    assert "absent.png" in done.stderr
    assert json.loads(done.stdout)["steps"] == 20


def test_a_named_file_may_have_any_extension(folder: Path) -> None:
    (folder / "b.png").replace(folder / "no extension")

    assert json.loads(run("--jsonl", folder / "no extension", cwd=folder).stdout)["steps"] == 20
