"""Frozen dataclasses that are made quickly."""

from __future__ import annotations

import copy
import inspect
import pickle
from dataclasses import FrozenInstanceError, asdict, dataclass, field, replace

import pytest

from iib._lib.frozen import quickly_made


@dataclass(frozen=True, slots=True)
class Usual:
    name: str
    weight: float | None = None
    tags: list[str] = field(default_factory=list)
    length: int = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "length", len(self.name))


@quickly_made
@dataclass(frozen=True, slots=True)
class Quick:
    name: str
    weight: float | None = None
    tags: list[str] = field(default_factory=list)
    length: int = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "length", len(self.name))


@dataclass(frozen=True, slots=True)
class Further(Quick):
    more: int = 0


def test_the_fields_are_those_of_the_usual_way() -> None:
    for arguments in ((("a",), {}), (("a", 2.0, ["x"]), {}), ((), {"name": "b", "tags": ["y"]})):
        positional, named = arguments
        assert asdict(Quick(*positional, **named)) == asdict(Usual(*positional, **named))


def test_an_instance_is_frozen_and_of_its_own_class() -> None:
    made = Quick("a")
    assert type(made) is Quick
    with pytest.raises(FrozenInstanceError):
        made.name = "b"  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        del made.name  # type: ignore[misc]
    assert not hasattr(made, "__dict__")


def test_every_instance_has_a_list_of_its_own() -> None:
    assert Quick("a").tags is not Quick("a").tags


def test_wrong_arguments_raise_as_usual() -> None:
    for wrong in ({}, {"name": "a", "other": 1}, {"name": "a", "length": 1}):
        with pytest.raises(TypeError):
            Quick(**wrong)  # type: ignore[arg-type]


def test_the_signature_is_that_of_the_usual_way() -> None:
    assert list(inspect.signature(Quick).parameters) == list(inspect.signature(Usual).parameters)
    assert Quick.__init__.__annotations__ == Usual.__init__.__annotations__


def test_copies_pickles_and_replacements_are_equal() -> None:
    made = Quick("a", 1.5, ["x"])
    assert copy.copy(made) == made
    assert copy.deepcopy(made) == made
    assert pickle.loads(pickle.dumps(made)) == made  # noqa: S301
    assert replace(made, weight=2.0) == Quick("a", 2.0, ["x"])


def test_subclasses_are_made_in_the_usual_way() -> None:
    made = Further("a", more=3)
    assert (type(made), made.name, made.more, made.length) == (Further, "a", 3, 1)


def test_fields_of_other_kinds_are_refused() -> None:
    @dataclass(frozen=True, slots=True, kw_only=True)
    class ByName:
        name: str

    @dataclass(frozen=True, slots=True)
    class Fixed:
        name: str = field(default="", init=False)

    for cls in (ByName, Fixed):
        with pytest.raises(TypeError):
            quickly_made(cls)
