"""Writes rows into a store without files, for searches over many combinations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from iib.metadata import derive_tags, render_text
from iib.model.geninfo import GenerationInfo, LoraRef, ModelRef
from iib.model.media import FileStamp, MediaId, MediaKind, ParsedMedia
from iib.model.record import to_record
from iib.store import Store, join_path


@dataclass(frozen=True, slots=True)
class FakeFile:
    """The parsed metadata of one file that does not exist on disk."""

    folder: str
    name: str
    mtime_ns: int
    geninfo: GenerationInfo = field(default_factory=GenerationInfo)
    kind: MediaKind = MediaKind.IMAGE
    size_bytes: int = 1000
    width_px: int | None = 512
    height_px: int | None = 768
    duration_ms: int | None = None
    problem: str | None = None

    @property
    def path(self) -> str:
        """The full path of the file."""
        return join_path(self.folder, self.name)

    @property
    def text(self) -> str:
        """The infotext that the store will hold."""
        return render_text(self.geninfo)


def geninfo(prompt: str | None = None, **fields: object) -> GenerationInfo:
    """Return generation info. `model` and `loras` are plain names, all others are fields of `GenerationInfo`."""
    model = fields.pop("model", None)
    loras = fields.pop("loras", ())
    return GenerationInfo(
        prompt=prompt,
        models=(ModelRef(str(model)),) if model else (),
        loras=tuple(LoraRef(name) for name in loras),  # type: ignore[attr-defined]
        **fields,  # type: ignore[arg-type]
    )


def store_files(store: Store, files: Sequence[FakeFile]) -> list[MediaId]:
    """Write the files in one transaction and return their ids in order."""
    with store.write() as unit:
        batch = []
        for file in files:
            parsed = ParsedMedia(
                name=file.name,
                kind=file.kind,
                stamp=FileStamp(file.size_bytes, file.mtime_ns, file.mtime_ns, 0),
                content_hash=b"",
                width_px=file.width_px,
                height_px=file.height_px,
                duration_ms=file.duration_ms,
                geninfo=file.geninfo,
                text=file.text,
                tags=tuple(derive_tags(file.geninfo, file.kind, file.width_px, file.height_px)),
                problem=file.problem,
            )
            batch.append((unit.folders.ensure(file.folder), to_record(file.path, parsed), None))
        return unit.media.upsert(batch)
