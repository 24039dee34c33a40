"""The public scale of similarity: 0 to 1, and the same for every embedding model.

The same cosine means different things in different models: for two prompts about the same subject one model returns
0.5 and another 0.85. Therefore each model is measured on graded pairs, and its cosines are mapped so that the medians
of the grades fall on fixed public values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from iib.semantic.arrays import Floats

UNRELATED, SAME_SUBJECT, RELATED, EQUAL = 0.5, 0.9, 0.95, 1.0  # public values of the grades
MIN_GAP = 0.08  # smallest difference of cosine between the medians of unrelated and related pairs
PRIOR_PAIRS = 20  # weight of the default medians, in pairs: a handful of prompts is too few for a measurement


@dataclass(frozen=True, slots=True)
class Calibration:
    """Medians of the cosines of unrelated pairs and of pairs about the same subject in other words."""

    unrelated: float
    related: float

    @property
    def points(self) -> tuple[tuple[float, float], ...]:
        """Pairs of (cosine, public value), both ascending. A subject is shared from halfway between the grades."""
        boundary = (self.unrelated + self.related) / 2
        return (
            (-1.0, 0.0),
            (self.unrelated, UNRELATED),
            (boundary, SAME_SUBJECT),
            (self.related, RELATED),
            (1.0, EQUAL),
        )

    def public(self, cosines: Floats) -> NDArray[np.float64]:
        """Convert cosines of the model to public similarities.

        >>> Calibration(unrelated=0.2, related=0.55).public(np.asarray([0.2, 0.55, 1.0])).tolist()
        [0.5, 0.95, 1.0]
        """
        raw, scale = zip(*self.points, strict=True)
        values: NDArray[np.float64] = np.interp(cosines.astype(np.float64), raw, scale)
        return values

    def raw(self, public: float) -> float:
        """Convert a public similarity to a cosine of the model. Zero and below give -1.01, which every cosine exceeds.

        >>> Calibration(unrelated=0.2, related=0.55).raw(0.95)
        0.55
        """
        raw, scale = zip(*self.points, strict=True)
        return -1.01 if public <= 0 else float(np.interp(public, scale, raw))


def calibrate(
    unrelated: Sequence[float] | Floats,
    related: Sequence[float] | Floats,
    default: Calibration,
    *,
    prior_pairs: int = PRIOR_PAIRS,
) -> Calibration:
    """Calibration from the cosines of graded pairs.

    The default medians of the model are weighted as `prior_pairs` additional pairs. The medians of the two grades
    differ by `MIN_GAP` at least.
    """
    low = min(max(_weighted_median(unrelated, default.unrelated, prior_pairs), -0.5), 0.9 - MIN_GAP)
    high = min(max(_weighted_median(related, default.related, prior_pairs), low + MIN_GAP), 0.98)
    return Calibration(round(low, 4), round(high, 4))


def _weighted_median(values: Sequence[float] | Floats, default: float, prior_pairs: int) -> float:
    if not len(values):
        return default
    return float((len(values) * float(np.median(values)) + prior_pairs * default) / (len(values) + prior_pairs))
