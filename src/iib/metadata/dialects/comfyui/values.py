"""Operations of text and number nodes on values that are already known."""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable, Sequence

from iib.metadata.values import to_float, to_int
from iib.model import Json

MAX_TEXT = 200_000  # characters; a few concatenations of themselves would fill the memory
MAX_EXPRESSION = 400
MAX_POWER = 64

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
_NAMED = {"add": ast.Add, "sub": ast.Sub, "mul": ast.Mult, "div": ast.Div, "mod": ast.Mod}  # by how the name begins
_SIGNS = {"+": ast.Add, "-": ast.Sub, "*": ast.Mult, "/": ast.Div, "//": ast.FloorDiv, "%": ast.Mod}
Number = int | float


def concat(texts: Sequence[Json], delimiter: Json) -> str | None:
    """Filled texts joined; None if there is none."""
    between = delimiter.replace("\\n", "\n") if isinstance(delimiter, str) else ""
    filled = [text if isinstance(text, str) else str(text) for text in texts if text not in (None, "")]
    return between.join(filled)[:MAX_TEXT] if filled else None


def replace_pairs(body: Json, pairs: Sequence[Json]) -> str | None:
    """`body` with each (old, new) of the flat list `pairs` replaced."""
    if not isinstance(body, str):
        return None
    text = body
    for old, new in zip(pairs[::2], pairs[1::2], strict=False):
        if isinstance(old, str) and old and isinstance(new, str):
            text = text.replace(old, new)[:MAX_TEXT]
    return text


def change_case(text: Json, mode: Json) -> str | None:
    """Upper, lower, capitalised or title case, as the mode's name says."""
    if not isinstance(text, str):
        return None
    wish = str(mode).lower()
    for word, change in (("upper", str.upper), ("lower", str.lower), ("title", str.title), ("capital", str.capitalize)):
        if word in wish:
            return change(text)
    return text


def calculate(expression: Json, names: dict[str, Json]) -> Number | None:
    """Value of an arithmetic expression: `calculate("a*3", {"a": 15})` gives 45. None if it is anything else."""
    if not isinstance(expression, str) or len(expression) > MAX_EXPRESSION:
        return None
    try:
        tree = ast.parse(expression.strip().replace("^", "**"), mode="eval")
        return _value_of(tree.body, names)
    except (SyntaxError, ValueError, TypeError, ArithmeticError, RecursionError, MemoryError):
        return None


def calculate_named(operation: Json, left: Json, right: Json) -> Number | None:
    """`calculate_named("Mul", 36, 40)` gives 1440, and so do "multiply" and "*"."""
    word = re.sub(r"[^a-z]", "", str(operation).lower())
    kind = _SIGNS.get(str(operation).strip()) or _NAMED.get(word[:3])
    kind = ast.FloorDiv if word.startswith("floor") and "div" in word else kind
    a, b = _number(left), _number(right)
    if kind is None or a is None or b is None:
        return None
    try:
        return _BINARY[kind](a, b)
    except ArithmeticError:
        return None


def _number(value: Json) -> Number | None:
    whole = to_int(value)
    return whole if whole is not None else to_float(value)


def _value_of(tree: ast.expr, names: dict[str, Json]) -> Number:
    if isinstance(tree, ast.Constant) and isinstance(tree.value, int | float):
        return tree.value
    if isinstance(tree, ast.Name):
        value = _number(names.get(tree.id))
        if value is not None:
            return value
    if isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.USub | ast.UAdd):
        inner = _value_of(tree.operand, names)
        return -inner if isinstance(tree.op, ast.USub) else inner
    if isinstance(tree, ast.BinOp):
        left, right = _value_of(tree.left, names), _value_of(tree.right, names)
        if isinstance(tree.op, ast.Pow) and abs(left) < 2**32 and 0 <= right <= MAX_POWER:
            return float(left**right) if not isinstance(right, int) else left**right
        apply = _BINARY.get(type(tree.op))
        if apply is not None and abs(left) < 2**80 and abs(right) < 2**80:
            return apply(left, right)
    if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and not tree.keywords and len(tree.args) <= 8:
        call = _CALLS.get(tree.func.id)
        if call is not None:
            return call(*(_value_of(item, names) for item in tree.args))
    raise ValueError("no arithmetic")
