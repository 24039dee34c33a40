"""Computes what text and number nodes return for known values."""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable, Sequence

from iib.metadata.values import to_float, to_int
from iib.model import Json

MAX_TEXT = 200_000  # characters; a few concatenations of a text with itself would exhaust the memory
MAX_EXPRESSION = 400
DELIMITER_NAMES = {  # some nodes offer a list of names
    "none": "", "false": "", "empty": "", "true": "\n", "newline": "\n", "new line": "\n", "linebreak": "\n",
    "space": " ", "comma": ",", "comma + space": ", ", "comma+space": ", ", "semicolon": ";", "underscore": "_",
    "tab": "\t", "period": ".", "dash": "-", "hyphen": "-",
}  # fmt: skip
MAX_POWER = 64
MAX_MEGAPIXELS = 1000

_BINARY: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
_CALLS: dict[str, Callable[..., float]] = {
    "round": round,
    "floor": math.floor,
    "ceil": math.ceil,
    "int": int,
    "min": min,
    "max": max,
    "abs": abs,
}
# By the first three letters of the name.
_BY_NAME = {"add": ast.Add, "sub": ast.Sub, "mul": ast.Mult, "div": ast.Div, "mod": ast.Mod}
_BY_SIGN = {"+": ast.Add, "-": ast.Sub, "*": ast.Mult, "/": ast.Div, "//": ast.FloorDiv, "%": ast.Mod}
Number = int | float


def concat(texts: Sequence[Json], delimiter: Json) -> str | None:
    """Join the texts that are not empty; None if all are.

    >>> concat(["a red", "", "fox"], " ")
    'a red fox'
    """
    separator = delimiter.replace("\\n", "\n") if isinstance(delimiter, str) else ""
    separator = DELIMITER_NAMES.get(separator.strip().lower(), separator)
    parts = [text if isinstance(text, str) else str(text) for text in texts if text not in (None, "")]
    return separator.join(parts)[:MAX_TEXT] if parts else None


def replace_pairs(body: Json, pairs: Sequence[Json]) -> str | None:
    """Replace each (old, new) of the flat list `pairs` in a text; None if `body` is not a text.

    >>> replace_pairs("a red cat", ["cat", "fox"])
    'a red fox'
    """
    if not isinstance(body, str):
        return None
    text = body
    for old, new in zip(pairs[::2], pairs[1::2], strict=False):
        if isinstance(old, str) and old and isinstance(new, str):
            text = text.replace(old, new)[:MAX_TEXT]
    return text


def change_case(text: Json, mode: Json) -> str | None:
    """Convert a text to upper, lower, capitalised or title case according to the name of the mode.

    >>> change_case("A Fox", "To lowercase")
    'a fox'
    """
    if not isinstance(text, str):
        return None
    mode_name = str(mode).lower()
    for word, change in (("upper", str.upper), ("lower", str.lower), ("title", str.title), ("capital", str.capitalize)):
        if word in mode_name:
            return change(text)
    return text


def calculate(expression: Json, variables: dict[str, Json]) -> Number | None:
    """Calculate an arithmetic expression; None if the text is not one or its operands are too large.

    >>> calculate("a*3", {"a": 15})
    45
    """
    if not isinstance(expression, str) or len(expression) > MAX_EXPRESSION:
        return None
    try:
        tree = ast.parse(expression.strip().replace("^", "**"), mode="eval")
        return _evaluate(tree.body, variables)
    except (SyntaxError, ValueError, TypeError, ArithmeticError, RecursionError, MemoryError):
        return None


def calculate_named(operation: Json, left: Json, right: Json) -> Number | None:
    """Calculate an operation given by its sign or name; None if it is unknown or an operand is not a number.

    >>> calculate_named("Mul", 36, 40), calculate_named("*", 36, 40)
    (1440, 1440)
    """
    word = re.sub(r"[^a-z]", "", str(operation).lower())
    operator_type = _BY_SIGN.get(str(operation).strip()) or _BY_NAME.get(word[:3])
    operator_type = ast.FloorDiv if word.startswith("floor") and "div" in word else operator_type
    a, b = _number(left), _number(right)
    if operator_type is None or a is None or b is None:
        return None
    try:
        return _BINARY[operator_type](a, b)
    except ArithmeticError:
        return None


def sides_of(ratio: Json, megapixels: Json, multiple: Json) -> tuple[int, int] | None:
    """Return width and height of an aspect ratio and a number of pixels; None if a value is unknown.

    >>> sides_of("16:9 (Widescreen)", 1.0, 8), sides_of("1:1 (Square)", 1, None)
    ((1368, 768), (1024, 1024))
    """
    match = re.match(r"(\d{1,3}):(\d{1,3})\b", ratio) if isinstance(ratio, str) else None
    million, step = to_float(megapixels), to_int(multiple) or 8
    if match is None or million is None or not 0 < million <= MAX_MEGAPIXELS or not 1 <= step <= MAX_EXPRESSION:
        return None
    width, height = int(match[1]), int(match[2])
    if not width or not height:
        return None
    scale = math.sqrt(million * 1024 * 1024 / (width * height))
    return round(width * scale / step) * step, round(height * scale / step) * step


def _number(value: Json) -> Number | None:
    integer = to_int(value)
    return integer if integer is not None else to_float(value)


def _evaluate(tree: ast.expr, variables: dict[str, Json]) -> Number:
    if isinstance(tree, ast.Constant) and isinstance(tree.value, int | float):
        return tree.value
    if isinstance(tree, ast.Name):
        value = _number(variables.get(tree.id))
        if value is not None:
            return value
    if isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.USub | ast.UAdd):
        inner = _evaluate(tree.operand, variables)
        return -inner if isinstance(tree.op, ast.USub) else inner
    if isinstance(tree, ast.BinOp):
        left, right = _evaluate(tree.left, variables), _evaluate(tree.right, variables)
        if isinstance(tree.op, ast.Pow) and abs(left) < 2**32 and 0 <= right <= MAX_POWER:
            return float(left**right) if not isinstance(right, int) else left**right
        apply = _BINARY.get(type(tree.op))
        if apply is not None and abs(left) < 2**80 and abs(right) < 2**80:
            return apply(left, right)
    if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and not tree.keywords and len(tree.args) <= 8:
        call = _CALLS.get(tree.func.id)
        if call is not None:
            return call(*(_evaluate(item, variables) for item in tree.args))
    raise ValueError("not an arithmetic expression")
