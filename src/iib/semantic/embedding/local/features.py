"""Features of texts: words, character pieces of words, and sparse matrices of their counts."""

from __future__ import annotations

import math
import re
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from iib._lib.text_folding import fold
from iib.semantic.arrays import Floats, Ints

WORD = re.compile(r"[^\W_]+")
WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]+")  # scripts without blanks between words
STOP_WORDS = frozenset(
    (
        "a", "an", "and", "are", "as", "at", "be", "by", "for", "from", "has", "have", "her", "his", "in", "into", "is",
        "it", "its", "of", "on", "or", "over", "that", "the", "their", "them", "there", "they", "this", "to", "under",
        "up", "was", "were", "which", "while", "who", "with", "without",
    )
)  # fmt: skip
BUCKETS = 4096  # of hashed character pieces
MIN_PIECE, MAX_PIECE = 3, 4  # characters of a piece, including the marks of the ends of a word
BLOCK_VALUES = 4_000_000  # float32 gathered at once: 16 MB


def words_of(text: str) -> list[str]:
    """Folded words without stop words; scripts without blanks are split into pairs of characters.

    >>> words_of("A cat on the Sofa, 猫の耳")
    ['cat', 'sofa', '猫の', 'の耳']
    """
    words: list[str] = []
    for word in WORD.findall(fold(text)):
        if word.isascii():
            if len(word) > 1 and word not in STOP_WORDS:
                words.append(word)
        elif WIDE.search(word):
            words += _pairs(word)
        elif len(word) > 1:
            words.append(word)
    return words


def _pairs(word: str) -> list[str]:
    pairs: list[str] = []
    last = 0
    for run in WIDE.finditer(word):
        if run.start() - last > 1:
            pairs.append(word[last : run.start()])
        text = run.group()
        pairs += [text] if len(text) == 1 else [text[start : start + 2] for start in range(len(text) - 1)]
        last = run.end()
    if len(word) - last > 1:
        pairs.append(word[last:])
    return pairs


def pieces_of(word: str) -> list[int]:
    """Hash buckets of the character pieces of a word: for "cat" those of "<ca", "cat", "at>", "<cat", "cat>"."""
    marked = f"<{word}>"
    return [
        zlib.crc32(marked[start : start + size].encode("utf-8", "replace")) % BUCKETS
        for size in range(MIN_PIECE, MAX_PIECE + 1)
        for start in range(len(marked) - size + 1)
    ]


@dataclass(frozen=True, slots=True)
class Rows:
    """A sparse matrix: row `i` holds `values[starts[i]:starts[i + 1]]` in `columns[...]` of the same range."""

    starts: Ints
    columns: NDArray[np.int32]
    values: Floats
    width: int

    def __len__(self) -> int:
        return len(self.starts) - 1

    def times(self, matrix: Floats) -> Floats:
        """The product (n, d) with a dense (width, d) matrix, computed block by block."""
        count, depth = len(self), matrix.shape[1]
        product = np.zeros((count, depth), dtype=np.float32)
        step = max(1, BLOCK_VALUES // depth)
        first = 0
        while first < count:
            limit = int(self.starts[first]) + step
            last = max(first + 1, int(np.searchsorted(self.starts, limit, side="right")) - 1)
            last = min(last, count)
            begin, end = int(self.starts[first]), int(self.starts[last])
            if end > begin:
                gathered = matrix[self.columns[begin:end]]
                gathered *= self.values[begin:end, None]
                offsets = self.starts[first:last] - begin
                filled = np.flatnonzero(np.diff(self.starts[first : last + 1]))  # reduceat does not support empty rows
                product[first + filled] = np.add.reduceat(gathered, offsets[filled], axis=0)
            first = last
        return product

    def transposed(self) -> Rows:
        """The transposed matrix, again as sparse rows."""
        order = np.argsort(self.columns, kind="stable")
        rows = np.repeat(np.arange(len(self), dtype=np.int32), np.diff(self.starts))
        counts = np.bincount(self.columns, minlength=self.width)
        starts = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
        return Rows(starts, rows[order], self.values[order], len(self))

    def scaled(self, factors: Floats) -> Rows:
        """A copy in which each row is multiplied by its factor."""
        return Rows(self.starts, self.columns, self.values * np.repeat(factors, np.diff(self.starts)), self.width)


def rows_of(lists: Iterable[tuple[Sequence[int], Sequence[float]]], width: int) -> Rows:
    """A matrix from one pair of (columns, values) per row."""
    starts: list[int] = [0]
    columns: list[int] = []
    values: list[float] = []
    for row_columns, row_values in lists:
        columns.extend(row_columns)
        values.extend(row_values)
        starts.append(len(columns))
    return Rows(
        np.asarray(starts, dtype=np.int64),
        np.asarray(columns, dtype=np.int32),
        np.asarray(values, dtype=np.float32),
        width,
    )


class RowBuilder:
    """Converts texts to rows over a vocabulary: 1 + log(count) for every word of the vocabulary.

    Thread-safe: cache entries are only added and depend on their key alone. Two threads may compute the same new entry
    at once.
    """

    def __init__(self, index: dict[str, int]) -> None:
        self._index = index
        self._pieces: dict[str, tuple[int, ...]] = {}  # the same pieces occur in thousands of prompts

    def rows(self, texts: Sequence[str]) -> Rows:
        """One row per text. Words outside the vocabulary are ignored."""
        return rows_of((self._row(text) for text in texts), len(self._index))

    def _row(self, text: str) -> tuple[list[int], list[float]]:
        ids: list[int] = []
        for piece in text.split(","):
            word_ids = self._pieces.get(piece)
            if word_ids is None:
                index = self._index
                word_ids = tuple(index[word] for word in words_of(piece) if word in index)
                if len(self._pieces) < MAX_PIECES:
                    self._pieces[piece] = word_ids
            ids += word_ids
        counts = Counter(ids)
        return list(counts), [LOGS[count] if count < len(LOGS) else 1 + math.log(count) for count in counts.values()]


MAX_PIECES = 200_000
LOGS = [0.0, *(1 + math.log(count) for count in range(1, 64))]
