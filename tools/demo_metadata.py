"""Generation metadata of the demo library, laid out as each tool writes it."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass

Json = dict[str, object]

QUALITY = (
    "masterpiece",
    "best quality",
    "highly detailed",
    "8k wallpaper",
    "sharp focus",
    "intricate",
    "award winning",
)
NEGATIVES = (
    "lowres, blurry, jpeg artifacts, watermark, text, signature",
    "worst quality, low quality, oversaturated, frame, border",
    "(bad composition:1.2), noise, grain, logo, username",
)
MODELS = ("dreamshaper_8", "juggernautXL_v9", "sd_xl_base_1.0", "flux1-dev", "animagineXL_v31", "realvisXL_v40")
LORAS = ("add_detail", "ink_wash_v2", "glasswork", "retro_poster", "cinematic_light")
SAMPLERS = (
    ("Euler a", "Automatic", "euler_ancestral", "normal"),
    ("DPM++ 2M", "Karras", "dpmpp_2m", "karras"),
    ("DPM++ SDE", "Karras", "dpmpp_sde", "karras"),
    ("UniPC", "Exponential", "uni_pc", "exponential"),
    ("DDIM", "Simple", "ddim", "simple"),
)


@dataclass(frozen=True, slots=True)
class Recipe:
    """What one picture was "generated" with. `loras` are (name, weight); sizes in pixels."""

    prompt: str
    negative: str
    model: str
    model_hash: str
    loras: tuple[tuple[str, float], ...]
    sampler: tuple[str, str, str, str]  # as the WebUI and as ComfyUI name sampler and schedule
    steps: int
    cfg: float
    seed: int
    width: int
    height: int


def make_recipe(rng: random.Random, words: tuple[str, ...], width: int, height: int) -> Recipe:
    """A recipe for a picture of these words."""
    terms = [*rng.sample(words, 3), *rng.sample(QUALITY, rng.randint(2, 4))]
    if rng.random() < 0.3:
        terms[0] = f"({terms[0]}:{rng.choice((1.1, 1.2, 1.3))})"
    chosen = rng.sample(LORAS, rng.choice((0, 0, 0, 1, 1, 2)))
    model = rng.choice(MODELS)
    return Recipe(
        prompt=", ".join(terms),
        negative=rng.choice(NEGATIVES),
        model=model,
        model_hash=f"{random.Random(model).getrandbits(40):010x}",
        loras=tuple((name, rng.choice((0.5, 0.7, 0.8, 1.0))) for name in chosen),
        sampler=rng.choice(SAMPLERS),
        steps=rng.choice((20, 24, 28, 30, 35, 40)),
        cfg=rng.choice((3.5, 5.0, 6.5, 7.0, 8.0)),
        seed=rng.getrandbits(32),
        width=width,
        height=height,
    )


def webui_text(recipe: Recipe) -> str:
    """The text of the Stable Diffusion WebUI."""
    loras = "".join(f" <lora:{name}:{weight}>" for name, weight in recipe.loras)
    return (
        f"{recipe.prompt}{loras}\nNegative prompt: {recipe.negative}\nSteps: {recipe.steps}, "
        f"Sampler: {recipe.sampler[0]}, Schedule type: {recipe.sampler[1]}, CFG scale: {recipe.cfg:g}, "
        f"Seed: {recipe.seed}, Size: {recipe.width}x{recipe.height}, Model hash: {recipe.model_hash}, "
        f"Model: {recipe.model}, Version: v1.10.1"
    )


def comfyui_graph(recipe: Recipe) -> Json:
    """The API graph of ComfyUI."""
    model, clip = ["4", 0], ["4", 1]
    graph: Json = {"4": _node("CheckpointLoaderSimple", ckpt_name=f"{recipe.model}.safetensors")}
    for number, (name, weight) in enumerate(recipe.loras, 10):
        graph[str(number)] = _node(
            "LoraLoader",
            lora_name=f"{name}.safetensors",
            strength_model=weight,
            strength_clip=weight,
            model=model,
            clip=clip,
        )
        model, clip = [str(number), 0], [str(number), 1]
    graph |= {
        "5": _node("EmptyLatentImage", width=recipe.width, height=recipe.height, batch_size=1),
        "6": _node("CLIPTextEncode", text=recipe.prompt, clip=clip),
        "7": _node("CLIPTextEncode", text=recipe.negative, clip=clip),
        "3": _node(
            "KSampler",
            seed=recipe.seed,
            steps=recipe.steps,
            cfg=recipe.cfg,
            sampler_name=recipe.sampler[2],
            scheduler=recipe.sampler[3],
            denoise=1.0,
            model=model,
            positive=["6", 0],
            negative=["7", 0],
            latent_image=["5", 0],
        ),
        "8": _node("VAEDecode", samples=["3", 0], vae=["4", 2]),
        "9": _node("SaveImage", filename_prefix="ComfyUI", images=["8", 0]),
    }
    return graph


def _node(kind: str, **inputs: object) -> Json:
    return {"class_type": kind, "inputs": inputs}


def novelai_texts(recipe: Recipe) -> dict[str, str]:
    """The text chunks of NovelAI."""
    comment = {
        "prompt": recipe.prompt,
        "uc": recipe.negative,
        "steps": recipe.steps,
        "scale": recipe.cfg,
        "seed": recipe.seed,
        "sampler": "k_euler_ancestral",
        "noise_schedule": "karras",
        "width": recipe.width,
        "height": recipe.height,
        "n_samples": 1,
        "request_type": "PromptGenerateRequest",
    }
    return {
        "Title": "AI generated image",
        "Description": recipe.prompt,
        "Software": "NovelAI",
        "Source": "Stable Diffusion XL 7BCCAA2C",
        "Comment": json.dumps(comment),
    }


def invokeai_texts(recipe: Recipe) -> dict[str, str]:
    """The text chunk of InvokeAI."""
    metadata = {
        "generation_mode": "sdxl_txt2img",
        "positive_prompt": recipe.prompt,
        "negative_prompt": recipe.negative,
        "width": recipe.width,
        "height": recipe.height,
        "seed": recipe.seed,
        "rand_device": "cpu",
        "cfg_scale": recipe.cfg,
        "steps": recipe.steps,
        "scheduler": "euler_a",
        "model": {"name": recipe.model, "hash": recipe.model_hash, "base": "sdxl", "type": "main"},
        "loras": [{"model": {"name": name, "type": "lora"}, "weight": weight} for name, weight in recipe.loras],
        "app_version": "5.6.0",
    }
    return {"invokeai_metadata": json.dumps(metadata)}


def fooocus_texts(recipe: Recipe) -> dict[str, str]:
    """The text chunks of Fooocus."""
    parameters: Json = {
        "adm_guidance": "(1.5, 0.8, 0.3)",
        "base_model": recipe.model,
        "base_model_hash": recipe.model_hash,
        "guidance_scale": recipe.cfg,
        "loras": [[name, weight, ""] for name, weight in recipe.loras],
        "metadata_scheme": "fooocus",
        "negative_prompt": recipe.negative,
        "performance": "Speed",
        "prompt": recipe.prompt,
        "resolution": f"({recipe.width}, {recipe.height})",
        "sampler": "dpmpp_2m_sde_gpu",
        "scheduler": "karras",
        "seed": str(recipe.seed),
        "sharpness": 2.0,
        "steps": recipe.steps,
        "version": "Fooocus v2.5.5",
    }
    return {"parameters": json.dumps(parameters), "fooocus_scheme": "fooocus"}
