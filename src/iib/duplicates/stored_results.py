"""Parameters of a search for duplicates, and the stored form of its result."""

from __future__ import annotations

import json
import zlib
from dataclasses import asdict, dataclass

from iib.duplicates.near_duplicates import DEFAULT_NEAR_THRESHOLD
from iib.model import Json

Group = list[list[int]]  # similar files: one list of equal files per content, best first


@dataclass(frozen=True, slots=True)
class DuplicateParams:
    """Parameters of a search. `q` is a query of the search language; `folders` None covers the whole library.

    `near` False finds equal files only. `threshold` is the largest number of different bits, of 64, of the hashes of
    similar pictures, at most 11.
    """

    q: str = ""
    folders: tuple[str, ...] | None = None
    near: bool = True
    threshold: int = DEFAULT_NEAR_THRESHOLD

    @staticmethod
    def load(stored: dict[str, Json]) -> DuplicateParams:
        """Parameters from the row of a job."""
        folders = stored["folders"]
        return DuplicateParams(
            q=str(stored["q"]),
            folders=None if folders is None else tuple(folders),
            near=bool(stored["near"]),
            threshold=int(stored["threshold"]),
        )

    def dump(self) -> dict[str, Json]:
        """The parameters as values for the row of a job."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Totals:
    """Totals of a result; `spare_bytes` is the size of all files except the best one of each group."""

    groups: int
    files: int
    spare_bytes: int


def pack(totals: Totals, groups: list[Group]) -> bytes:
    """The result as compressed JSON, for the store."""
    return zlib.compress(json.dumps({"totals": asdict(totals), "groups": groups}, separators=(",", ":")).encode())


def unpack(packed: bytes) -> tuple[Totals, list[Group]]:
    """The result from the bytes of `pack`.

    >>> unpack(pack(Totals(1, 2, 300), [[[7, 9]]]))
    (Totals(groups=1, files=2, spare_bytes=300), [[[7, 9]]])
    """
    values = json.loads(zlib.decompress(packed))
    return Totals(**values["totals"]), values["groups"]
