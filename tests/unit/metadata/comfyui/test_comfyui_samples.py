"""Tests with real ComfyUI files and their scoring tool, which are not part of the repository."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from types import ModuleType
from typing import Any

import pytest
from support.shared_files import SHARED, needs_shared

from iib.metadata.describe import describe_file
from iib.metadata.read import parse_media
from iib.metadata.registry import default_registry
from iib.model.media import FileStamp

EXPECTED = SHARED / "samples" / "expected.jsonl"
SCORER = SHARED / "tools" / "score_parsers.py"

pytestmark = needs_shared("samples/expected.jsonl", "tools/score_parsers.py")


@pytest.fixture(scope="module")
def scorer() -> ModuleType:
    spec = importlib.util.spec_from_file_location("score_parsers", SCORER)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["score_parsers"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def entries() -> list[dict[str, Any]]:
    listed = [json.loads(line) for line in EXPECTED.read_text(encoding="utf-8").splitlines()]
    selected = [entry for entry in listed if re.search("comfy", entry["format"])]
    present = [entry for entry in selected if (EXPECTED.parent / entry["path"]).is_file()]
    assert present
    return present


@pytest.fixture(scope="module")
def report(scorer: ModuleType, entries: list[dict[str, Any]]) -> Any:
    registry, report = default_registry(), scorer.Report()
    for entry in entries:
        path = EXPECTED.parent / entry["path"]
        parsed = parse_media(str(path), path.name, FileStamp(path.stat().st_size, 0, 0, 0), registry)
        scorer.score_entry(entry, describe_file(entry["path"], parsed), report)
    return report


def share(tallies: Any, name: str, of: str) -> float:
    items = list(tallies)
    total = sum(getattr(tally, of) for tally in items)
    return sum(getattr(tally, name) for tally in items) / total if total else 0.0


def test_nearly_all_values_are_correct(report: Any):
    assert share(report.by_field.values(), "strict", "scored") >= 0.98


def test_each_format_with_several_files_is_read_correctly(report: Any, entries: list[dict[str, Any]]):
    for kind, tallies in report.by_format.items():
        if sum(entry["format"] == kind for entry in entries) >= 3:
            assert share(tallies.values(), "strict", "scored") >= 0.95, kind


def test_hardly_any_value_is_spurious(report: Any):
    spurious = sum(tally.spurious for tally in report.by_field.values())

    assert spurious <= 0.01 * sum(tally.scored + tally.absent for tally in report.by_field.values())


CASES = SHARED / "cases" / "metadata" / "expected.jsonl"


@needs_shared("cases/metadata/expected.jsonl")
def test_cases_of_single_node_packs_are_read_correctly(scorer: ModuleType):
    registry, report = default_registry(), scorer.Report()
    for line in CASES.read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        path = CASES.parent / entry["path"]
        text_kinds = ("f29", "f23")  # the text of a saver decides, not the graph
        if entry["tool"] == "ComfyUI" and entry["format"] not in text_kinds and path.is_file():
            parsed = parse_media(str(path), path.name, FileStamp(path.stat().st_size, 0, 0, 0), registry)
            scorer.score_entry(entry, describe_file(entry["path"], parsed), report)

    assert report.by_field
    assert report.failures == []
