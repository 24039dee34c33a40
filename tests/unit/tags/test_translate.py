"""Tests for the translation file of tags."""

from __future__ import annotations

import os
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from iib.tags.translations import FILE_NAME, Translations, parse_translations


def test_a_malformed_line_does_not_disable_the_rest():
    text = 'cat,Katze\n"dog,Hund\nonly\n,nothing\nempty,\n"a, b","x, y"\n bird , Vogel \n'

    assert parse_translations(text) == {"cat": "Katze", "a, b": "x, y", "bird": "Vogel"}


@given(st.text())
def test_any_text_is_read(text: str):
    found = parse_translations(text)

    assert all(name.strip() and shown.strip() for name, shown in found.items())


def test_a_changed_file_is_read_again_and_a_missing_one_is_none(tmp_path: Path):
    names = Translations(tmp_path)
    assert names.get("cat") is None
    place = tmp_path / FILE_NAME
    place.write_text("cat,Katze", encoding="utf-8")
    assert names.get("cat") == "Katze"
    place.write_bytes("cat,猫\n".encode() + b"dog,\xff\n")
    os.utime(place, ns=(1, 1))

    assert names.names() == {"cat": "猫", "dog": "\ufffd"}
    place.unlink()
    assert names.names() == {}
