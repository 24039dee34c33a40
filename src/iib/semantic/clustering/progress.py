"""Progress of a clustering job: stage, share of the whole, and counters."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field

# The share of the whole at which each stage begins, 0 to 1.
STARTS = {
    "queued": 0.0,
    "init": 0.0,
    "indexing": 0.01,
    "embedding": 0.1,
    "clustering": 0.6,
    "titling": 0.8,
    "done": 1.0,
}


@dataclass(slots=True)
class ClusteringProgress:
    """How far a clustering has come; `counters` is what clients see."""

    stage: str = "init"
    percent: float = 0.0
    cache_hit: bool = False
    counters: dict[str, int | str] = field(default_factory=dict)

    def enter(self, stage: str) -> None:
        """The next stage begins."""
        self.stage = stage
        self.percent = max(self.percent, STARTS[stage])

    def part(self, done: float, total: float) -> None:
        """So much of the present stage is done."""
        names = list(STARTS)
        start, end = STARTS[self.stage], STARTS[names[min(len(names) - 1, names.index(self.stage) + 1)]]
        if total > 0:
            self.percent = max(self.percent, start + (end - start) * min(1.0, done / total))

    def dump(self) -> str:
        """As JSON text."""
        return json.dumps(asdict(self))

    @staticmethod
    def load(text: str) -> ClusteringProgress:
        """The reverse of `dump`; "" gives a fresh one."""
        return ClusteringProgress(**json.loads(text)) if text else ClusteringProgress()
