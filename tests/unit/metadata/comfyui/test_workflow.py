"""Tests for the editor form of a graph: widget order, muted and bypassed nodes, subgraphs, virtual links."""

from __future__ import annotations

import json
from typing import Any

import pytest
from unit.metadata.comfyui.graphs import ApiGraph, Workflow, read_texts, read_workflow

SETTINGS = [7, "randomize", 20, 6.5, "euler", "karras", 1.0]


def simple(sampler: list[Any] | None = None, **more: Any) -> Workflow:
    """Return the default graph with ids 1 checkpoint, 2 and 3 encoders, 4 latent, 5 sampler, 6 decoder, 7 saver."""
    flow = Workflow()
    flow.add("CheckpointLoaderSimple", ["base.safetensors"], outputs="MODEL CLIP VAE")
    flow.add("CLIPTextEncode", ["a fox"], {"clip": (1, 1)}, "CONDITIONING")
    flow.add("CLIPTextEncode", ["blurry"], {"clip": (1, 1)}, "CONDITIONING")
    flow.add("EmptyLatentImage", [512, 768, 1], outputs="LATENT")
    links = {"model": (1, 0), "positive": (2, 0), "negative": (3, 0), "latent_image": (4, 0), **more}
    flow.add("KSampler", sampler or SETTINGS, links, "LATENT")
    flow.add("VAEDecode", [], {"samples": (5, 0), "vae": (1, 2)}, "IMAGE")
    flow.add("SaveImage", ["ComfyUI"], {"images": (6, 0)})
    return flow


def test_widget_names_come_from_the_node_table():
    geninfo = read_workflow(simple())

    assert (geninfo.seed, geninfo.steps, geninfo.cfg) == (7, 20, 6.5)
    assert (geninfo.sampler, geninfo.scheduler, geninfo.denoise) == ("euler", "karras", 1.0)
    assert (geninfo.model, geninfo.prompt, geninfo.negative_prompt) == ("base", "a fox", "blurry")
    assert (geninfo.width, geninfo.height) == (512, 768)


@pytest.mark.parametrize("control", [[], ["fixed"], [True]])
def test_the_control_value_after_the_seed_may_be_a_word_a_boolean_or_missing(control: list[Any]):
    geninfo = read_workflow(simple([7, *control, 20, 6.5, "euler", "karras", 1.0]))

    assert (geninfo.seed, geninfo.steps, geninfo.sampler) == (7, 20, "euler")


def test_widget_names_come_from_the_file_if_it_lists_all():
    flow = simple()
    node = flow.nodes[4]
    node["type"] = "Unknown Sampler"
    node["widgets_values"] = ["karras", 20, 7, "fixed", 6.5, "euler"]
    for name in ("scheduler", "steps", "seed", "cfg", "sampler_name"):
        node["inputs"].append({"name": name, "type": "X", "link": None, "widget": {"name": name}})

    geninfo = read_workflow(flow)

    assert (geninfo.seed, geninfo.steps, geninfo.cfg) == (7, 20, 6.5)
    assert (geninfo.sampler, geninfo.scheduler) == ("euler", "karras")


def test_a_widget_converted_to_an_input_has_the_linked_value():
    flow = simple(seed=(8, 0))
    flow.nodes[4]["inputs"][-1]["widget"] = {"name": "seed"}
    flow.add("PrimitiveNode", [99, "fixed"], outputs="INT", id=8)

    geninfo = read_workflow(flow)

    assert (geninfo.seed, geninfo.steps) == (99, 20)


def test_a_muted_saver_did_not_write_the_file():
    flow = simple()
    flow.add("KSampler", [8, "fixed", 5, 1, "lcm", "normal", 1], {"model": (1, 0), "latent_image": (4, 0)}, id=8)
    flow.add("SaveImage", ["x"], {"images": (8, 0)}, id=9, mode=2)

    assert read_workflow(flow).seed == 7


def test_a_bypassed_lora_is_not_listed():
    flow = simple(model=(8, 0))
    flow.add(
        "LoraLoader", ["a.safetensors", 1, 1], {"model": (1, 0), "clip": (1, 1)}, "MODEL CLIP", id=8, mode=4,
        types={"model": "MODEL", "clip": "CLIP"},
    )  # fmt: skip

    geninfo = read_workflow(flow)

    assert (geninfo.model, geninfo.loras) == ("base", ())


def test_an_active_lora_is_listed():
    flow = simple(model=(8, 0))
    flow.add("LoraLoader", ["a.safetensors", 0.5, 1], {"model": (1, 0), "clip": (1, 1)}, "MODEL CLIP", id=8)

    geninfo = read_workflow(flow)

    assert [(lora.name, lora.weight) for lora in geninfo.loras] == [("a", 0.5)]


def test_reroutes_are_followed():
    flow = simple(positive=(8, 0))
    flow.add("Reroute", None, {"": (2, 0)}, "*", id=8)

    assert read_workflow(flow).prompt == "a fox"


def test_get_and_set_nodes_are_linked_by_name():
    flow = simple(model=(9, 0))
    flow.add("SetNode", ["MODEL_A"], {"MODEL": (1, 0)}, "MODEL", id=8)
    flow.add("GetNode", ["MODEL_A"], outputs="MODEL", id=9)

    assert read_workflow(flow).model == "base"


def test_use_everywhere_links_unconnected_inputs_of_its_type():
    flow = simple(model=None)
    flow.nodes[4]["inputs"][0]["type"] = "MODEL"
    flow.add("Anything Everywhere", [], {"anything": (1, 0)}, id=8)

    assert read_workflow(flow).model == "base"


def test_prompts_everywhere_links_unconnected_conditionings():
    flow = simple(positive=None, negative=None)
    flow.add("Prompts Everywhere", [], {"positive": (2, 0), "negative": (3, 0)}, id=8)

    geninfo = read_workflow(flow)

    assert (geninfo.prompt, geninfo.negative_prompt) == ("a fox", "blurry")


def test_comments_in_prompts_are_removed():
    flow = simple()
    flow.nodes[1]["widgets_values"] = ["a fox /* not this */, forest // nor this"]

    assert read_workflow(flow).prompt == "a fox , forest "


def subgraph_flow(**instance: Any) -> Workflow:
    flow = simple(positive=(8, 0))
    inner = {
        "id": "aaaa-bbbb",
        "inputs": [{"name": "clip", "type": "CLIP"}, {"name": "text", "type": "STRING"}],
        "outputs": [{"name": "CONDITIONING", "type": "CONDITIONING"}],
        "nodes": [
            {
                "id": 1, "type": "CLIPTextEncode", "mode": 0, "widgets_values": ["inner text"],
                "inputs": [
                    {"name": "clip", "type": "CLIP", "link": 1},
                    {"name": "text", "type": "STRING", "widget": {"name": "text"}, "link": 2},
                ],
                "outputs": [{"name": "CONDITIONING", "type": "CONDITIONING"}],
            }
        ],
        "links": [
            {"id": 1, "origin_id": -10, "origin_slot": 0, "target_id": 1, "target_slot": 0},
            {"id": 2, "origin_id": -10, "origin_slot": 1, "target_id": 1, "target_slot": 1},
            {"id": 3, "origin_id": 1, "origin_slot": 0, "target_id": -20, "target_slot": 0},
        ],
    }  # fmt: skip
    flow.more["definitions"] = {"subgraphs": [inner]}
    flow.add("aaaa-bbbb", instance.get("values"), {"clip": (1, 1), **instance.get("links", {})}, "CONDITIONING", id=8)
    return flow


def test_a_subgraph_is_expanded():
    assert read_workflow(subgraph_flow()).prompt == "inner text"


def test_a_subgraph_widget_overrides_the_widget_of_the_inner_node():
    flow = subgraph_flow(values=["outer text"])
    flow.nodes[-1]["inputs"].append({"name": "text", "type": "STRING", "widget": {"name": "text"}, "link": None})

    assert read_workflow(flow).prompt == "outer text"


def test_an_input_of_a_subgraph_node_may_be_linked():
    flow = subgraph_flow(links={"text": (9, 0)})
    flow.add("PrimitiveString", ["linked text"], outputs="STRING", id=9)

    assert read_workflow(flow).prompt == "linked text"


def test_values_of_subgraph_widgets_are_in_the_order_of_the_definition():
    flow = subgraph_flow(values=["outer text", 512])
    inner = flow.more["definitions"]["subgraphs"][0]
    inner["inputs"].append({"name": "width", "type": "INT", "linkIds": [7]})
    inner["inputs"][1]["linkIds"] = [2]
    inner["nodes"][0]["inputs"].append({"name": "width", "type": "INT", "link": 7, "widget": {"name": "width"}})
    inner["links"].append({"id": 7, "origin_id": -10, "origin_slot": 2, "target_id": 1, "target_slot": 2})
    flow.nodes[-1]["inputs"].append({"name": "width", "type": "INT", "widget": {"name": "width"}, "link": None})

    assert read_workflow(flow).prompt == "outer text"


def test_proxy_widgets_refer_to_inner_nodes():
    flow = subgraph_flow(values=["shown text"])
    flow.more["definitions"]["subgraphs"][0]["nodes"][0]["inputs"][1]["link"] = None
    flow.nodes[-1]["properties"] = {"proxyWidgets": [["1", "text"]]}

    assert read_workflow(flow).prompt == "shown text"


def test_named_widget_values_have_priority():
    flow = simple()
    named = {"seed": 5, "control_after_generate": "fixed", "steps": 9, "cfg": 2.5, "sampler_name": "lcm"}
    flow.nodes[4] = {**flow.nodes[4], "widgets_values": [9, 5, "lcm", 2.5], "widgets_values_named": named}

    geninfo = read_workflow(flow)

    assert (geninfo.seed, geninfo.steps, geninfo.cfg, geninfo.sampler) == (5, 9, 2.5, "lcm")


def test_an_editor_form_with_an_api_form_in_its_extras_is_read():
    flow = simple()
    flow.more["last_link_id"] = 9
    flow.more["extra"] = {"prompt": {"1": {"class_type": "KSampler", "inputs": {"seed": 1}}}}

    assert read_workflow(flow).seed == 7


def test_the_longest_text_of_an_unknown_api_node_is_the_prompt():
    flow = Workflow()
    values = ["vistara-2", "a ship over the sea", 17, "randomize", "16:9", "1080p"]
    flow.add("VistaraTextToVideoNode", values, outputs="VIDEO")
    flow.add("SaveVideo", ["video/ComfyUI", "auto", "auto"], {"video": (1, 0)})

    geninfo = read_workflow(flow, name="ComfyUI_00001_.mp4", container="mp4")

    assert (geninfo.prompt, geninfo.seed, geninfo.model) == ("a ship over the sea", 17, "vistara-2")


def test_a_subgraph_inside_itself_ends():
    flow = subgraph_flow()
    inner = flow.more["definitions"]["subgraphs"][0]
    inner["nodes"].append({"id": 2, "type": "aaaa-bbbb", "mode": 0, "inputs": [], "outputs": []})

    assert read_workflow(flow).model == "base"


def test_a_group_node_is_expanded_with_its_values():
    flow = simple(positive=(8, 0))
    flow.more["extra"] = {
        "groupNodes": {
            "pair": {
                "nodes": [
                    {"type": "PrimitiveString", "index": 0, "widgets_values": ["x"], "outputs": [{"type": "STRING"}]},
                    {
                        "type": "CLIPTextEncode", "index": 1, "widgets_values": [""],
                        "inputs": [
                            {"name": "clip", "type": "CLIP", "link": None},
                            {"name": "text", "type": "STRING", "link": None, "widget": {"name": "text"}},
                        ],
                        "outputs": [{"type": "CONDITIONING"}],
                    },
                ],
                "links": [[0, 0, 1, 1, 1, "STRING"], [None, 1, 1, 0, 9, "CLIP"]],
                "external": [],
            }
        }
    }  # fmt: skip
    flow.add("workflow>pair", ["group text", ""], {"clip": (1, 1)}, "CONDITIONING", id=8)

    assert read_workflow(flow).prompt == "group text"


def test_widgets_of_an_unknown_class_are_guessed_from_their_values():
    flow = simple()
    flow.nodes[0] = {**flow.nodes[0], "type": "My Model Opener", "widgets_values": ["fp8", "mine.safetensors"]}
    flow.nodes[4] = {**flow.nodes[4], "type": "My Sampling", "widgets_values": [5, "fixed", 12, 3.5, "lcm", "simple"]}

    geninfo = read_workflow(flow)

    assert (geninfo.model, geninfo.seed, geninfo.steps) == ("mine", 5, 12)
    assert (geninfo.cfg, geninfo.sampler, geninfo.scheduler) == (3.5, "lcm", "simple")


def test_the_api_form_has_priority_over_the_editor_form():
    prompt = ApiGraph()
    prompt.save(prompt.sample(seed=123))

    geninfo = read_texts(("workflow", json.dumps(simple().as_json())), ("prompt", json.dumps(prompt.nodes)))

    assert geninfo.seed == 123


def test_the_editor_form_is_read_if_the_api_form_is_truncated():
    geninfo = read_texts(("prompt", '{"1": {"class_type": "KSam'), ("workflow", json.dumps(simple().as_json())))

    assert geninfo.seed == 7


def test_the_editor_form_names_the_output_slots_of_an_unknown_node():
    prompt = ApiGraph()
    holder = prompt.add("Mystery Box", first=prompt.encode("bad"), second=prompt.encode("good"), positive_is="second")
    prompt.nodes[holder]["inputs"] = {"positive": prompt.encode("good"), "negative": prompt.encode("bad")}
    prompt.save(prompt.sample(positive=[holder, 1], negative=[holder, 0]))
    slots = [{"name": "negative", "type": "CONDITIONING"}, {"name": "positive", "type": "CONDITIONING"}]
    workflow = {"nodes": [{"id": int(holder), "type": "Mystery Box", "outputs": slots}], "links": []}

    geninfo = read_texts(("prompt", json.dumps(prompt.nodes)), ("workflow", json.dumps(workflow)))

    assert (geninfo.prompt, geninfo.negative_prompt) == ("good", "bad")


def test_widgets_of_the_efficiency_pack_are_read():
    flow = Workflow()
    slots = ["one.safetensors", 0.5, 1, 1, "two.safetensors", 0.25, 1, 1, "None", 1, 1, 1]
    flow.add("LoRA Stacker", ["simple", 1, *slots], outputs="LORA_STACK")
    loader = ["base.safetensors", "Baked VAE", -1, "None", 1, 1, "a fox", "bad", "none", "comfy", 640, 960, 1]
    flow.add("Efficient Loader", loader, {"lora_stack": (1, 0)}, "MODEL CONDITIONING CONDITIONING LATENT VAE CLIP")
    links = {"model": (2, 0), "positive": (2, 1), "negative": (2, 2), "latent_image": (2, 3), "optional_vae": (2, 4)}
    sampler = [7, None, 20, 6.5, "euler", "karras", 1, "auto", "true"]
    flow.add("KSampler (Efficient)", sampler, links, "MODEL CONDITIONING CONDITIONING LATENT VAE IMAGE")
    flow.add("SaveImage", ["ComfyUI"], {"images": (3, 5)})

    geninfo = read_workflow(flow)

    assert (geninfo.prompt, geninfo.negative_prompt, geninfo.model) == ("a fox", "bad", "base")
    assert (geninfo.seed, geninfo.steps, geninfo.cfg, geninfo.sampler) == (7, 20, 6.5, "euler")
    assert [(lora.name, lora.weight) for lora in geninfo.loras] == [("one", 0.5)]


def test_steps_and_cfg_are_guessed_after_the_seed_and_a_size_by_its_form():
    flow = simple()
    flow.nodes[3] = {**flow.nodes[3], "type": "My Empty Latent Presets", "widgets_values": [" 768 x 1344", 1]}
    values = [512, True, 5, "fixed", 12, 3.5, "lcm", "simple"]
    flow.nodes[4] = {**flow.nodes[4], "type": "My Sampling", "widgets_values": values}

    geninfo = read_workflow(flow)

    assert (geninfo.seed, geninfo.steps, geninfo.cfg, geninfo.sampler) == (5, 12, 3.5, "lcm")
    assert (geninfo.width, geninfo.height) == (768, 1344)
