"""The built-in dialects. A new generator needs one module and one line here."""

from __future__ import annotations

from iib.metadata.dialects.comfyui import ComfyUIDialect
from iib.metadata.dialects.dgenerate import DgenerateDialect
from iib.metadata.dialects.drawthings import DrawThingsDialect
from iib.metadata.dialects.easydiffusion import EasyDiffusionDialect
from iib.metadata.dialects.fooocus import FooocusDialect
from iib.metadata.dialects.generic import GenericDialect
from iib.metadata.dialects.hosted.huggingface import HuggingFaceDialect
from iib.metadata.dialects.hosted.midjourney import MidjourneyDialect
from iib.metadata.dialects.hosted.novelai import NovelAIDialect
from iib.metadata.dialects.hosted.tensorart import TensorArtDialect
from iib.metadata.dialects.invoke.dialect import InvokeAIDialect
from iib.metadata.dialects.metahub import MetaHubDialect
from iib.metadata.dialects.mochi import MochiDialect
from iib.metadata.dialects.nmkd import NmkdDialect
from iib.metadata.dialects.provenance import ProvenanceDialect
from iib.metadata.dialects.stability_matrix import StabilityMatrixDialect
from iib.metadata.dialects.swarmui import SwarmUIDialect
from iib.metadata.dialects.webui.a1111 import A1111Dialect
from iib.metadata.protocol import Dialect


def builtin_dialects() -> tuple[Dialect, ...]:
    """Return all built-in dialects. The order matters only for equal scores and equally complete results."""
    return (
        ComfyUIDialect(),
        A1111Dialect(),
        SwarmUIDialect(),
        InvokeAIDialect(),
        NovelAIDialect(),
        FooocusDialect(),
        TensorArtDialect(),
        StabilityMatrixDialect(),
        EasyDiffusionDialect(),
        DrawThingsDialect(),
        HuggingFaceDialect(),
        MidjourneyDialect(),
        MochiDialect(),
        MetaHubDialect(),
        NmkdDialect(),
        DgenerateDialect(),
        ProvenanceDialect(),
        GenericDialect(),
    )
