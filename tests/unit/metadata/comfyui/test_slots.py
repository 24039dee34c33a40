"""Tests for matchers of input names and their cache."""

from __future__ import annotations

import pytest

from iib.metadata.dialects.comfyui.slots import MAX_CACHED_LENGTH, MAX_CACHED_NAMES, name_matcher


@pytest.mark.parametrize(("name", "matches"), [("model", True), ("Model_2", True), ("my_model", False), ("", False)])
def test_a_repeated_name_has_the_same_result(name: str, matches: bool) -> None:
    is_model_name = name_matcher(r"^model")

    assert [is_model_name(name) for _ in range(3)] == [matches] * 3


def test_names_that_are_too_long_to_cache_are_matched() -> None:
    ends = name_matcher(r"end$")

    assert ends("x" * MAX_CACHED_LENGTH * 1000 + "END")
    assert not ends("x" * MAX_CACHED_LENGTH * 1000)


def test_results_are_the_same_after_more_names_than_are_cached() -> None:
    is_lora = name_matcher("lora")
    for number in range(MAX_CACHED_NAMES + 10):
        assert is_lora(f"LoRA_{number}")
        assert not is_lora(f"model_{number}")
    assert is_lora("LoRA_0")
    assert is_lora("x" * MAX_CACHED_LENGTH + "lora")
