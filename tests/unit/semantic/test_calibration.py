"""Tests for the public scale of similarity."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from iib.semantic.embedding.calibration import MIN_GAP, Calibration, calibrate
from iib.semantic.embedding.calibration_pairs import PAIRS
from iib.semantic.embedding.local.features import words_of
from iib.semantic.embedding.local.lsa import unit_rows
from iib.semantic.embedding.registry import DEFAULT_REMOTE, calibrate_on_pairs

cosines = st.floats(-1, 1)
calibrations = st.builds(
    calibrate, st.lists(cosines, max_size=9), st.lists(cosines, max_size=9), st.just(Calibration(0.1, 0.6))
)


@given(calibrations, cosines, cosines)
def test_the_scale_keeps_the_order_of_cosines(scale: Calibration, one: float, two: float) -> None:
    low, high = scale.public(np.asarray(sorted((one, two)), dtype=np.float32))

    assert 0 <= low <= high <= 1


@given(calibrations, st.floats(0.001, 1), st.floats(0.001, 1))
def test_a_higher_public_threshold_is_a_higher_cosine(scale: Calibration, one: float, two: float) -> None:
    low, high = sorted((one, two))

    assert scale.raw(low) <= scale.raw(high)


@given(calibrations, st.floats(0.01, 1))
def test_there_and_back_is_the_same(scale: Calibration, public: float) -> None:
    raw = np.asarray([scale.raw(public)], dtype=np.float32)

    assert scale.public(raw)[0] == pytest.approx(public, abs=1e-3)


@given(calibrations)
def test_grades_are_kept_apart(scale: Calibration) -> None:
    assert scale.related - scale.unrelated >= MIN_GAP - 1e-3


def test_two_models_with_different_cosines_agree_on_the_public_scale() -> None:
    reserved = calibrate([0.05] * 9, [0.5] * 9, Calibration(0.1, 0.6), prior_pairs=0)  # small cosines
    generous = calibrate([0.70] * 9, [0.88] * 9, Calibration(0.1, 0.6), prior_pairs=0)  # everything is near everything

    for scale, unrelated, related in ((reserved, 0.05, 0.5), (generous, 0.70, 0.88)):
        values = scale.public(np.asarray([unrelated, (unrelated + related) / 2, related, 1.0], dtype=np.float32))
        assert values == pytest.approx([0.5, 0.9, 0.95, 1.0], abs=0.01)


def test_a_threshold_of_zero_admits_every_cosine() -> None:
    assert Calibration(0.1, 0.6).raw(0.0) < -1


def test_few_pairs_change_the_default_scale_only_slightly() -> None:
    assert calibrate([0.9], [0.95], Calibration(0.1, 0.6)).unrelated < 0.2


def test_the_halves_of_a_pair_have_no_word_in_common_and_no_pair_comes_twice() -> None:
    shared = {left: set(words_of(left)) & set(words_of(right)) for left, right in PAIRS}

    assert [left for left, words in shared.items() if words] == []
    assert len({text for pair in PAIRS for text in pair}) == 2 * len(PAIRS)


def test_a_remote_model_is_calibrated_on_its_own_vectors() -> None:
    random = np.random.default_rng(1)
    subjects = random.standard_normal((len(PAIRS), 64))
    vectors = np.repeat(subjects, 2, axis=0) + 0.7 * random.standard_normal((2 * len(PAIRS), 64))

    found = calibrate_on_pairs(unit_rows(vectors.astype(np.float32)))

    assert found.unrelated < 0.2
    assert found.related > DEFAULT_REMOTE.related


def test_a_model_that_separates_nothing_gets_the_default_calibration() -> None:
    vectors = unit_rows(np.random.default_rng(1).standard_normal((2 * len(PAIRS), 64)).astype(np.float32))

    assert calibrate_on_pairs(vectors) == DEFAULT_REMOTE
