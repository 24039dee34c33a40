"""Tests for less frequent garbage collection: the thresholds are restored after the block."""

from __future__ import annotations

import gc

import pytest

from iib._lib.reduced_gc import OBJECTS, reduced_gc


def test_garbage_collection_is_rare_inside_the_block_only():
    before = gc.get_threshold()

    with reduced_gc():
        inside = gc.get_threshold()

    assert inside[0] >= OBJECTS
    assert gc.get_threshold() == before


def test_an_error_inside_restores_it_too():
    before = gc.get_threshold()

    with pytest.raises(RuntimeError), reduced_gc():
        raise RuntimeError

    assert gc.get_threshold() == before
