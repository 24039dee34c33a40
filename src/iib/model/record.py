"""Records: parsed files prepared for writing to the store."""

from __future__ import annotations

from dataclasses import dataclass, field

from iib._lib.text_folding import search_body
from iib.model.media import FileStamp, ParsedMedia
from iib.model.payload import pack_geninfo
from iib.model.query_values import QueryValues, hidden_tags, query_values_of


@dataclass(slots=True, unsafe_hash=True)
class MediaRecord:
    """A parsed file ready to be written; the expensive work (folding, compressing) is already done.

    `body` is the folded search text, `payload` the compressed `GenerationInfo`, `tags` pairs of (kind, name).
    """

    name: str
    kind: int
    stamp: FileStamp
    content_hash: bytes
    width_px: int | None
    height_px: int | None
    duration_ms: int | None
    text: str
    body: str
    payload: bytes | None
    tags: tuple[tuple[str, str], ...]
    problem: str | None
    query_values: QueryValues = field(default_factory=QueryValues)


def to_record(path: str, parsed: ParsedMedia) -> MediaRecord:
    """Prepare the parsed file at `path` for the store. Pure; parse workers call it in their own process."""
    path, text = storable(path), storable(parsed.text)
    body = search_body(path, text)
    tags: list[tuple[str, str]] = [tag[:] for tag in parsed.tags]  # plain tuples
    tags += hidden_tags(parsed.geninfo)
    if not is_storable("".join([name for _kind, name in tags])):
        tags = [(kind, storable(name)) for kind, name in tags]
    return MediaRecord(
        name=parsed.name,
        kind=int(parsed.kind),
        stamp=parsed.stamp,
        content_hash=parsed.content_hash,
        width_px=parsed.width_px,
        height_px=parsed.height_px,
        duration_ms=parsed.duration_ms,
        text=text,
        body=body,
        payload=pack_geninfo(parsed.geninfo),
        tags=tuple(dict.fromkeys(tags)),
        problem=parsed.problem,
        query_values=query_values_of(path, text, body, parsed.geninfo),
    )


def storable(text: str) -> str:
    """Replace lone surrogates, which no database accepts, by "?".

    >>> storable("a" + chr(0xD800))
    'a?'
    """
    return text if is_storable(text) else text.encode("utf-8", "replace").decode("utf-8")


def is_storable(text: str) -> bool:
    """True if the text has no lone surrogates."""
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            return False
    return True
