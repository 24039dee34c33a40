"""Reads generation metadata from media files.

A *carrier* extracts text entries from one container format (PNG, JPEG, MP4, ...) and knows nothing about generators. A
*dialect* interprets the entries of one generator (WebUI, ComfyUI, NovelAI, ...) and knows nothing about files.

`parse_media` reads one file in three steps: the carrier reads the container, all dialects interpret its entries, and
the results are merged by score.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iib._lib.lazy_exports import lazy_exports

if TYPE_CHECKING:
    from iib.metadata.browser_entries import list_entries
    from iib.metadata.derived_tags import derive_tags, prompt_terms, split_prompt_terms
    from iib.metadata.describe import describe_file
    from iib.metadata.dialects.builtin import builtin_dialects
    from iib.metadata.dialects.webui.infotext import parse_infotext
    from iib.metadata.protocol import Carrier, ContainerMetadata, Context, Dialect, DialectResult, Entry
    from iib.metadata.read import parse_media, reparse_entries
    from iib.metadata.registry import Recipe, Registry, builtin_carriers, default_registry
    from iib.metadata.values import clean_model_name, find_loras, parse_size, to_float, to_int
    from iib.metadata.webui_text import render_text, settings_of
else:
    __getattr__ = lazy_exports(
        __name__,
        {
            "browser_entries": ("list_entries",),
            "derived_tags": ("derive_tags", "prompt_terms", "split_prompt_terms"),
            "describe": ("describe_file",),
            "dialects.builtin": ("builtin_dialects",),
            "dialects.webui.infotext": ("parse_infotext",),
            "protocol": ("Carrier", "ContainerMetadata", "Context", "Dialect", "DialectResult", "Entry"),
            "read": ("parse_media", "reparse_entries"),
            "registry": ("Recipe", "Registry", "builtin_carriers", "default_registry"),
            "values": ("clean_model_name", "find_loras", "parse_size", "to_float", "to_int"),
            "webui_text": ("render_text", "settings_of"),
        },
    )

__all__ = [
    "Carrier",
    "ContainerMetadata",
    "Context",
    "Dialect",
    "DialectResult",
    "Entry",
    "Recipe",
    "Registry",
    "builtin_carriers",
    "builtin_dialects",
    "clean_model_name",
    "default_registry",
    "derive_tags",
    "describe_file",
    "find_loras",
    "list_entries",
    "parse_infotext",
    "parse_media",
    "parse_size",
    "prompt_terms",
    "render_text",
    "reparse_entries",
    "settings_of",
    "split_prompt_terms",
    "to_float",
    "to_int",
]
