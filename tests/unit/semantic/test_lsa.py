"""Tests for the built-in embedding model."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from iib.semantic.embedding.local.features import rows_of, words_of
from iib.semantic.embedding.local.local_model import calibrate_on_texts
from iib.semantic.embedding.local.lsa import DIMENSIONS, Lsa, LsaEmbedder, fit

CATS = [f"tabby cat, sleeping kitten, whiskers, {thing}" for thing in ("sofa", "window", "garden", "box", "yarn ball")]
CARS = [f"red sports car, racing, alloy wheels, {thing}" for thing in ("desert", "city", "track", "garage", "bridge")]
TEXTS = sorted(CATS + CARS)


def cosine(embedder: LsaEmbedder, left: str, right: str) -> float:
    one, two = embedder.embed([left, right])
    return float(one @ two)


def test_texts_about_the_same_thing_are_nearer_than_others() -> None:
    embedder = LsaEmbedder(fit(TEXTS))

    assert cosine(embedder, CATS[0], CATS[1]) > 0.4
    assert cosine(embedder, CATS[0], CARS[0]) < 0.2


def test_vectors_have_unit_length_and_an_empty_text_is_near_to_nothing() -> None:
    vectors = LsaEmbedder(fit(TEXTS)).embed([*TEXTS, ""])

    assert np.allclose(np.linalg.norm(vectors[:-1], axis=1), 1, atol=1e-5)
    assert not vectors[-1].any()


def test_an_unknown_word_is_known_by_its_pieces() -> None:
    embedder = LsaEmbedder(fit(TEXTS))

    assert cosine(embedder, "kittens", CATS[0]) > cosine(embedder, "kittens", CARS[0])


def test_a_model_is_the_same_after_it_was_stored() -> None:
    model = fit(TEXTS)
    once = Lsa.load(model.dump())

    again = Lsa.load(once.dump())

    assert once.words == model.words
    assert np.array_equal(once.word_vectors, again.word_vectors)
    assert np.allclose(LsaEmbedder(once).embed(TEXTS), LsaEmbedder(model).embed(TEXTS), atol=5e-3)


def test_fitting_twice_gives_the_same_model() -> None:
    assert np.array_equal(fit(TEXTS).word_vectors, fit(list(TEXTS)).word_vectors)


def test_threads_that_share_an_embedder_get_the_vectors_of_one() -> None:
    model = fit(TEXTS)
    alone = LsaEmbedder(model).embed(TEXTS)
    shared = LsaEmbedder(model)

    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _number: shared.embed(TEXTS), range(64)))

    assert all(np.array_equal(vectors, alone) for vectors in found)


def test_one_text_and_none_can_be_fitted() -> None:
    assert LsaEmbedder(fit(["a cat"])).embed(["a cat"]).shape[0] == 1
    assert LsaEmbedder(fit([])).embed(["a cat"]).shape[0] == 1


def test_there_are_never_more_dimensions_than_asked_for() -> None:
    texts = [f"word{number} other{number % 37} third{number % 11}" for number in range(400)]

    assert fit(texts).dimensions <= DIMENSIONS


def test_the_scale_is_measured_on_the_library() -> None:
    texts = [f"{subject}, thing{number % 9}, place{number % 7}, {subject} detail{number % 5}"
             for number in range(300) for subject in ("cat", "car", "castle")]  # fmt: skip
    texts = sorted(set(texts))

    scale = calibrate_on_texts(fit(texts), texts)

    assert -0.2 < scale.unrelated < scale.related < 1


def test_scripts_without_blanks_give_pairs_of_characters() -> None:
    assert words_of("森林小屋 cat") == ["森林", "林小", "小屋", "cat"]


@settings(max_examples=40)
@given(st.lists(st.lists(st.tuples(st.integers(0, 6), st.floats(-2, 2, width=32)), max_size=5), max_size=12))
def test_the_sparse_product_is_the_dense_one(lists: list[list[tuple[int, float]]]) -> None:
    rows = rows_of((([c for c, _v in row], [v for _c, v in row]) for row in lists), 7)
    dense = np.zeros((len(lists), 7), dtype=np.float32)
    for number, row in enumerate(lists):
        for column, value in row:
            dense[number, column] += value
    matrix = np.random.default_rng(1).standard_normal((7, 3)).astype(np.float32)
    other = np.random.default_rng(2).standard_normal((len(lists), 3)).astype(np.float32)

    assert np.allclose(rows.times(matrix), dense @ matrix, atol=1e-4)
    assert np.allclose(rows.transposed().times(other), dense.T @ other, atol=1e-4)


@given(st.text(max_size=80))
def test_any_text_has_words_and_a_vector(text: str) -> None:
    vector = LsaEmbedder(MODEL).embed([text])[0]

    assert np.isfinite(vector).all()


MODEL = fit(TEXTS)
