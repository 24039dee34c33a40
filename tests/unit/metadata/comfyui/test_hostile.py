"""Tests for cyclic, huge and malformed graphs: reading ends, is deterministic and raises `MetadataError` only."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.metadata.comfyui.graphs import ApiGraph, read_api, read_texts

from iib.errors import MetadataError
from iib.metadata.dialects.comfyui import ComfyUIDialect
from iib.metadata.dialects.comfyui.editor.workflow import MAX_WORK, Flattener
from iib.metadata.dialects.comfyui.graph import MAX_NODES, MAX_VISITS, from_api
from iib.metadata.dialects.comfyui.graph_reader import GraphReader
from iib.metadata.dialects.comfyui.nodes import TABLE
from iib.metadata.dialects.comfyui.operations import MAX_TEXT, calculate, concat
from iib.metadata.protocol import Context, DialectResult, Entry

INPUTS = (
    "model", "clip", "positive", "negative", "latent_image", "samples", "images", "text", "seed", "steps", "cfg",
    "lora", "sampler_name", "scheduler", "pipe", "basic_pipe", "lora_name", "width", "height", "select", "input1",
    "input2",
    "guider", "sigmas", "noise", "sampler", "conditioning", "vae", "string_a", "string_b", "delimiter", "lora_1",
    "prompt",
)  # fmt: skip
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(), st.text(max_size=12),
    st.sampled_from(["None", "a.safetensors", "<lora:a:1>", "1024x768", "randomize", "a*3"]),
    st.lists(st.one_of(st.integers(0, 9), st.text(max_size=3)), max_size=3),
    st.dictionaries(st.sampled_from(["on", "lora", "strength", "content"]), st.text(max_size=4), max_size=3),
)  # fmt: skip
LINKS = st.tuples(st.integers(0, 11).map(str), st.integers(-1, 6)).map(list)
NODES = st.fixed_dictionaries(
    {
        "class_type": st.one_of(st.sampled_from(sorted(TABLE)), st.text(max_size=12)),
        "inputs": st.dictionaries(st.sampled_from(INPUTS), st.one_of(VALUES, LINKS, LINKS), max_size=8),
    }
)
GRAPHS = st.lists(NODES, min_size=1, max_size=12).map(lambda nodes: {str(key): node for key, node in enumerate(nodes)})
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-5, 5), st.text(max_size=4)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=4), inner, max_size=4)),
    max_leaves=8,
)


def read(*entries: tuple[str, str]) -> DialectResult | None:
    texts = tuple(Entry("png:tEXt", key, text) for key, text in entries)
    return ComfyUIDialect().read(Context(texts, "a_00001_.png", "png", 640, 480))


@settings(max_examples=40)
@given(GRAPHS)
def test_any_graph_is_read_with_the_same_result_twice(graph: dict[str, Any]):
    text = json.dumps(graph)

    assert read(("prompt", text)) == read(("prompt", text))


@settings(max_examples=30)
@given(st.data())
def test_any_editor_form_is_read_with_the_same_result_twice(data: st.DataObject):
    nodes = data.draw(
        st.lists(
            st.fixed_dictionaries(
                {
                    "id": st.integers(0, 6),
                    "type": st.one_of(
                        st.sampled_from(["KSampler", "SaveImage", "LoraLoader", "Reroute"]),
                        st.sampled_from(["workflow>g", "sub", "SetNode"]),
                    ),
                    "mode": st.sampled_from([0, 0, 2, 4, None]),
                    "inputs": st.one_of(
                        st.lists(
                            st.fixed_dictionaries(
                                {
                                    "name": st.sampled_from(INPUTS),
                                    "type": st.sampled_from(["MODEL", "*"]),
                                    "link": st.one_of(st.none(), st.integers(0, 9)),
                                }
                            ),
                            max_size=4,
                        ),
                        JSON,
                    ),
                    "outputs": st.one_of(st.just([{"name": "MODEL", "type": "MODEL"}]), JSON),
                    "widgets_values": st.one_of(st.lists(VALUES, max_size=8), JSON),
                }
            ),
            max_size=8,
        )
    )
    links = data.draw(st.lists(st.lists(st.integers(-20, 9), min_size=5, max_size=6), max_size=10))
    flow = {
        "nodes": nodes,
        "links": links,
        "definitions": {"subgraphs": [{"id": "sub", "nodes": nodes, "links": links, "inputs": []}, data.draw(JSON)]},
        "extra": {"groupNodes": {"g": {"nodes": nodes, "links": links, "external": data.draw(JSON)}}},
    }

    first = read(("workflow", json.dumps(flow)))

    assert first == read(("workflow", json.dumps(flow)))


@given(st.text(max_size=200), st.sampled_from(["prompt", "workflow", "UserComment", "Make", "Comment"]))
def test_any_text_is_read_or_raises_a_metadata_error(text: str, key: str):
    for value in (text, '{"1": {"class_type": ' + text, "prompt:{" + text, '{"nodes": [' + text):
        try:
            read((key, value))
        except MetadataError:
            continue


@given(JSON, st.sampled_from(["prompt", "workflow", "parameters"]))
def test_any_json_as_inputs_of_a_node_is_read(value: Any, key: str):
    read((key, json.dumps({"1": {"class_type": "SaveImage", "inputs": value}, "nodes": value, "extraMetadata": value})))


def count_visits(graph: dict[str, Any]) -> int:
    """Read a graph and return the number of nodes that all walks together enter."""
    parsed = from_api(graph)
    assert parsed is not None
    GraphReader(parsed, "a.png", pixels=(64, 64)).read()
    return parsed.visits


def test_a_cycle_of_conditionings_ends():
    graph = ApiGraph()
    graph.nodes["1"] = {"class_type": "FluxGuidance", "inputs": {"conditioning": ["2", 0]}}
    graph.nodes["2"] = {"class_type": "ConditioningCombine", "inputs": {"conditioning_1": ["1", 0]}}
    graph.save(graph.sample(positive=["1", 0], model=["1", 0], latent_image=["2", 0]))

    assert read_api(graph).prompt is None


def test_subgraphs_that_contain_each_other_many_times_stay_within_the_limit():
    flow = {"nodes": [{"id": 1, "type": "s0"}], "links": []}
    flow["definitions"] = {
        "subgraphs": [
            {"id": f"s{level}", "nodes": [{"id": key, "type": f"s{level + 1}"} for key in range(9)], "links": []}
            for level in range(9)
        ]
    }
    flattener = Flattener(flow)

    flattener.add(flow, "", {}, 0)

    assert flattener.work <= MAX_WORK + 100


def test_a_text_that_contains_itself_ends():
    graph = ApiGraph()
    graph.nodes["1"] = {"class_type": "StringConcatenate", "inputs": {"string_a": ["1", 0], "string_b": "x"}}
    graph.save(graph.sample(positive=graph.encode(["1", 0])))

    assert len(read_api(graph).prompt or "") < 10


def test_a_text_that_doubles_sixty_times_stays_small():
    graph = ApiGraph()
    link = graph.link("String Literal", string="fox " * 100)
    for _ in range(50):
        link = graph.link("StringConcatenate", string_a=link, string_b=link, delimiter="")
    graph.save(graph.sample(positive=graph.encode(link)))

    assert len(read_api(graph).prompt or "") <= MAX_TEXT


def test_ten_thousand_nodes_in_a_row_raise_no_recursion_error():
    graph = ApiGraph()
    link = graph.encode("a fox")
    for _ in range(10_000):
        link = graph.link("Reroute", value=link)
    graph.save(graph.sample(positive=link))

    geninfo = read_api(graph)

    assert geninfo.seed == 7


def test_thousands_of_savers_stay_within_the_limit():
    graph = ApiGraph()
    sampled = graph.sample()
    for number in range(3_300):
        graph.save(sampled, f"x{number}")

    assert count_visits(graph.nodes) <= MAX_VISITS * 1.5


def test_a_densely_connected_graph_stays_within_the_limit():
    names = ("model", "positive", "negative", "latent_image", "pipe", "image", "samples")
    class_types = (
        "KSampler",
        "ToBasicPipe",
        "Unknown Thing",
        "SaveImage",
        "ControlNetApplyAdvanced",
        "Any Switch (rgthree)",
    )
    graph = {
        str(key): {
            "class_type": class_types[key % len(class_types)],
            "inputs": {name: [str((key * 7 + index * 13) % 2000), index] for index, name in enumerate(names)},
        }
        for key in range(2000)
    }

    assert count_visits(graph) <= MAX_VISITS * 1.5


@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity"])
def test_constants_that_are_not_json_are_read_as_missing(constant: str):
    graph = ApiGraph()
    graph.save(graph.sample(cfg=6.5))
    text = json.dumps(graph.nodes).replace("6.5", constant)

    geninfo = read_texts(("prompt", text))

    assert (geninfo.cfg, geninfo.seed) == (None, 7)


def test_a_truncated_graph_is_read_up_to_its_last_complete_node():
    graph = ApiGraph()
    graph.save(graph.sample())
    text = json.dumps(graph.nodes)

    geninfo = read_texts(("prompt", text[:-60]))

    assert geninfo.tool == "ComfyUI"
    assert geninfo.seed == 7


def test_a_graph_inside_a_json_string_is_read():
    graph = ApiGraph()
    graph.save(graph.sample())

    assert read_texts(("prompt", json.dumps(json.dumps(graph.nodes)))).seed == 7


def test_a_text_without_a_graph_has_no_result():
    assert read(("prompt", "a plain prompt")) is None
    assert read(("Comment", '{"some": "json"}')) is None


@pytest.mark.parametrize(
    ("expression", "value"),
    [("a*3", 45), ("(a + 1) / 2", 8.0), ("max(a, 20)", 20), ("a^2", 225), ("-a", -15), ("round(a / 4)", 4)],
)
def test_arithmetic_is_calculated(expression: str, value: float):
    assert calculate(expression, {"a": 15}) == value


@pytest.mark.parametrize(
    "expression", ["a**999999", "__import__('os')", "a.b", "1/0", "(" * 300, "x", "[1]*9**9", "9**9**9", "'a'*9", ""]
)
def test_other_or_expensive_expressions_are_not_calculated(expression: str):
    assert calculate(expression, {"a": 15}) is None


def test_concatenation_skips_empty_texts():
    assert concat(["a", "", None, "b"], "\\n") == "a\nb"
    assert concat(["", None], ", ") is None


def test_nodes_after_the_limit_are_ignored():
    nodes: dict[str, object] = {"note": "not a node"}
    nodes |= {str(number): {"class_type": "KSampler"} for number in range(MAX_NODES + 5)}
    graph = from_api(nodes)
    assert graph is not None
    assert list(graph.class_types) == [str(number) for number in range(MAX_NODES)]
