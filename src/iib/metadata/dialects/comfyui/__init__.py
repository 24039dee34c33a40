"""ComfyUI's graphs, read by what their nodes mean."""

from __future__ import annotations

from iib.metadata.dialects.comfyui.dialect import ComfyUIDialect

__all__ = ["ComfyUIDialect"]
