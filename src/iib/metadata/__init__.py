"""What a media file says about its making."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iib._lib.lazy_exports import lazy_exports

if TYPE_CHECKING:
    from iib.metadata.describe import describe_file
    from iib.metadata.dialects.builtin import builtin_dialects
    from iib.metadata.dialects.webui.infotext import parse_infotext
    from iib.metadata.listing import list_entries
    from iib.metadata.normalise import derive_tags, prompt_terms, render_text, settings_of, split_prompt_terms
    from iib.metadata.protocol import Carrier, ContainerMetadata, Context, Dialect, DialectResult
    from iib.metadata.read import parse_media, reread
    from iib.metadata.registry import Recipe, Registry, builtin_carriers, default_registry
    from iib.metadata.values import clean_model_name, find_loras, parse_size, to_float, to_int
else:
    __getattr__ = lazy_exports(
        __name__,
        {
            "describe": ("describe_file",),
            "dialects.builtin": ("builtin_dialects",),
            "dialects.webui.infotext": ("parse_infotext",),
            "listing": ("list_entries",),
            "normalise": ("derive_tags", "prompt_terms", "render_text", "settings_of", "split_prompt_terms"),
            "protocol": ("Carrier", "ContainerMetadata", "Context", "Dialect", "DialectResult"),
            "read": ("parse_media", "reread"),
            "registry": ("Recipe", "Registry", "builtin_carriers", "default_registry"),
            "values": ("clean_model_name", "find_loras", "parse_size", "to_float", "to_int"),
        },
    )

__all__ = [
    "Carrier",
    "ContainerMetadata",
    "Context",
    "Dialect",
    "DialectResult",
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
    "reread",
    "settings_of",
    "split_prompt_terms",
    "to_float",
    "to_int",
]
