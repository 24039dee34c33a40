"""Reads ComfyUI graphs by the meaning of their nodes."""

from __future__ import annotations

from iib.metadata.dialects.comfyui.dialect import ComfyUIDialect

__all__ = ["ComfyUIDialect"]
