"""Progress of a clustering job: stage, share of the whole, and counters."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field

from iib.model import QUEUED_STAGE

# The share of the whole at which each stage begins, 0 to 1.
STARTS = {
    QUEUED_STAGE: 0.0,
    "init": 0.0,
    "indexing": 0.01,
    "embedding": 0.1,
    "clustering": 0.6,
    "titling": 0.8,
    "done": 1.0,
}


@dataclass(slots=True)
class ClusteringProgress:
    """Progress of one clustering: `percent` is a share from 0 to 1, `counters` is shown to clients."""

    stage: str = "init"
    percent: float = 0.0
    cache_hit: bool = False
    counters: dict[str, int | str] = field(default_factory=dict)

    def enter(self, stage: str) -> None:
        """Begin the next stage; `percent` never decreases."""
        self.stage = stage
        self.percent = max(self.percent, STARTS[stage])

    def update(self, done: float, total: float) -> None:
        """Set `percent` after a part of the current stage."""
        names = list(STARTS)
        start, end = STARTS[self.stage], STARTS[names[min(len(names) - 1, names.index(self.stage) + 1)]]
        if total > 0:
            self.percent = max(self.percent, start + (end - start) * min(1.0, done / total))

    def dump(self) -> str:
        """The progress as JSON text, for the store."""
        return json.dumps(asdict(self))

    @staticmethod
    def load(text: str) -> ClusteringProgress:
        """The progress from the text of `dump`; "" returns one that has not begun."""
        return ClusteringProgress(**json.loads(text)) if text else ClusteringProgress()
