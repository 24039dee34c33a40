"""Builds small ComfyUI graphs in the layouts that the tool writes, and reads them."""

from __future__ import annotations

import json
from typing import Any

from iib.metadata.dialects.comfyui import ComfyUIDialect
from iib.metadata.protocol import Context, Entry
from iib.model.geninfo import GenerationInfo

Link = list[Any]


class ApiGraph:
    """A graph in API form. `add` returns the id of the new node; `[id, slot]` is a link."""

    def __init__(self) -> None:
        self.nodes: dict[str, dict[str, Any]] = {}

    def add(self, class_type: str, **inputs: Any) -> str:
        key = str(len(self.nodes) + 1)
        self.nodes[key] = {"class_type": class_type, "inputs": inputs}
        return key

    def link(self, class_type: str, slot: int = 0, **inputs: Any) -> Link:
        return [self.add(class_type, **inputs), slot]

    def checkpoint(self, name: str = "base.safetensors") -> tuple[Link, Link, Link]:
        key = self.add("CheckpointLoaderSimple", ckpt_name=name)
        return [key, 0], [key, 1], [key, 2]

    def encode(self, text: Any, clip: Any = None) -> Link:
        return self.link("CLIPTextEncode", text=text, clip=clip or ["0", 1])

    def empty(self, width: Any = 512, height: Any = 768) -> Link:
        return self.link("EmptyLatentImage", width=width, height=height, batch_size=1)

    def sample(self, **overrides: Any) -> Link:
        """Add a KSampler with plain settings; missing inputs are created."""
        inputs: dict[str, Any] = {
            "seed": 7, "steps": 20, "cfg": 6.5, "sampler_name": "euler", "scheduler": "karras", "denoise": 1.0,
        }  # fmt: skip
        inputs.update(overrides)
        inputs["model"] = overrides["model"] if "model" in overrides else self.checkpoint()[0]
        for name, text in (("positive", "a fox"), ("negative", "blurry")):
            inputs[name] = overrides[name] if name in overrides else self.encode(text)
        inputs["latent_image"] = overrides["latent_image"] if "latent_image" in overrides else self.empty()
        return self.link("KSampler", **inputs)

    def save(self, samples: Link, prefix: str = "ComfyUI") -> str:
        image = self.link("VAEDecode", samples=samples, vae=["0", 2])
        return self.add("SaveImage", filename_prefix=prefix, images=image)


class Workflow:
    """A graph in editor form, built node by node."""

    def __init__(self) -> None:
        self.nodes: list[dict[str, Any]] = []
        self.links: list[list[Any]] = []
        self.more: dict[str, Any] = {}

    def add(
        self,
        class_type: str,
        widgets: Any = None,
        inputs: dict[str, tuple[int, int] | None] | None = None,
        outputs: str = "",
        **more: Any,
    ) -> int:
        """Add a node and return its id; `inputs` maps names to sources, `outputs` lists the types of output slots."""
        node_id = more.pop("id", len(self.nodes) + 1)
        items = []
        for slot, (name, source) in enumerate((inputs or {}).items()):
            item: dict[str, Any] = {"name": name, "type": more.get("types", {}).get(name, "*"), "link": None}
            if name in more.get("converted", ()):
                item["widget"] = {"name": name}
            if source is not None:
                link_id = len(self.links) + 1
                self.links.append([link_id, source[0], source[1], node_id, slot, item["type"]])
                item["link"] = link_id
            items.append(item)
        self.nodes.append(
            {
                "id": node_id,
                "type": class_type,
                "mode": more.get("mode", 0),
                "inputs": items,
                "outputs": [{"name": name, "type": name, "links": []} for name in outputs.split()],
                "widgets_values": widgets if widgets is not None else [],
                **({"title": more["title"]} if "title" in more else {}),
            }
        )
        return int(node_id)

    def as_json(self) -> dict[str, Any]:
        return {"nodes": self.nodes, "links": self.links, "version": 0.4, **self.more}


def read_texts(*entries: tuple[str, str], name: str = "ComfyUI_00001_.png", **context: Any) -> GenerationInfo:
    """Read (key, text) entries with the dialect."""
    values = {"container": "png", "width_px": 1024, "height_px": 1024, **context}
    result = ComfyUIDialect().read(
        Context(tuple(Entry("png:tEXt", key, text) for key, text in entries), name, **values)
    )
    assert result is not None
    return result.geninfo


def read_api(graph: ApiGraph, **context: Any) -> GenerationInfo:
    """Read a graph that is stored in API form only."""
    return read_texts(("prompt", json.dumps(graph.nodes)), **context)


def read_workflow(workflow: Workflow, **context: Any) -> GenerationInfo:
    """Read a graph that is stored in editor form only."""
    return read_texts(("workflow", json.dumps(workflow.as_json())), **context)
