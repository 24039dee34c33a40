"""A search for duplicates: what was asked, and what was found as it is stored."""

from __future__ import annotations

import json
import zlib
from dataclasses import asdict, dataclass

from iib.duplicates.near_duplicates import DEFAULT_NEAR_THRESHOLD
from iib.model import Json

Group = list[list[int]]  # files of one content each, the best first; all of them look alike


@dataclass(frozen=True, slots=True)
class DuplicateParams:
    """`q` is a query of the search language; no `folders`: everywhere. `near` False: equal files only. `threshold`:
    how many of the 64 bits of two pictures' hashes may differ, at most 11."""

    q: str = ""
    folders: tuple[str, ...] | None = None
    near: bool = True
    threshold: int = DEFAULT_NEAR_THRESHOLD

    @staticmethod
    def load(stored: dict[str, Json]) -> DuplicateParams:
        """From the row of a job."""
        folders = stored["folders"]
        return DuplicateParams(
            q=str(stored["q"]),
            folders=None if folders is None else tuple(folders),
            near=bool(stored["near"]),
            threshold=int(stored["threshold"]),
        )

    def dump(self) -> dict[str, Json]:
        """For the row of a job."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Totals:
    """Of everything that was found; `spare_bytes` is what all but the best file of each group take."""

    groups: int
    files: int
    spare_bytes: int


def pack(totals: Totals, groups: list[Group]) -> bytes:
    """As bytes."""
    return zlib.compress(json.dumps({"totals": asdict(totals), "groups": groups}, separators=(",", ":")).encode())


def unpack(packed: bytes) -> tuple[Totals, list[Group]]:
    """The inverse of `pack`."""
    found = json.loads(zlib.decompress(packed))
    return Totals(**found["totals"]), found["groups"]
