"""Contract 4 and 5: every numbered decision (S) and weakness (W) is named by the test that holds it.

A test names a number at the end or in the middle of its own name: `test_sizes_are_text_s22`.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
NUMBER = re.compile(r"(?<![a-z0-9])([sw])(\d+)(?![a-z0-9])")
DECISIONS = [f"S{number}" for number in range(1, 36)]
WEAKNESSES = [f"W{number}" for number in range(1, 71)]

# Not held by a test of their own, and why.
ELSEWHERE = {
    "S2": "section 3: shape of the progress of clusterings, held by the schema of the job's answer",
    "S14": "section 3.9: confirming an organisation",
    "S29": "section 3.4: bounds of clusterings",
    "S31": "section 3.4: shape of a cluster, held by the run of the specification's own code (test_3_specification.py)",
    "S32": "section 3.9: name of the folder for what fits nowhere",
    "S33": "section 3: a client's advice, nothing a server could do",
    "S34": "section 1.3: the address inside of a WebUI",
    "W40": "section 3.7: cache of the tag graph",
    "W68": "section 3.7: who may let the tag graph ask a model",
}


def named() -> dict[str, list[str]]:
    """Number to the tests that name it."""
    found: dict[str, list[str]] = {}
    for path in TESTS.rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                for letter, number in NUMBER.findall(node.name):
                    found.setdefault(f"{letter.upper()}{number}", []).append(f"{path.name}::{node.name}")
    return found


def test_every_decision_and_every_weakness_is_named_by_a_test() -> None:
    found = named()

    assert [item for item in (*DECISIONS, *WEAKNESSES) if item not in found and item not in ELSEWHERE] == []


def test_no_test_names_a_number_that_the_contract_does_not_have() -> None:
    known = {*DECISIONS, *WEAKNESSES}

    assert {number: tests for number, tests in named().items() if number not in known} == {}


def test_the_exceptions_are_numbers_of_the_contract() -> None:
    assert set(ELSEWHERE) <= {*DECISIONS, *WEAKNESSES}
