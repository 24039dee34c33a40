"""Tests for the quality of the built-in engine on a library with known topics."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from support.shared_files import SHARED, needs_shared

from iib.semantic.clustering.dendrogram_cut import CutRule, cut_dendrogram
from iib.semantic.clustering.linkage import link
from iib.semantic.embedding.local.local_model import calibrate_on_texts
from iib.semantic.embedding.local.lsa import LsaEmbedder, fit
from iib.semantic.embedding.prompt_text import PromptText, text_hash

TOOL = SHARED / "tools" / "make_library.py"
COUNT = 1_500
pytestmark = needs_shared("tools/make_library.py")


class Known:
    """Distinct prompts of a library, the topic of each file, and the engine fitted on them."""

    def __init__(self, truth: Path) -> None:
        rows = [json.loads(line) for line in truth.read_text(encoding="utf-8").splitlines()]
        rules = PromptText()
        prompts = [(rules.of(row["prompt"]), row) for row in rows if row["prompt"]]
        self.texts = sorted({text for text, _row in prompts}, key=lambda text: text_hash("", text))
        numbers = {text: number for number, text in enumerate(self.texts)}
        self.text_of_file = np.asarray([numbers[text] for text, _row in prompts])
        self.topics = np.asarray([row["topic"] for _text, row in prompts])
        self.tags = [set(row["tags"]) for _text, row in prompts]
        self.sizes = np.bincount(self.text_of_file)
        model = fit(self.texts)
        self.scale = calibrate_on_texts(model, self.texts)
        self.embedder = LsaEmbedder(model)
        self.vectors = self.embedder.embed(self.texts)

    def labels(self, threshold: float) -> np.ndarray:
        """The cluster of each file at a public threshold."""
        tree = link(self.vectors, self.sizes.astype(np.float32))
        of_text = np.zeros(len(self.texts), dtype=np.int64)
        for number, group in enumerate(cut_dendrogram(tree, self.sizes, CutRule(self.scale.raw(threshold)))):
            of_text[group] = number
        found: np.ndarray = of_text[self.text_of_file]
        return found


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Known:
    """A library of 1,500 files; the figures of 5,000 are in the documentation."""
    target = tmp_path_factory.mktemp("known") / "library"
    subprocess.run([sys.executable, str(TOOL), str(target), "--count", str(COUNT)], check=True, capture_output=True)
    return Known(target.with_name("library.truth.jsonl"))


def rand_index(labels: np.ndarray, truth: np.ndarray) -> float:
    """The Rand index adjusted for chance (Hubert and Arabie 1985)."""
    _names, one = np.unique(labels, return_inverse=True)
    _names, two = np.unique(truth, return_inverse=True)
    table = np.zeros((one.max() + 1, two.max() + 1))
    np.add.at(table, (one, two), 1)
    pairs, rows, columns = (_pairs(counts) for counts in (table, table.sum(axis=1), table.sum(axis=0)))
    expected = rows * columns / (len(labels) * (len(labels) - 1) / 2)
    return float((pairs - expected) / ((rows + columns) / 2 - expected))


def _pairs(counts: np.ndarray) -> float:
    return float((counts * (counts - 1) / 2).sum())


@pytest.mark.parametrize("threshold", [0.80, 0.85, 0.90])
def test_clusters_are_the_topics(known: Known, threshold: float) -> None:
    labels = known.labels(threshold)

    in_cluster = np.bincount(labels)[labels] >= 2
    pure = sum(
        Counter(known.topics[labels == label].tolist()).most_common(1)[0][1] for label in set(labels[in_cluster])
    )
    has_topic = known.topics >= 0
    assert pure / in_cluster.sum() >= 0.9
    assert rand_index(labels[has_topic], known.topics[has_topic]) >= 0.8


def test_a_topic_is_found_by_its_words(known: Known) -> None:
    everywhere = Counter(tag for tags in known.tags for tag in tags)
    for topic, size in Counter(known.topics.tolist()).items():
        if topic < 0 or size < 25:
            continue
        own = Counter(
            tag for tags, other in zip(known.tags, known.topics, strict=True) if other == topic for tag in tags
        )
        typical = sorted(own, key=lambda tag: (-own[tag] * (own[tag] / everywhere[tag]) ** 2, tag))[:3]

        cosines = (known.vectors @ known.embedder.embed([", ".join(typical)])[0])[known.text_of_file]
        best = np.argsort(-cosines, kind="stable")[:20]

        assert (known.topics[best] == topic).mean() >= 0.9, typical
