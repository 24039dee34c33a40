"""Assigns input names to the widget values of nodes in editor form."""

from __future__ import annotations

import re

from iib.metadata.dialects.comfyui.editor.links import objects_in
from iib.metadata.dialects.comfyui.nodes import Role, spec_of
from iib.metadata.dialects.comfyui.readers.samplers import SEED_CONTROLS
from iib.metadata.dialects.comfyui.wording import likely_words
from iib.model import Json

MODEL_FILE = re.compile(r"\.(safetensors|ckpt|gguf|pt|pth|sft|bin)$", re.IGNORECASE)
SCHEDULERS = frozenset(
    (
        "normal", "karras", "exponential", "sgm_uniform", "simple", "ddim_uniform", "beta", "linear_quadratic",
        "kl_optimal", "polyexponential", "align_your_steps", "AYS SDXL", "AYS SD1", "bong_tangent", "beta57",
    )
)  # fmt: skip
SAMPLERS = re.compile(
    r"^(euler|heun|dpm|dpmpp|lms|ddim|ddpm|lcm|uni_pc|ipndm|deis|res_|er_sde|seeds_|gradient_est|sa_solver|exp_heun)"
    r"[a-z0-9_]*$"
)
SIZE = re.compile(r"\s*\d{3,5}\s*[x×*]\s*\d{3,5}(?!\d)")
COMMENT = re.compile(r"/\*[\s\S]*?\*/|(?<!:)//.*")
NUMBER_WIDGETS = (
    "steps", "cfg", "seed", "noise_seed", "width", "height", "denoise", "empty_latent_width", "empty_latent_height",
    "clip_skip", "batch_size", "lora_model_strength", "lora_clip_strength",
)  # fmt: skip
TEXT_WIDGETS = ("sampler_name", "scheduler", "positive", "negative", "sampler_state", "token_normalization")
DELIMITER = re.compile(r"\s*[,;.|/-]\s*|\s+|\\n")
MAX_WIDGETS = 400
MAX_NAME_LENGTH = 60  # characters of a name; longer values are texts


def widget_inputs(raw: dict[str, Json], node_type: str) -> dict[str, Json]:
    """Return widget values by input name: as the file names them, else by the node table, else guessed."""
    named = raw.get("widgets_values_named")
    if isinstance(named, dict) and named:
        return dict(named)
    values = raw.get("widgets_values")
    if isinstance(values, dict):
        return dict(values)
    if not isinstance(values, list) or not values:
        return {}
    values = values[:MAX_WIDGETS]
    listed = widget_names(raw)
    table = spec_of(node_type).widgets
    count = sum(not _is_control(values, index) for index in range(len(values)))
    # Old files list only the widgets that were converted to inputs: such a list is shorter than the values.
    if listed and (len(listed) >= count or (table and set(table) <= set(listed))):
        return assign_widgets(listed, values)
    for order in (table, *spec_of(node_type).old_widgets):
        named = assign_widgets(list(order), values)
        if order and not _is_shifted(named):
            return named
    guessed = _guess_names(values)
    if spec_of(node_type).role is Role.API_NODE:
        return _name_api_texts(guessed, node_type)
    return _without_choices(guessed)


def without_comments(inputs: dict[str, Json], node_type: str) -> dict[str, Json]:
    """Remove `/* ... */` and `// ...` from the texts of encoders in place, as the editor does."""
    if spec_of(node_type).role is Role.ENCODER:
        for name, value in inputs.items():
            if isinstance(value, str) and "/" in value:
                inputs[name] = COMMENT.sub("", value)
    return inputs


def widget_names(raw: dict[str, Json]) -> list[str]:
    """Return the names of the widgets that a node lists among its inputs."""
    return [
        str(item["widget"].get("name") or item.get("name"))
        for item in objects_in(raw.get("inputs"))
        if isinstance(item.get("widget"), dict)
    ]


def assign_widgets(names: list[str], values: list[Json]) -> dict[str, Json]:
    """Pair names with values; the control value after a seed is not an input.

    >>> assign_widgets(["seed", "steps"], [7, "randomize", 20])
    {'seed': 7, 'steps': 20}
    """
    result: dict[str, Json] = {}
    position = 0
    for index, name in enumerate(names):
        if position >= len(values):
            break
        result[name] = values[position]
        position += 1
        may_follow = len(values) - position > len(names) - index - 1 or "seed" in name
        if (
            may_follow
            and position < len(values)
            and (_is_control(values, position) or _is_old_control(name, values, position))
        ):
            position += 1
    return result


def _is_control(values: list[Json], index: int) -> bool:
    """True for a control value ("fixed", "randomize"...) that follows a number."""
    value = values[index]
    follows_number = index > 0 and isinstance(values[index - 1], int | float)
    return follows_number and isinstance(value, str) and value in SEED_CONTROLS


def _is_old_control(name: str, values: list[Json], position: int) -> bool:
    """True for a control value of another kind: a boolean in the first versions, null in some packs."""
    return name in ("seed", "noise_seed") and (values[position] is None or isinstance(values[position], bool))


def _is_shifted(pairs: dict[str, Json]) -> bool:
    """True if the values cannot belong to the named widgets: another version of the node wrote them."""
    if any(
        isinstance(pairs.get(name), str) and not str(pairs[name]).lstrip("-").replace(".", "", 1).isdigit()
        for name in NUMBER_WIDGETS
    ):
        return True
    if "linebreak_addition" in pairs:
        return pairs["linebreak_addition"] not in ("true", "false", True, False)
    if pairs.get("delimiter") in ("true", "false"):  # a former version had another first widget
        return True
    return any(pairs.get(name) is not None and not isinstance(pairs[name], str) for name in TEXT_WIDGETS)


def _guess_names(values: list[Json]) -> dict[str, Json]:
    """Guess the widget names of an unknown class from the form of the values."""
    result: dict[str, Json] = {}
    numbers: list[int | float] = []
    after_seed = 0
    for index, value in enumerate(values):
        if _is_control(values, index):
            continue
        if isinstance(value, dict):
            result[f"lora_{index}" if "lora" in value else f"widget_{index}"] = value
        elif isinstance(value, str) and DELIMITER.fullmatch(value):
            result.setdefault("delimiter", value)
        elif isinstance(value, str) and not value:
            result.setdefault("text", value)
        elif isinstance(value, str):
            name = "text"
            if SIZE.match(value):
                name = "dimensions"
            elif MODEL_FILE.search(value):
                name = "model_file"
            elif value in SCHEDULERS:
                name = "scheduler"
            elif SAMPLERS.match(value):
                name = "sampler_name"
            result[name if not result.get(name) else f"{name}_{index}"] = value
        elif isinstance(value, int | float) and not isinstance(value, bool):
            if index + 1 < len(values) and _is_control(values, index + 1):
                result.setdefault("seed", value)
                after_seed = after_seed or len(numbers)
            else:
                numbers.append(value)
    _name_numbers(result, numbers, after_seed)
    return result


def _without_choices(result: dict[str, Json]) -> dict[str, Json]:
    """Rename texts that are no words of a user: file names, colours, keys; single words among several texts."""
    texts = {
        name: value for name, value in result.items() if name.startswith("text") and isinstance(value, str) and value
    }
    words = likely_words(list(texts.values()))
    if len(words) == len(texts):
        return result
    renamed = {name: name if value in words else name.replace("text", "choice") for name, value in texts.items()}
    return {renamed.get(name, name): value for name, value in result.items()}


def _name_api_texts(result: dict[str, Json], node_type: str) -> dict[str, Json]:
    """Name the texts of an unknown API node: the longest is the prompt, one named like the service is the model."""
    texts = {name: value for name, value in result.items() if name.startswith("text") and isinstance(value, str)}
    others = {name: value for name, value in result.items() if name not in texts}
    named = [text for text in texts.values() if len(text) < MAX_NAME_LENGTH and text[:4].lower() in node_type.lower()]
    prompts = [text for text in texts.values() if text not in named and " " in text.strip()]
    if prompts:
        others["prompt"] = max(prompts, key=len)
    if named and len(named[0]) >= 4:
        others["model"] = named[0]
    return others


def _name_numbers(result: dict[str, Json], numbers: list[int | float], after_seed: int) -> None:
    """Name the numbers of an unknown class.

    In a sampler, CFG follows steps, mostly after the seed. A single number is a value; two large integers are a size.
    """
    if "sampler_name" in result and "seed" in result:
        order = [*range(after_seed, len(numbers)), *range(after_seed)]
        steps = next((index for index in order if isinstance(numbers[index], int) and numbers[index] > 0), None)
        if steps is not None:
            result["steps"] = numbers[steps]
            if steps + 1 < len(numbers):
                result["cfg"] = numbers[steps + 1]
    elif len(numbers) == 1:
        result.setdefault("value", numbers[0])
    elif len(numbers) >= 2 and all(isinstance(number, int) and number >= 64 for number in numbers[:2]):
        result.setdefault("width", numbers[0])
        result.setdefault("height", numbers[1])
