"""Whether the sets of derived tags say what the files say, and setting them right."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from iib.store.repositories.base import Repository, chunked
from iib.store.repositories.tags import postings


class TagConsistencyRepository(Repository):
    """Compares the sets with the tags that each file's own row lists. Reads the whole library: for the doctor."""

    def list_wrong_zones(self) -> list[int]:
        """ZonedMask of ids whose sets differ, ascending."""
        stored = self._connection.exec_driver_sql("SELECT zone, count(*) FROM tag_posting GROUP BY zone").all()
        counts = {int(zone): int(count) for zone, count in stored}
        last = self._connection.exec_driver_sql("SELECT coalesce(max(media_id), -1) FROM media_text").scalar_one()
        zones = {*counts, *range(postings.zone_of(int(last))[0] + 1)}
        return [zone for zone in sorted(zones) if not self._is_right(zone, counts.get(zone, 0))]

    def count_wrong_counts(self) -> int:
        """How many tags are said to be carried by more or fewer files than their sets hold."""
        return int(
            self._connection.exec_driver_sql(
                "SELECT count(*) FROM tag_facts LEFT JOIN (SELECT tag_id, sum(size) AS size FROM tag_posting "
                "GROUP BY tag_id) AS held ON held.tag_id = tag_facts.tag_id "
                "WHERE tag_facts.carried <> coalesce(held.size, 0)"
            ).scalar_one()
        )

    def _is_right(self, zone: int, count: int) -> bool:
        expected = self._expected(zone)
        if len(expected) != count:
            return False
        for chunk in chunked(sorted(expected)):
            marks = ", ".join("?" * len(chunk))
            rows = self._connection.exec_driver_sql(
                f"SELECT tag_id, size, ids FROM tag_posting WHERE zone = ? AND tag_id IN ({marks})", (zone, *chunk)
            ).all()
            if len(rows) != len(chunk):
                return False
            for tag_id, size, blob in rows:
                numbers = postings.decode(blob)
                if len(numbers) != size or not np.array_equal(numbers, expected[tag_id]):
                    return False
        return True

    def _expected(self, zone: int) -> dict[int, npt.NDArray[np.uint16]]:
        """The numbers of each tag inside a zone, out of the files' own rows."""
        first = zone << postings.ZONE_BITS
        rows = self._connection.exec_driver_sql(
            "SELECT media_id, tag_ids FROM media_text WHERE media_id BETWEEN ? AND ? AND tag_ids IS NOT NULL",
            (first, first + postings.ZONE_SIZE - 1),
        ).all()
        lists = [np.frombuffer(blob, dtype=postings.TAG_ID) for _media_id, blob in rows]
        if not lists:
            return {}
        lows = np.repeat(np.asarray([row[0] - first for row in rows], dtype=np.int64), [len(item) for item in lists])
        return postings.grouped(np.concatenate(lists), lows)


class TagConsistencyWriter(TagConsistencyRepository):
    """The writing half."""

    def repair(self, zone: int) -> None:
        """Make the sets of a zone again."""
        rows = [
            (tag_id, zone, len(numbers), postings.encode(numbers)) for tag_id, numbers in self._expected(zone).items()
        ]
        self._connection.exec_driver_sql("DELETE FROM tag_posting WHERE zone = ?", (zone,))
        if rows:
            self._connection.exec_driver_sql(
                "INSERT INTO tag_posting(tag_id, zone, size, ids) VALUES(?, ?, ?, ?)", rows
            )

    def repair_counts(self) -> None:
        """Count anew how many files carry each tag."""
        self._connection.exec_driver_sql(
            "UPDATE tag_facts SET carried = coalesce("
            "(SELECT sum(size) FROM tag_posting WHERE tag_posting.tag_id = tag_facts.tag_id), 0)"
        )
