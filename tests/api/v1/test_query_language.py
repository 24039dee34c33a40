"""Tests for the search language over HTTP: pages, facets, statistics, suggestions, mistakes and export."""

from __future__ import annotations

import csv
import importlib.util
import io
import json
from typing import Any

import pytest
from support.hosted import Hosted, answer_of
from support.library import Library

from iib.api.schemas import query as answers
from iib.query.fields import FIELDS


@pytest.fixture
def filled(api: Hosted, library: Library) -> Hosted:
    library.add("a/one.png", "a blue cat", model="sdxl", seed=1)
    library.add("a/two.png", "a red dog <lora:ink:0.5>", model="flux", seed=2)
    library.add("b/three.png", "a blue dog", "cat", model="sdxl", seed=3)
    api.update()
    return api


def found(api: Hosted, q: str, **more: object) -> list[str]:
    answer: dict[str, Any] = answer_of(api.post("/v1/search", {"q": q, **more}))
    return [file["name"] for file in answer["files"]]


@pytest.mark.parametrize(
    ("q", "names"),
    [
        ("", ["three.png", "two.png", "one.png"]),
        ("blue", ["three.png", "one.png"]),
        ("blue -dog", ["one.png"]),
        ("prompt:cat", ["one.png"]),
        ("negative:cat", ["three.png"]),
        ("model:sdxl seed:>1", ["three.png"]),
        ("lora:ink OR seed:3", ["three.png", "two.png"]),
        ("/t(wo|hree)\\.png$/", ["three.png", "two.png"]),
        ("name:one", ["one.png"]),
    ],
)
def test_queries_find_the_described_files(filled: Hosted, q: str, names: list[str]) -> None:
    assert found(filled, q) == names


@pytest.mark.parametrize("pattern", ["((((a{99}){99}){99}){99})", "(?:a{65000}){65000}(?=x)", "(?R)"])
def test_a_pattern_without_limits_is_a_400_everywhere(filled: Hosted, pattern: str) -> None:
    bodies = [
        ("/v1/search", {"q": f"/{pattern}/"}),
        ("/v1/search", {"q": f"model:/{pattern}/"}),
        ("/v1/results", {"q": f"name:/{pattern}/", "language": True}),
        ("/v1/results", {"q": pattern, "regex": True}),
        ("/db/search_by_substr", {"regexp": pattern}),
    ]
    for path, body in bodies:
        answer = filled.post(path, body)

        assert answer.status_code == 400
        assert "bad regular expression" in answer.json()["detail"]


@pytest.mark.parametrize(
    "q", ["café", "cafe\u0301", "/café/", "/caf(e\u0301)$/", "/(?=c)café/", "name:/^café/", "folder:café"]
)
def test_both_spellings_of_an_accented_letter_are_found(api: Hosted, library: Library, q: str) -> None:
    library.add("café/café.png", "a café")
    library.add("cafe\u0301/cafe\u0301.png", "a cafe\u0301")
    library.add("cafe/cafe.png", "a cafe")
    api.update()

    assert sorted(map(len, found(api, q))) == [len("café.png"), len("cafe\u0301.png")]


@pytest.mark.parametrize(
    ("q", "names"),
    [
        ("folder:{root}/a/", ["two.png", "one.png"]),
        ('folder:"{root}/a//"', ["two.png", "one.png"]),
        ("folder:a", ["two.png", "one.png"]),
        ("folder:B/", ["three.png"]),
        ("folder:{name}/b", ["three.png"]),
        ("folder:two", []),
        ("folder:{root}/a/one.png", []),
        ("a, dog", ["three.png", "two.png"]),
        ("dog,blue", ["three.png"]),
        ("Seed: 2", ["two.png"]),
        ("Seed: 3, Model: sdxl", ["three.png"]),
        ("Negative prompt: cat", ["three.png"]),
        ("\u201cred dog\u201d", ["two.png"]),
        ("(blue dog", []),
    ],
)
def test_folders_and_pasted_text_are_found_as_written(
    filled: Hosted, library: Library, q: str, names: list[str]
) -> None:
    assert found(filled, q.format(root=library.root, name=library.root.name)) == names


def test_pages_continue_after_the_previous_page(filled: Hosted) -> None:
    walked: list[str] = []
    cursor = ""
    while True:
        page = answer_of(filled.post("/v1/search", {"q": "dog OR cat", "size": 1, "cursor": cursor}))
        walked += [file["name"] for file in page["files"]]
        cursor = page["cursor"]["next"]
        if not page["cursor"]["has_next"]:
            break

    assert walked == ["three.png", "two.png", "one.png"]


def test_folders_limit_a_query(filled: Hosted, library: Library) -> None:
    assert found(filled, "blue", folder_paths=[str(library.root / "a")]) == ["one.png"]
    assert found(filled, f'blue folder:"{library.root / "b"}"') == ["three.png"]
    assert found(filled, "blue", folder_paths=["/nowhere"]) == []


def test_the_grid_understands_the_language_when_asked(filled: Hosted) -> None:
    as_text = answer_of(filled.post("/v1/results", {"q": "model:sdxl"}))
    as_query = answer_of(filled.post("/v1/results", {"q": "model:sdxl", "language": True}))

    assert (as_text["total"], as_query["total"]) == (0, 2)


def test_a_mistake_is_a_400_with_its_place(filled: Hosted) -> None:
    for path, body in (("/v1/search", {"q": "kind:vidoes"}), ("/v1/results", {"q": "kind:vidoes", "language": True})):
        response = filled.post(path, body)

        assert response.status_code == 400
        assert "did you mean 'video'" in response.json()["detail"]
        assert response.json()["error"] == {
            "type": "query_error",
            "message": "'vidoes' is none of image, video, audio",
            "position": 5,
            "length": 6,
            "suggestion": "video",
        }


def test_a_query_can_be_checked_without_answering_it(shared_api: Hosted) -> None:
    good = answer_of(shared_api.post("/v1/query/check", {"q": "steps:>30"}))
    bad = answer_of(shared_api.post("/v1/query/check", {"q": "(cat OR dog"}))

    assert good == {"ok": True, "error": None}
    assert (bad["ok"], bad["error"]["position"]) == (False, 0)


def test_the_fields_are_listed(shared_api: Hosted) -> None:
    listed = answers.FieldsAnswer.model_validate(answer_of(shared_api.get("/v1/query/fields")), strict=True)

    assert [item.name for item in listed.fields] == [field.name for field in FIELDS]


def test_facets_count_the_files_of_a_query(filled: Hosted, library: Library) -> None:
    body = {"q": "blue", "facets": ["model", "folder", "kind", "custom"]}
    answer = answers.FacetsAnswer.model_validate(answer_of(filled.post("/v1/facets", body)), strict=True)

    counts = {name: {item.value: item.count for item in values} for name, values in answer.facets.items()}
    assert (answer.total, answer.exact) == (2, True)
    assert counts == {
        "model": {"sdxl": 2},
        "folder": {str(library.root / "a"): 1, str(library.root / "b"): 1},
        "kind": {"image": 2},
        "custom": {},
    }
    assert filled.post("/v1/facets", {"facets": ["colour"]}).status_code == 400


def test_statistics_over_time_and_of_pairs(filled: Hosted) -> None:
    line = answers.TimelineAnswer.model_validate(
        answer_of(filled.post("/v1/stats/timeline", {"by": "model", "per": "year"})), strict=True
    )
    pairs = answers.PairsAnswer.model_validate(answer_of(filled.post("/v1/stats/together", {})), strict=True)

    assert sum(line.total) == 3
    assert {item.value: item.total for item in line.series} == {"sdxl": 2, "flux": 1}
    assert [(pair.first, pair.second, pair.count) for pair in pairs.pairs] == [("flux", "ink", 1)]
    assert filled.post("/v1/stats/timeline", {"per": "century"}).status_code == 400
    assert filled.post("/v1/stats/together", {"first": "x"}).status_code == 400


def test_suggestions_complete_the_typed_text(filled: Hosted) -> None:
    answer = answers.SuggestionsAnswer.model_validate(
        answer_of(filled.post("/v1/suggest", {"q": "blue model:sd"})), strict=True
    )

    assert (answer.start, answer.end) == (11, 13)
    assert [(item.insert, item.count) for item in answer.items] == [("sdxl", 2)]
    assert answer.items[0].sample is not None


def test_an_export_streams_rows(filled: Hosted) -> None:
    lines = filled.post("/v1/export", {"q": "blue"}).text.splitlines()
    sheet = filled.post("/v1/export", {"q": "blue"}, params={"format": "csv"})

    assert [json.loads(line)["name"] for line in lines] == ["three.png", "one.png"]
    rows = list(csv.DictReader(io.StringIO(sheet.content.decode("utf-8-sig"))))
    assert [(row["name"], row["model"], row["seed"]) for row in rows] == [
        ("three.png", "sdxl", "3"),
        ("one.png", "sdxl", "1"),
    ]
    assert "iib-export.csv" in sheet.headers["content-disposition"]
    assert filled.post("/v1/export", {}, params={"format": "xls"}).status_code == 400


def test_parquet_needs_its_optional_part(filled: Hosted) -> None:
    response = filled.post("/v1/export", {"q": "blue"}, params={"format": "parquet"})

    if importlib.util.find_spec("pyarrow") is None:
        assert response.status_code == 501
        assert "parquet" in response.json()["detail"]
    else:
        assert response.content[:4] == b"PAR1"
