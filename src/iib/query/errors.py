"""What is wrong with a query, and where."""

from __future__ import annotations

from iib.errors import InvalidRequest


class QueryError(InvalidRequest):
    """A query that cannot be read: `position` and `length` mark the place in the text, `suggestion` may mend it."""

    code = "query_error"

    def __init__(self, message: str, position: int, length: int = 1, suggestion: str | None = None) -> None:
        shown = f"{message} (at character {position + 1})"
        super().__init__(f"{shown}; did you mean {suggestion!r}?" if suggestion else shown)
        self.reason = message
        self.position = position
        self.length = max(1, length)
        self.suggestion = suggestion

    def place(self) -> dict[str, str | int | None]:
        """What programs want to know of it."""
        return {
            "type": self.code,
            "message": self.reason,
            "position": self.position,
            "length": self.length,
            "suggestion": self.suggestion,
        }
