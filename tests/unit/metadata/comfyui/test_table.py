"""Tests for the node table."""

from __future__ import annotations

import pytest

from iib.metadata.dialects.comfyui.editor.widgets import assign
from iib.metadata.dialects.comfyui.nodes import TABLE, Role, spec_of
from iib.metadata.dialects.comfyui.nodes.core import CORE
from iib.metadata.dialects.comfyui.nodes.packs import PACKS
from iib.metadata.dialects.comfyui.nodes.tools import TOOLBOX
from iib.metadata.dialects.comfyui.nodes.wrappers import WRAPPERS

OPERATIONS = {"", "concat", "replace", "trim", "substring", "case", "function", "math", "line", "binary"}
SEEDED = {"KSampler", "KSamplerAdvanced", "KSampler (Efficient)", "easy preSampling", "FaceDetailer", "RandomNoise"}


def test_a_class_stands_in_one_module_only():
    assert len(TABLE) == len(CORE) + len(PACKS) + len(TOOLBOX) + len(WRAPPERS)


@pytest.mark.parametrize("kind", sorted(TABLE))
def test_a_line_is_consistent(kind: str):
    spec = TABLE[kind]

    assert spec.op in OPERATIONS
    assert len(set(spec.widgets)) == len(spec.widgets)
    assert set(spec.lora_tags) <= set(spec.text) | set(spec.negative) | {"text", "loras"}
    if spec.role in (Role.ENCODER, Role.RUNTIME) and spec.widgets and spec.text:
        assert set(spec.widgets) & (set(spec.text) | set(spec.negative))
    if spec.negative:
        assert spec.text
    assert spec_of(kind) is spec


@pytest.mark.parametrize("kind", sorted(SEEDED))
def test_the_widgets_of_a_sampler_leave_room_for_the_control_behind_the_seed(kind: str):
    names = TABLE[kind].widgets
    values: list[object] = []
    for name in names:
        values.append(5 if "seed" in name else name)
        if "seed" in name:
            values.append("randomize")

    found = assign(list(names), values)

    assert [found[name] for name in names if "seed" not in name] == [name for name in names if "seed" not in name]


@pytest.mark.parametrize(
    ("kind", "role"),
    [
        ("SaveImageExtended", Role.SAVER),
        ("Save Image With Prompt Data", Role.SAVER),
        ("SaveLatent", Role.UNKNOWN),
        ("LoraSave", Role.UNKNOWN),
        ("VHS_VideoCombine", Role.VIDEO_SAVER),
        ("SaveAnimatedGIF", Role.VIDEO_SAVER),
        ("PreviewImage", Role.PREVIEW),
        ("FaceDetailerSomething", Role.DETAILER),
        ("My Fancy Switch", Role.SWITCH),
        ("Florence2 Thing", Role.RUNTIME),
        ("JoyCaptionTwo", Role.RUNTIME),
        ("Fancy Lora Stacker", Role.LORA),
        ("MyEmptyLatentPicker", Role.LATENT),
        ("FancyScheduler", Role.NOT_SAMPLER),
        ("Whatever", Role.UNKNOWN),
    ],
)
def test_classes_that_are_not_listed_are_sorted_by_their_names(kind: str, role: Role):
    assert spec_of(kind).role is role
