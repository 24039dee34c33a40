"""Tests for the files that may be committed."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
LOCKS = (ROOT / "requirements" / "base.txt", ROOT / "requirements" / "dev.txt", ROOT / "web" / "package-lock.json")
ADDRESS = re.compile(r"https?://(?!opencollective\.com|github\.com|tidelift\.com|www\.patreon\.com|paypal\.me)[^\s\"]+")
OPTION = re.compile(r"--(extra-)?index-url|--find-links|--trusted-host")
MACHINE_PATH = re.compile(r"(^|[\s\"'])(file:|/(home|root|opt|work|tmp|Users)/)", re.MULTILINE)


def test_lock_files_contain_no_package_host_and_no_machine_path() -> None:
    for lock in LOCKS:
        text = "\n".join(line for line in lock.read_text(encoding="utf-8").splitlines() if '"url":' not in line)

        assert ADDRESS.findall(text) == [], lock
        assert OPTION.search(text) is None, lock
        assert MACHINE_PATH.search(text) is None, lock


def test_every_locked_python_package_has_a_hash() -> None:
    for lock in LOCKS[:2]:
        entries = re.findall(
            r"^[a-z0-9].*?(?=^[a-z0-9#]|\Z)", lock.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
        )

        assert entries
        assert [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry] == []
