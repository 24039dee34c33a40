"""Tests for titles and keywords that are made without a model."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from iib.semantic.clustering.keywords import MAX_KEYWORDS, TITLE_CHARS, describe, phrases_of, unique_title

CITY = [f"neon city, rain, cyberpunk, soft light, street {number}" for number in range(8)]
CATS = [f"tabby cat, sofa, whiskers, soft light, toy {number}" for number in range(8)]


def test_a_title_says_what_a_cluster_has_and_the_others_lack() -> None:
    city, cats = describe([CITY, CATS])

    assert set(city.title.split(", ")) == {"neon city", "cyberpunk", "rain"}
    assert "tabby cat" in cats.title
    assert "soft light" not in city.keywords[:3]


def test_no_keyword_repeats_a_word_of_another() -> None:
    for topic in describe([CITY, CATS]):
        words = [word for keyword in topic.keywords for word in keyword.split()]
        assert len(words) == len(set(words))
        assert len(topic.keywords) <= MAX_KEYWORDS


def test_clusters_of_the_same_prompts_have_different_titles() -> None:
    titles = [topic.title for topic in describe([CITY, CITY, CITY])]

    assert len(set(titles)) == 3


def test_one_cluster_alone_has_keywords() -> None:
    [topic] = describe([CATS])

    assert "tabby cat" in topic.keywords


def test_phrases_begin_and_end_with_a_word_that_says_something() -> None:
    assert phrases_of("a castle in clouds, 2 red foxes") == {
        "castle", "castle in clouds", "clouds", "red", "red foxes", "foxes",
    }  # fmt: skip


def test_further_titles_get_a_keyword_or_a_number() -> None:
    taken: set[str] = set()

    titles = [unique_title("Cats", ("sofa",), taken) for _ in range(4)]

    assert titles == ["Cats", "Cats, sofa", "Cats 2", "Cats 3"]


@given(st.lists(st.lists(st.text(max_size=60), min_size=1, max_size=4), max_size=5))
def test_any_prompts_have_titles_that_are_short_and_distinct(clusters: list[list[str]]) -> None:
    topics = describe(clusters)

    assert len({topic.title for topic in topics}) == len(clusters)
    assert all(topic.title for topic in topics)
    assert all(len(topic.title) <= 3 * TITLE_CHARS for topic in topics)
