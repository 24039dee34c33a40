"""Names for the widget values of nodes in the editor's form."""

from __future__ import annotations

import re

from iib.metadata.dialects.comfyui.editor.links import objects_in
from iib.metadata.dialects.comfyui.nodes import Role, spec_of
from iib.metadata.dialects.comfyui.readers.samplers import SEED_CONTROLS
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
MAX_WIDGETS = 400
SHORT = 60  # characters of what is a name, not a text


def widget_inputs(raw: dict[str, Json], node_type: str) -> dict[str, Json]:
    """Widget values by input name: as the file names them, else by the table, else guessed."""
    named = raw.get("widgets_values_named")
    if isinstance(named, dict) and named:
        return dict(named)
    values = raw.get("widgets_values")
    if isinstance(values, dict):
        return dict(values)
    if not isinstance(values, list) or not values:
        return {}
    values = values[:MAX_WIDGETS]
    listed = listed_widgets(raw)
    table = spec_of(node_type).widgets
    count = sum(not _is_control(values, index) for index in range(len(values)))
    # Old files list only the widgets that were turned into inputs: then the list is too short to be whole.
    if listed and (len(listed) >= count or (table and set(table) <= set(listed))):
        return assign(listed, values)
    named = assign(list(table), values)
    if table and not _is_shifted(named):
        return named
    found = _guessed(values)
    return _asked(found, node_type) if spec_of(node_type).role is Role.PROVIDER else found


def without_comments(inputs: dict[str, Json], node_type: str) -> dict[str, Json]:
    """Texts of encoders as the editor sends them: without `/* ... */` and `// ...`."""
    if spec_of(node_type).role is Role.ENCODER:
        for name, value in inputs.items():
            if isinstance(value, str) and "/" in value:
                inputs[name] = COMMENT.sub("", value)
    return inputs


def listed_widgets(raw: dict[str, Json]) -> list[str]:
    """Names of the widgets a node lists among its inputs."""
    return [
        str(item["widget"].get("name") or item.get("name"))
        for item in objects_in(raw.get("inputs"))
        if isinstance(item.get("widget"), dict)
    ]


def assign(names: list[str], values: list[Json]) -> dict[str, Json]:
    """Pair names with values; the control behind a seed is no input.

    `assign(["seed", "steps"], [7, "randomize", 20])` gives `{"seed": 7, "steps": 20}`.
    """
    found: dict[str, Json] = {}
    position = 0
    for index, name in enumerate(names):
        if position >= len(values):
            break
        found[name] = values[position]
        position += 1
        is_over = len(values) - position > len(names) - index - 1 or "seed" in name
        if is_over and position < len(values) and (_is_control(values, position) or _is_tick(name, values, position)):
            position += 1
    return found


def _is_control(values: list[Json], index: int) -> bool:
    """True for the "fixed"/"randomize" that follows a number."""
    value = values[index]
    follows_number = index > 0 and isinstance(values[index - 1], int | float)
    return follows_number and isinstance(value, str) and value in SEED_CONTROLS


def _is_tick(name: str, values: list[Json], position: int) -> bool:
    """The first versions had a tick ("random seed after every gen") where later ones have a word; some packs null."""
    return name in ("seed", "noise_seed") and (values[position] is None or isinstance(values[position], bool))


def _is_shifted(pairs: dict[str, Json]) -> bool:
    """True if the values cannot be those of the named widgets: another version of the node wrote them."""
    for name in ("steps", "cfg", "seed", "noise_seed", "width", "height"):
        if isinstance(pairs.get(name), str) and not str(pairs[name]).replace(".", "", 1).isdigit():
            return True
    sampler = pairs.get("sampler_name")
    return sampler is not None and not isinstance(sampler, str)


def _guessed(values: list[Json]) -> dict[str, Json]:
    """Widgets of a class nobody knows: what a value looks like tells its name."""
    found: dict[str, Json] = {}
    numbers: list[int | float] = []
    behind_seed = 0
    for index, value in enumerate(values):
        if _is_control(values, index):
            continue
        if isinstance(value, dict):
            found[f"lora_{index}" if "lora" in value else f"widget_{index}"] = value
        elif isinstance(value, str) and not value.strip():
            found.setdefault("text", value)
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
            found[name if not found.get(name) else f"{name}_{index}"] = value
        elif isinstance(value, int | float) and not isinstance(value, bool):
            if index + 1 < len(values) and _is_control(values, index + 1):
                found.setdefault("seed", value)
                behind_seed = behind_seed or len(numbers)
            else:
                numbers.append(value)
    _name_numbers(found, numbers, behind_seed)
    return found


def _asked(found: dict[str, Json], node_type: str) -> dict[str, Json]:
    """What a service of unknown widgets was asked: the longest text; its model bears the service's name."""
    texts = {name: value for name, value in found.items() if name.startswith("text") and isinstance(value, str)}
    rest = {name: value for name, value in found.items() if name not in texts}
    named = [text for text in texts.values() if len(text) < SHORT and text[:4].lower() in node_type.lower()]
    words = [text for text in texts.values() if text not in named and " " in text.strip()]
    if words:
        rest["prompt"] = max(words, key=len)
    if named and len(named[0]) >= 4:
        rest["model"] = named[0]
    return rest


def _name_numbers(found: dict[str, Json], numbers: list[int | float], behind_seed: int) -> None:
    """Beside a sampler's name, steps and CFG follow each other, mostly behind the seed; a lone number is a value."""
    if "sampler_name" in found and "seed" in found:
        order = [*range(behind_seed, len(numbers)), *range(behind_seed)]
        steps = next((index for index in order if isinstance(numbers[index], int) and numbers[index] > 0), None)
        if steps is not None:
            found["steps"] = numbers[steps]
            if steps + 1 < len(numbers):
                found["cfg"] = numbers[steps + 1]
    elif len(numbers) == 1:
        found.setdefault("value", numbers[0])
    elif len(numbers) >= 2 and all(isinstance(number, int) and number >= 64 for number in numbers[:2]):
        found.setdefault("width", numbers[0])
        found.setdefault("height", numbers[1])
