"""Defines the fields of the search language, one line per field. Documentation and completion read this table."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from iib.model import MEDIA_KIND_OF_WORD, Flag
from iib.query.ast import Facet, Quantity, Target


class FieldKind(str, Enum):
    """The syntax and the type of the value of a field."""

    TEXT = "text"
    FACET = "facet"
    NUMBER = "number"
    DATE = "date"
    SIZE = "size"
    RATIO = "ratio"
    BYTES = "bytes"
    DURATION = "duration"
    RATING = "rating"
    KIND = "kind"
    FLAG = "flag"
    FOLDER = "folder"
    HAS = "has"
    SIMILAR = "similar"


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the language. `example` is a valid query; `help` is a phrase for the page and the documentation."""

    name: str
    kind: FieldKind
    example: str
    help: str
    aliases: tuple[str, ...] = ()
    subject: Target | Facet | Quantity | None = None


FIELDS = (
    Field("text", FieldKind.TEXT, "text:euler", "anywhere in the generation text", subject=Target.TEXT),
    Field("prompt", FieldKind.TEXT, 'prompt:"blue eyes"', "in the prompt", ("pos", "positive"), Target.PROMPT),
    Field("negative", FieldKind.TEXT, "negative:blurry", "in the negative prompt", ("neg",), Target.NEGATIVE),
    Field("path", FieldKind.TEXT, "path:2026", "in the full path", subject=Target.PATH),
    Field("name", FieldKind.TEXT, "name:*.webp", "in the file name", ("file", "filename"), Target.NAME),
    Field("folder", FieldKind.FOLDER, 'folder:"/pictures/cats"', "in this folder or below", ("in", "dir")),
    Field("model", FieldKind.FACET, "model:sdxl", "a model's name", ("checkpoint", "ckpt"), Facet.MODEL),
    Field("lora", FieldKind.FACET, "lora:detail*", "a LoRA's or LyCORIS's name", ("lyco",), Facet.LORA),
    Field("sampler", FieldKind.FACET, 'sampler:"Euler a"', "the sampler", subject=Facet.SAMPLER),
    Field("scheduler", FieldKind.FACET, "scheduler:karras", "the scheduler", ("schedule",), Facet.SCHEDULER),
    Field("tool", FieldKind.FACET, "tool:comfyui", "the program it was made with", ("source", "app"), Facet.TOOL),
    Field("ext", FieldKind.FACET, "ext:(png,webp)", "the extension of the file", ("type", "format"), Facet.EXT),
    Field("tag", FieldKind.FACET, "tag:like", "a tag, yours or a derived one", ("tags",), Facet.TAG),
    Field("album", FieldKind.FACET, 'album:"Best of"', "an album", subject=Facet.ALBUM),
    Field("steps", FieldKind.NUMBER, "steps:>30", "sampling steps", subject=Quantity.STEPS),
    Field("cfg", FieldKind.NUMBER, "cfg:5..7.5", "guidance scale", subject=Quantity.CFG),
    Field("seed", FieldKind.NUMBER, "seed:1234", "the seed", subject=Quantity.SEED),
    Field("width", FieldKind.NUMBER, "width:>=1024", "width in pixels", ("w",), Quantity.WIDTH),
    Field("height", FieldKind.NUMBER, "height:<800", "height in pixels", ("h",), Quantity.HEIGHT),
    Field("size", FieldKind.SIZE, "size:832x1216", "pixels, megapixels (2mp), bytes (5mb) or a shape", ("resolution",)),
    Field("ratio", FieldKind.RATIO, "ratio:16:9", "width to height, or portrait, landscape, square", ("aspect",)),
    Field("bytes", FieldKind.BYTES, "bytes:>5mb", "size of the file", ("filesize",), Quantity.BYTES),
    Field("date", FieldKind.DATE, "date:2026-01..2026-03", "when it was changed", ("time",), Quantity.DATE),
    Field("duration", FieldKind.DURATION, "duration:>10s", "length in time", ("length",), Quantity.DURATION),
    Field("rating", FieldKind.RATING, "rating:>=4", "your rating, 0 to 5", ("stars",), Quantity.RATING),
    Field("flag", FieldKind.FLAG, "flag:pick", "pick, reject or none"),
    Field("kind", FieldKind.KIND, "kind:video", "image, video or audio", ("is", "media")),
    Field("has", FieldKind.HAS, "has:lora", "it has any value of this kind"),
    Field("id", FieldKind.NUMBER, "id:123", "the file with this number", subject=Quantity.ID),
    Field("similar", FieldKind.SIMILAR, "similar:123", "like this file, or this description", ("like",)),
)
BY_NAME = {name: field for field in FIELDS for name in (field.name, *field.aliases)}
NAMES = frozenset(BY_NAME)
COMPARABLE = frozenset(
    name
    for name, field in BY_NAME.items()
    if field.kind
    in (
        FieldKind.NUMBER, FieldKind.DATE, FieldKind.SIZE, FieldKind.RATIO, FieldKind.BYTES, FieldKind.RATING,
        FieldKind.DURATION,
    )
)  # fmt: skip
KINDS = tuple(MEDIA_KIND_OF_WORD)
FLAGS = tuple(flag.word for flag in (Flag.PICK, Flag.REJECT, Flag.NONE))
HAS = (
    "prompt", "negative", "text", "model", "lora", "sampler", "scheduler", "tool", "tag", "album", "steps", "cfg",
    "seed", "size", "rating", "problem",
)  # fmt: skip
SHAPES = ("portrait", "landscape", "square")
