"""Tests for the node table."""

from __future__ import annotations

import pytest

from iib.metadata.dialects.comfyui.editor.widgets import assign_widgets
from iib.metadata.dialects.comfyui.nodes import MAX_CACHED_CLASSES, MAX_NAME_LENGTH, TABLE, Role, spec_of
from iib.metadata.dialects.comfyui.nodes.core import CORE
from iib.metadata.dialects.comfyui.nodes.packs import PACKS
from iib.metadata.dialects.comfyui.nodes.suites import SUITES
from iib.metadata.dialects.comfyui.nodes.tools import TOOLBOX
from iib.metadata.dialects.comfyui.nodes.wrappers import WRAPPERS

OPERATIONS = {"", "concat", "replace", "trim", "substring", "case", "function", "math", "line", "binary"} | {
    "unzip", "reader", "nothing", "resolution",
}  # fmt: skip
SEEDED = {"KSampler", "KSamplerAdvanced", "KSampler (Efficient)", "easy preSampling", "FaceDetailer", "RandomNoise"}


def test_each_class_is_in_one_module_only():
    assert len(TABLE) == len(CORE) + len(PACKS) + len(SUITES) + len(TOOLBOX) + len(WRAPPERS)


@pytest.mark.parametrize("class_type", sorted(TABLE))
def test_an_entry_is_consistent(class_type: str):
    spec = TABLE[class_type]

    assert spec.op in OPERATIONS
    assert len(set(spec.widgets)) == len(spec.widgets)
    assert set(spec.lora_tags) <= set(spec.text) | set(spec.negative) | {"text", "loras"}
    if spec.role in (Role.ENCODER, Role.RUNTIME) and spec.widgets and spec.text:
        assert set(spec.widgets) & (set(spec.text) | set(spec.negative))
    if spec.negative:
        assert spec.text
    assert spec_of(class_type) is spec


@pytest.mark.parametrize("class_type", sorted(SEEDED))
def test_the_control_value_after_a_seed_is_skipped(class_type: str):
    names = TABLE[class_type].widgets
    values: list[object] = []
    for name in names:
        values.append(5 if "seed" in name else name)
        if "seed" in name:
            values.append("randomize")

    widgets = assign_widgets(list(names), values)

    assert [widgets[name] for name in names if "seed" not in name] == [name for name in names if "seed" not in name]


@pytest.mark.parametrize(
    ("class_type", "role"),
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
def test_classes_outside_the_table_get_a_role_from_their_name(class_type: str, role: Role):
    assert spec_of(class_type).role is role


def test_an_entry_is_the_same_after_more_classes_than_are_cached():
    for number in range(MAX_CACHED_CLASSES + 10):
        assert spec_of(f"Frobnicator {number}").role is Role.UNKNOWN
    assert spec_of("KSampler") is TABLE["KSampler"]
    assert spec_of("My Video Combine").role is Role.VIDEO_SAVER
    assert spec_of("x" * MAX_NAME_LENGTH + "video combine").role is Role.UNKNOWN
