"""Tests that no regular expression takes much memory or time before it runs, in a child process with limited memory."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iib._lib.linear_regex import compile_pattern
from iib._lib.regex_size import check_expandable
from iib.query.patterns import compile_matcher, regex_pattern

MEMORY_MB = 48  # that all patterns of one child may add
SECONDS = 1.0  # of the processor, for one pattern
CHILD = """
import json, resource, sys, time
from iib._lib.linear_regex import compile_pattern
compile_pattern("(?=a)b")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
slowest = 0.0
for pattern in json.load(sys.stdin):
    start = time.process_time()
    try:
        compile_pattern(pattern)
    except ValueError:
        pass
    slowest = max(slowest, time.process_time() - start)
unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
print(json.dumps([(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / unit, slowest]))
"""
HOSTILE = [
    "((((a{99}){99}){99}){99})",
    "(?:a{65000}){65000}(?=x)",
    "(?=(?:(?:ab){1000}){1000})",
    "(?<=a{1000000})b",
    "(?=x)(?:a|bc){100000}",
    "(?=x)[ab]{1000000}",
    "(?=x)(?:a+){1000000}",
    "(?!(?:a{500}|b{500}){500})",
    "(?>a{99999}){9}",
    r"(?=x)(?:\p{Han}{900}){900}",
    "(?=x)(?:[[:alpha:])(]{900}){900}",
    "(?=x)(?:[])(]{900}){900}",
    "(?=x)(?#)(){9999}",
    r"(?=x)(?:[\])(]{900}){900}",
    r"(?=x)(?:\({900}){900}",
    "(?=x)(?(?=a)b{9000}|c{9000}){90}",
    "(?x)#(\n(a{900}){900}(?=x)",
    "(?V1)(?=x)(?:[[)]&&[(]]{900}){900}",
    "(?|(a{900})|(b{900})){900}",
    "(?=x)(a{900})(?1){900}",
    "(?R){900}",
    "(" * 900 + ")" * 900,
    "(?=x)" + "(" * 59 + "a{9}" + "{1,2})" * 59,
    "(?=x)" + "(?:" * 50 + "a*" + ")*" * 50,
    "(?=x)" + "(?:" * 50 + "a|b" + ")?" * 50,
    "(?=x)(?:a{900}){e<=9}{900}",
    "(?=x)" + "é|ß|ﬃ|" * 400,
]
ATOMS = st.sampled_from(
    [
        "a",
        "ß",
        ".",
        r"\d",
        r"\p{Han}",
        "[ab]",
        "[^]a)(]",
        "[[:alpha:](]",
        r"\(",
        "(?#()",
        "^",
        r"\b",
        "(?P<n>x)",
        r"[\])]",
    ]
)
COUNTS = st.sampled_from(
    ["{2}", "{30}", "{999}", "{65000}", "{1,999}", "{999,}", "{,999}", "*", "+", "?", "{9}?", "{9}+"]
)
GROUPS = st.sampled_from(["(", "(?:", "(?=", "(?!", "(?<=", "(?<!", "(?>", "(?|", "(?i:"])
PATTERNS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map("|".join),
        st.tuples(GROUPS, inner, COUNTS).map(lambda parts: f"{parts[0]}{parts[1]}){parts[2]}"),
    ),
    max_leaves=8,
)


def measure(patterns: list[str]) -> tuple[float, float]:
    """Returns the megabytes of all patterns and the seconds of the slowest one."""
    done = subprocess.run(
        [sys.executable, "-c", CHILD],
        input=json.dumps(patterns),
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    memory_mb, slowest_s = json.loads(done.stdout)
    return memory_mb, slowest_s


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits of the operating system")
@pytest.mark.parametrize("pattern", HOSTILE)
def test_a_hostile_pattern_is_compiled_within_limits(pattern: str) -> None:
    memory_mb, slowest_s = measure([pattern])

    assert memory_mb < MEMORY_MB
    assert slowest_s < SECONDS


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits of the operating system")
@settings(max_examples=8, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["", "(?=x)"]), PATTERNS).map("".join), min_size=40, max_size=80))
def test_random_patterns_are_compiled_within_limits(patterns: list[str]) -> None:
    memory_mb, slowest_s = measure(patterns)

    assert memory_mb < MEMORY_MB
    assert slowest_s < SECONDS


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("(?=cat)c", "Cat"),
        (r"(\w+) \1", "cat cat"),
        (r"(?<!a)b{3}", "bbb"),
        (r"(?=.*\p{Han}{2})x", "x猫犬"),
        ("(?=x)x[[:alpha:]]{2}", "xab"),
        ("(?>a{10,200})b", "a" * 50 + "b"),
        ("(?P<n>é)(?P=n)", "éé"),
        (r"(?=(?:\d{1,4},){3})1", "1,2,3,"),
    ],
)
def test_a_moderate_pattern_of_the_backtracking_engine_works(pattern: str, text: str) -> None:
    compiled = compile_pattern(pattern)

    assert compiled.linear is None
    assert compiled.found_in(text)


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("(?:a{65000}){65000}(?=x)", "too large"),
        ("(?R)", "recursion"),
        ("(a)(?1)", "recursion"),
        ("(?P<x>a)(?&x)", "recursion"),
        ("(?:abc){e<=1}", "approximate"),
        ("(?:abc){e}", "approximate"),
        ("(?:abc){1<=e<=2}", "approximate"),
        ("(?ix)a", "flags"),
        ("(?=x)[[:a)(:]", "class"),
    ],
)
def test_features_without_limits_are_refused_with_the_reason(pattern: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        check_expandable(pattern)


@pytest.mark.parametrize("pattern", ["café", "caf[é]", "(?=c)café", "cafe\u0301", "^café$", "café.*"])
@pytest.mark.parametrize("text", ["Café", "Cafe\u0301"])
def test_both_spellings_of_an_accented_letter_match(pattern: str, text: str) -> None:
    assert compile_matcher(regex_pattern(pattern), whole=False)(text)
