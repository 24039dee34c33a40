"""Closed sets of words that several packages share: tag kinds, flags and sort orders."""

from __future__ import annotations

from enum import Enum, IntEnum

HIDDEN = "_"  # first character of the kinds that the public lists omit


class TagKind(str, Enum):
    """Kind of a tag, spelled as in the database and in the REST contract. Plug-ins may add further kinds.

    Loops over many rows bind the `value` of a member first: the look-up of `TagKind.CUSTOM` costs 180 ns in Python
    3.11, and a comparison with a member instead of its text 20 ns more. Values that cross to a parse worker must be
    plain texts too, because `marshal` refuses enum members.
    """

    CUSTOM = "custom"  # made by a person; all other kinds come from the file
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
    # The following kinds are used by queries only.
    HIDDEN_TOOL = "_tool"
    HIDDEN_SCHEDULER = "_scheduler"
    FURTHER_MODEL = "_model"

    __str__ = str.__str__  # the value in f-strings too, on every version of Python


class Flag(IntEnum):
    """Verdict of a person on a media file, as the number that the database stores.

    >>> Flag.PICK.word, FLAG_OF_WORD["reject"].value
    ('pick', -1)
    """

    PICK = 1
    NONE = 0
    REJECT = -1

    @property
    def word(self) -> str:
        """The word of the REST contract and of queries: `pick`, `none` or `reject`."""
        return self.name.lower()


FLAG_OF_WORD = {flag.word: flag for flag in Flag}


class SortOrder(str, Enum):
    """Order of the files in the grid, spelled as in the REST contract."""

    NEWEST = "newest"
    OLDEST = "oldest"
    NAME = "name"
    SIZE = "size"
    RANDOM = "random"
    RATING = "rating"
    MANUAL = "manual"  # the order of an album
    SIMILARITY = "similarity"  # to the example that `similar:` names in the query

    __str__ = str.__str__
