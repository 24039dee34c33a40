"""Tests that cached and uncached answers about input names are the same."""

from __future__ import annotations

import pytest

from iib.metadata.dialects.comfyui.input_names import LONGEST, names_like


@pytest.mark.parametrize(("name", "fits"), [("model", True), ("Model_2", True), ("my_model", False), ("", False)])
def test_the_same_name_gets_the_same_answer(name: str, fits: bool) -> None:
    question = names_like(r"^model")

    assert [question(name) for _ in range(3)] == [fits] * 3


def test_long_names_are_answered_too() -> None:
    question = names_like(r"end$")

    assert question("x" * LONGEST * 1000 + "END")
    assert not question("x" * LONGEST * 1000)
