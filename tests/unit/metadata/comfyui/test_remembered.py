"""Tests that values cached from file to file never change an answer."""

from __future__ import annotations

from iib.metadata.dialects.comfyui import input_names as names
from iib.metadata.dialects.comfyui import nodes as table
from iib.metadata.dialects.comfyui.graph import MAX_NODES, from_api
from iib.metadata.dialects.comfyui.input_names import names_like
from iib.metadata.dialects.comfyui.nodes import TABLE, Role, spec_of


def test_a_question_has_the_same_answer_once_more_names_were_met_than_are_remembered():
    is_lora = names_like("lora")
    for number in range(names.MAX_NAMES + 10):
        assert is_lora(f"LoRA_{number}")
        assert not is_lora(f"model_{number}")
    assert is_lora("LoRA_0")
    assert is_lora("x" * names.LONGEST + "lora")


def test_a_class_of_the_table_keeps_its_line_once_more_classes_were_met_than_are_remembered():
    for number in range(table.MAX_MET + 10):
        assert spec_of(f"Frobnicator {number}").role is Role.UNKNOWN
    assert spec_of("KSampler") is TABLE["KSampler"]
    assert spec_of("My Video Combine").role is Role.VIDEO_SAVER
    assert spec_of("x" * table.LONGEST + "video combine").role is Role.UNKNOWN


def test_of_a_graph_with_too_many_nodes_the_first_count():
    nodes: dict[str, object] = {"note": "no node"}
    nodes |= {str(number): {"class_type": "KSampler"} for number in range(MAX_NODES + 5)}
    graph = from_api(nodes)
    assert graph is not None
    assert list(graph.kinds) == [str(number) for number in range(MAX_NODES)]
