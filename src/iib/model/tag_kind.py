"""The kinds of tags that this program makes."""

from __future__ import annotations

from enum import Enum

HIDDEN = "_"  # the public lists leave out every kind that begins with this mark


class TagKind(str, Enum):
    """Kind of a tag as the database and the REST contract spell it. Plug-ins may add kinds of their own.

    Loops over many rows bind a member's `value` first: the look-up of `TagKind.CUSTOM` costs 180 ns in Python 3.11, and
    a comparison with a member instead of its text 20 ns more. Values that cross to a parse worker must be plain texts
    too, because `marshal` refuses enum members.
    """

    CUSTOM = "custom"  # made by a person; every other kind comes from the file
    PROMPT_TERM = "pos"
    MODEL = "Model"
    REFINER = "Refiner"
    LORA = "lora"
    LYCO = "lyco"
    SAMPLER = "Sampler"
    SOURCE = "Source Identifier"  # the tool under the name of the REST contract
    MEDIA_TYPE = "Media Type"
    PIXEL_SIZE = "size"
    WRITTEN_SIZE = "Size"  # a size in the generation text that is not "width x height"
    HIRES_UPSCALER = "Hires upscaler"
    POSTPROCESS_FACTOR = "Postprocess upscale by"
    POSTPROCESS_UPSCALER = "Postprocess upscaler"
    # Only queries use the following ones.
    HIDDEN_TOOL = "_tool"
    HIDDEN_SCHEDULER = "_scheduler"
    FURTHER_MODEL = "_model"

    __str__ = str.__str__  # the value in f-strings too, on every version of Python
