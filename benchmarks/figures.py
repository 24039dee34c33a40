"""Figures, their table and their budgets."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.client import Latency

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

BUDGETS = Path(__file__).with_name("budgets.toml")


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value; `unit` is ms, /s or MB. `p95_ms` where there is a distribution."""

    name: str
    value: float
    unit: str
    p95_ms: float | None = None

    @classmethod
    def latency(cls, name: str, latency: Latency) -> Figure:
        """Of requests."""
        return cls(name, latency.p50_ms, "ms", latency.p95_ms)

    @classmethod
    def duration(cls, name: str, seconds: float) -> Figure:
        """Of one long thing."""
        return cls(name, seconds * 1000, "ms")

    def ratio(self, unit_ms: float) -> float:
        """The cost in calibration loops: of the p95 if there is one, of one piece for rates; memory as it is."""
        if self.unit == "MB":
            return self.value
        if self.unit == "/s":
            return 1000 / self.value / unit_ms
        return (self.value if self.p95_ms is None else self.p95_ms) / unit_ms


def print_table(figures: Sequence[Figure], unit_ms: float) -> None:
    """For people."""
    print(f"{'what':<44}{'value':>12}      {'p95':>10}{'x loop':>12}")
    for figure in figures:
        p95 = "" if figure.p95_ms is None else f"{figure.p95_ms:,.2f} ms"
        ratio = "" if figure.unit == "MB" else f"{figure.ratio(unit_ms):.4f}"
        print(f"{figure.name:<44}{figure.value:>12,.2f} {figure.unit:<3}  {p95:>10}{ratio:>12}")


def over_budget(figures: Sequence[Figure], unit_ms: float, count: int) -> list[str]:
    """A line for each figure beyond its limit, and for each limit without a figure."""
    return list(_over(figures, unit_ms, count, tomllib.loads(BUDGETS.read_text(encoding="utf-8"))))


def _over(figures: Sequence[Figure], unit_ms: float, count: int, budgets: dict[str, dict[str, float]]) -> Iterator[str]:
    limits = budgets["ratios"] | budgets["megabytes"]
    known = {figure.name: figure for figure in figures}
    for name in limits.keys() - known.keys():
        yield f"{name}: there is a budget but no figure"
    if count > budgets["library"]["count"]:
        return  # the limits are those of a library of that size
    for name, figure in known.items():
        limit, ratio = limits.get(name), figure.ratio(unit_ms)
        if limit is not None and ratio > limit:
            yield f"{name}: {ratio:.3f}, at most {limit}"
