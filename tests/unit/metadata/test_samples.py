"""Real files have their known values. The files are not part of the repository."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from support import metadata_files as make
from support.shared_files import SHARED, needs_shared

from iib.metadata.describe import describe_file

SAMPLES = SHARED / "samples"
SCORER = SHARED / "tools" / "score_parsers.py"
MIN_CORRECT = 98.0  # per cent of all values
MIN_CORRECT_BY_FORMAT = 95.0  # of every format with three files or more
MAX_SPURIOUS = 1.0  # per cent of the values that the files do not hold


@needs_shared("samples/expected.jsonl", "tools/score_parsers.py")
@pytest.mark.parametrize("name", ["expected.jsonl", "expected-synthetic.jsonl"])
def test_real_files_are_read_as_people_read_them(tmp_path: Path, name: str) -> None:
    expected = SAMPLES / name
    if not expected.is_file():
        pytest.skip(f"{name} is not among the sample files")
    entries = [json.loads(line) for line in expected.read_text(encoding="utf-8").splitlines() if line.strip()]
    results, report = tmp_path / "results.jsonl", tmp_path / "report.json"
    with results.open("w", encoding="utf-8") as out:
        for entry in entries:
            path = SAMPLES / entry["path"]
            if path.is_file():
                out.write(json.dumps(describe_file(entry["path"], make.parse(path))) + "\n")

    subprocess.run(
        [sys.executable, str(SCORER), "--expected", str(expected), "--jsonl", str(results), "--out", str(report)],
        check=True,
        capture_output=True,
    )

    scored = json.loads(report.read_text(encoding="utf-8"))
    fields = scored["by_field"].values()
    files = {kind: sum(entry["format"] == kind for entry in entries) for kind in scored["by_format"]}
    silent = {entry["path"] for entry in entries if entry["format"] != "none"} & set(scored["unanswered"])
    assert percent(fields) >= MIN_CORRECT
    assert 100 * sum(item["spurious"] for item in fields) <= MAX_SPURIOUS * sum(item["absent"] for item in fields)
    assert not silent
    for kind, by_field in scored["by_format"].items():
        if files[kind] >= 3 and kind != "none":
            assert percent(by_field.values()) >= MIN_CORRECT_BY_FORMAT, kind


def percent(tallies: object) -> float:
    """The share of strictly correct values among those in the files, per cent."""
    items = list(tallies)  # type: ignore[call-overload]
    return 100 * sum(item["strict"] for item in items) / max(1, sum(item["scored"] for item in items))
