"""Fixtures that read a file through the whole metadata reader."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import metadata_files as make

from iib.model.geninfo import GenerationInfo


@pytest.fixture
def read(tmp_path: Path):
    """A function that reads PNG texts into generation information."""

    def through_file(texts: dict[str, str]) -> GenerationInfo:
        chunks = b"".join(make.itext(key, value) for key, value in texts.items())
        return make.parse(tmp_path / "a.png", make.png_file(chunks)).geninfo

    return through_file
