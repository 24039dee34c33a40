"""Checks the posting lists of derived tags against the tag ids stored per media file, and repairs them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from iib.store.repositories.base import Repository, chunked
from iib.store.repositories.tags import postings


class TagConsistencyRepository(Repository):
    """Compares posting lists with the tag ids that each row of `media_text` lists.

    Every check reads the whole library: it is meant for the command `doctor`.
    """

    def list_wrong_zones(self) -> list[int]:
        """Return the zones whose posting lists differ from the rows of the files, ascending."""
        stored = self._connection.exec_driver_sql("SELECT zone, count(*) FROM tag_posting GROUP BY zone").all()
        counts = {int(zone): int(count) for zone, count in stored}
        last = self._connection.exec_driver_sql("SELECT coalesce(max(media_id), -1) FROM media_text").scalar_one()
        zones = {*counts, *range(postings.split_id(int(last))[0] + 1)}
        return [zone for zone in sorted(zones) if not self._is_consistent(zone, counts.get(zone, 0))]

    def count_wrong_counts(self) -> int:
        """Count the tags whose stored number of media differs from the size of their posting lists."""
        return int(
            self._connection.exec_driver_sql(
                "SELECT count(*) FROM tag_facts LEFT JOIN (SELECT tag_id, sum(size) AS size FROM tag_posting "
                "GROUP BY tag_id) AS stored ON stored.tag_id = tag_facts.tag_id "
                "WHERE tag_facts.carried <> coalesce(stored.size, 0)"
            ).scalar_one()
        )

    def _is_consistent(self, zone: int, count: int) -> bool:
        expected = self._expected(zone)
        if len(expected) != count:
            return False
        for chunk in chunked(sorted(expected)):
            placeholders = ", ".join("?" * len(chunk))
            rows = self._connection.exec_driver_sql(
                f"SELECT tag_id, size, ids FROM tag_posting WHERE zone = ? AND tag_id IN ({placeholders})",
                (zone, *chunk),
            ).all()
            if len(rows) != len(chunk):
                return False
            for tag_id, size, blob in rows:
                offsets = postings.decode(blob)
                if len(offsets) != size or not np.array_equal(offsets, expected[tag_id]):
                    return False
        return True

    def _expected(self, zone: int) -> dict[int, npt.NDArray[np.uint16]]:
        """Return the offsets of each tag inside a zone, as the rows of the files list them."""
        first = zone << postings.ZONE_BITS
        rows = self._connection.exec_driver_sql(
            "SELECT media_id, tag_ids FROM media_text WHERE media_id BETWEEN ? AND ? AND tag_ids IS NOT NULL",
            (first, first + postings.ZONE_SIZE - 1),
        ).all()
        tag_ids = [np.frombuffer(blob, dtype=postings.TAG_ID_TYPE) for _media_id, blob in rows]
        if not tag_ids:
            return {}
        offsets = np.repeat(
            np.asarray([row[0] - first for row in rows], dtype=np.int64), [len(item) for item in tag_ids]
        )
        return postings.offsets_by_tag(np.concatenate(tag_ids), offsets)


class TagConsistencyWriter(TagConsistencyRepository):
    """Reads and repairs posting lists and the counts of tags."""

    def repair(self, zone: int) -> None:
        """Rebuild the posting lists of one zone from the rows of its files."""
        rows = [
            (tag_id, zone, len(offsets), postings.encode(offsets)) for tag_id, offsets in self._expected(zone).items()
        ]
        self._connection.exec_driver_sql("DELETE FROM tag_posting WHERE zone = ?", (zone,))
        if rows:
            self._connection.exec_driver_sql(
                "INSERT INTO tag_posting(tag_id, zone, size, ids) VALUES(?, ?, ?, ?)", rows
            )

    def repair_counts(self) -> None:
        """Recompute the number of media of every derived tag from the posting lists."""
        self._connection.exec_driver_sql(
            "UPDATE tag_facts SET carried = coalesce("
            "(SELECT sum(size) FROM tag_posting WHERE tag_posting.tag_id = tag_facts.tag_id), 0)"
        )
