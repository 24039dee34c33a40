"""The public scale of similarity: 0 to 1, and the same for every engine.

Engines disagree on what a cosine means: of two prompts about the same thing one says 0.5, another 0.85. So each is
measured on graded pairs, and its cosines are mapped so that the medians of the grades fall on fixed public values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from iib.semantic.arrays import Floats

UNRELATED, SAME_SUBJECT, RELATED, EQUAL = 0.5, 0.9, 0.95, 1.0  # public values of the grades
LEAST_GAP = 0.08  # cosines between the medians of unrelated and related pairs, at least
PRIOR_PAIRS = 20  # how many pairs the usual medians count for: a handful of prompts measures nothing


@dataclass(frozen=True, slots=True)
class Calibration:
    """Medians of the cosines of unrelated pairs and of pairs about the same subject in other words."""

    unrelated: float
    related: float

    @property
    def points(self) -> tuple[tuple[float, float], ...]:
        """(cosine, public value), both rising. Halfway between the grades two prompts begin to share their subject."""
        boundary = (self.unrelated + self.related) / 2
        return (
            (-1.0, 0.0),
            (self.unrelated, UNRELATED),
            (boundary, SAME_SUBJECT),
            (self.related, RELATED),
            (1.0, EQUAL),
        )

    def public(self, cosines: Floats) -> NDArray[np.float64]:
        """Public similarities of cosines."""
        raw, scale = zip(*self.points, strict=True)
        values: NDArray[np.float64] = np.interp(cosines.astype(np.float64), raw, scale)
        return values

    def raw(self, public: float) -> float:
        """The cosine of a public similarity. Zero and below: every cosine is enough."""
        raw, scale = zip(*self.points, strict=True)
        return -1.01 if public <= 0 else float(np.interp(public, scale, raw))


def measured(
    unrelated: Sequence[float] | Floats,
    related: Sequence[float] | Floats,
    usual: Calibration,
    *,
    prior_pairs: int = PRIOR_PAIRS,
) -> Calibration:
    """Of cosines of graded pairs. The engine's usual medians count as `prior_pairs` more; the grades are kept apart."""
    low = min(max(_mixed(unrelated, usual.unrelated, prior_pairs), -0.5), 0.9 - LEAST_GAP)
    high = min(max(_mixed(related, usual.related, prior_pairs), low + LEAST_GAP), 0.98)
    return Calibration(round(low, 4), round(high, 4))


def _mixed(values: Sequence[float] | Floats, usual: float, prior_pairs: int) -> float:
    if not len(values):
        return usual
    return float((len(values) * float(np.median(values)) + prior_pairs * usual) / (len(values) + prior_pairs))
