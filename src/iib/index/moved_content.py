"""Which row a file takes when its content stood elsewhere before. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from iib.model import MediaId


def match_moved_content(own: Sequence[MediaId | None], former: Sequence[MediaId | None]) -> list[MediaId | None]:
    """The row of each file of a batch; None: a new one.

    `own` is the row of the same place, `former` the row whose content this file has while its own place holds it no
    longer. A new place takes the former row: the file was moved. A known place does so only if another file takes its
    row in turn (names were exchanged, or a new file stands where the moved one was): else it was overwritten.
    """
    taken: dict[MediaId, int] = {}
    for index, row in enumerate(former):
        if row is not None:
            taken.setdefault(row, index)
    while True:
        lonely = []
        for row, index in taken.items():
            place = own[index]
            if place is not None and place not in taken:
                lonely.append(row)
        if not lonely:
            break
        for row in lonely:
            del taken[row]
    followed = {index: row for row, index in taken.items()}
    return [followed.get(index, None if row in taken else row) for index, row in enumerate(own)]
