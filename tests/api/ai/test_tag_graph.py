"""Tests for the tag graph, with the built-in engine and with a service."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from support.ai_service import KEY, Answer, FakeService, bad, completion, fake_service, good
from support.hosted import Hosted, access, answer_of, hosted
from support.library import Library
from support.raw_sql import raw_sql
from support.topics import cluster, fill_topics

from iib.api.schemas.tag_graph import TagGraphAnswer
from iib.settings import AccessControl, AiEngine, AiSettings, GraphSettings, Permission

GRAPH = "/db/cluster_tag_graph"
PATHS = "/db/cluster_tag_graph_cluster_paths"
TITLES = {
    "cat": ("Tabby cats", ["cat", "sofa", "fur"]),
    "car": ("Fast cars", ["car", "wheel", "street"]),
    "city": ("Neon cities", ["city", "neon", "street"]),
}
ANSWER = {
    "groups": [
        {"label": "Animals", "keywords": ["cat", "fur", "unicorn"]},
        {"label": "Traffic", "keywords": ["car", "wheel", "street", "cat"]},
        {"label": "Places", "keywords": ["city", "neon", "sofa"]},
    ],
    "super_groups": [{"label": "Alive", "groups": ["Animals"]}, {"label": "Made", "groups": ["Traffic", "Places"]}],
}


@pytest.fixture
def fake() -> Iterator[FakeService]:
    """An AI service that names topics and groups keywords as the test says."""
    with fake_service() as running:
        running.chat = chat(lambda: good(completion(arguments=json.dumps(ANSWER))))
        yield running


def chat(groups: Callable[[], Answer]) -> Callable[[dict[str, Any]], Answer]:
    def answer(body: dict[str, Any]) -> Answer:
        if is_grouping(body):
            return groups()
        prompts = body["messages"][1]["content"]
        title, keywords = next(found for word, found in TITLES.items() if f"{word}detail" in prompts)
        return good(completion(arguments=json.dumps({"title": title, "keywords": keywords})))

    return answer


def is_grouping(body: dict[str, Any]) -> bool:
    return "sort keywords" in body["messages"][0]["content"]


def groupings(fake: FakeService) -> list[dict[str, Any]]:
    return [body for body in fake.chats if is_grouping(body)]


def settings(fake: FakeService, **graph: Any) -> AiSettings:
    return fake.settings(graph=GraphSettings(**({"attempts": 2, "timeout_s": 5.0} | graph)))


@pytest.fixture
def api_ai(tmp_path: Path, library: Library, fake: FakeService) -> Iterator[Hosted]:
    """The program with this service, over a clustered library."""
    fill_topics(library, each=3)
    with hosted(tmp_path / "home", [library.root], ai=settings(fake)) as opened:
        assert cluster(opened, library.root)["status"] == "completed"
        yield opened


def graph(api: Hosted, *folders: Path | str, **body: object) -> dict[str, Any]:
    asked = {"folder_paths": [str(folder) for folder in folders], **body}
    answer: dict[str, Any] = answer_of(api.post(GRAPH, asked))
    TagGraphAnswer.model_validate(answer, strict=True)
    return answer


def check(answer: dict[str, Any]) -> None:
    """Assert the properties that every graph has."""
    levels = {node["id"]: layer["level"] for layer in answer["layers"] for node in layer["nodes"]}
    assert len(levels) == sum(len(layer["nodes"]) for layer in answer["layers"])
    assert [layer["level"] for layer in answer["layers"]] == list(range(len(answer["layers"])))
    for link in answer["links"]:
        assert levels[link["target"]] == levels[link["source"]] + 1
    for layer in answer["layers"]:
        sizes = [node["size"] for node in layer["nodes"]]
        assert sizes == sorted(sizes, reverse=True)
    stats = answer["stats"]
    assert stats["total_links"] == len(answer["links"])
    assert stats["abstraction_layers"] == len(answer["layers"]) - 2
    assert stats["selected_clusters"] == len(answer["layers"][0]["nodes"])
    assert stats["selected_tags"] == len(answer["layers"][1]["nodes"])


def test_a_graph_has_all_public_fields(api_ai: Hosted, library: Library, fake: FakeService) -> None:
    answer = graph(api_ai, library.root)

    check(answer)
    assert set(answer) == {"layers", "links", "stats"}
    assert [layer["name"] for layer in answer["layers"]] == ["Clusters", "Tags", "Abstract-1", "Abstract-2"]
    clusters, tags, groups, supers = ({node["label"]: node for node in layer["nodes"]} for layer in answer["layers"])
    assert set(clusters) == {"Tabby cats", "Fast cars", "Neon cities"}
    node = clusters["Tabby cats"]
    cluster_id = node["metadata"]["cluster_id"]
    assert node == {
        "id": f"cluster_{cluster_id}",
        "label": "Tabby cats",
        "size": 3.0,
        "metadata": {"type": "cluster", "image_count": 3, "cluster_id": cluster_id},
    }
    assert tags["street"] == {
        "id": "tag_street",
        "label": "street",
        "size": 6.0,
        "metadata": {"type": "tag", "cluster_count": 2, "image_count": 6},
    }
    assert set(tags) == {"cat", "sofa", "fur", "car", "wheel", "street", "city", "neon"}
    assert groups["Traffic"] == {
        "id": "abstract_l1_traffic",
        "label": "Traffic",
        "size": 12.0,
        "metadata": {"type": "abstract", "level": 1},
    }
    assert {label: one["size"] for label, one in supers.items()} == {"Made": 21.0, "Alive": 6.0}
    assert {"source": "tag_street", "target": "abstract_l1_traffic", "weight": 6.0} in answer["links"]
    assert {"source": f"cluster_{cluster_id}", "target": "tag_cat", "weight": 3.0} in answer["links"]
    assert {key: value for key, value in answer["stats"].items() if key != "topic_cluster_cache_key"} == {
        "total_clusters": 3,
        "selected_clusters": 3,
        "total_tags": 8,
        "selected_tags": 8,
        "abstraction_layers": 2,
        "total_links": 9 + 8 + 3,
    }
    [asked] = groupings(fake)
    assert asked["model"] == "test-chat"
    assert json.loads(asked["messages"][1]["content"])[0] == "street"


def test_the_model_is_asked_once_for_each_language(api_ai: Hosted, library: Library, fake: FakeService) -> None:
    first = graph(api_ai, library.root)
    again = graph(api_ai, str(library.root) + os.sep, f"{library.root / 'x'}{os.sep}..")
    german = graph(api_ai, library.root, lang="de")

    assert again == first
    assert german["layers"] == first["layers"]
    assert len(groupings(fake)) == 2
    assert "written in German" in groupings(fake)[1]["messages"][0]["content"]


def test_cached_groups_survive_a_restart(tmp_path: Path, library: Library, fake: FakeService) -> None:
    fill_topics(library, each=3)
    answers = []
    for _ in range(2):
        with hosted(tmp_path / "home", [library.root], ai=settings(fake)) as api:
            cluster(api, library.root)
            answers.append(graph(api, library.root))

    assert answers[0] == answers[1]
    assert len(groupings(fake)) == 1


def test_concurrent_requests_cause_one_call_of_the_service(api_ai: Hosted, library: Library, fake: FakeService) -> None:
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _number: graph(api_ai, library.root), range(6)))

    assert all(answer == answers[0] for answer in answers)
    assert len(groupings(fake)) == 1


def test_a_model_that_fails_leaves_two_layers(api_ai: Hosted, library: Library, fake: FakeService) -> None:
    fake.chat = chat(lambda: bad(500, "boom"))

    failed = graph(api_ai, library.root)

    check(failed)
    assert [layer["name"] for layer in failed["layers"]] == ["Clusters", "Tags"]
    assert failed["stats"]["llm_error"]
    assert KEY not in json.dumps(failed)
    assert len(groupings(fake)) == 2
    fake.chat = chat(lambda: good(completion(arguments=json.dumps(ANSWER))))
    later = graph(api_ai, library.root)
    assert "llm_error" not in later["stats"]
    assert len(later["layers"]) == 4


def test_an_answer_that_cannot_be_used_is_asked_for_again(api_ai: Hosted, library: Library, fake: FakeService) -> None:
    answers = iter(
        [
            good(completion("I would rather not.")),
            good(completion(f"```json\n{json.dumps(ANSWER)}\n```")),
        ]
    )
    fake.chat = chat(lambda: next(answers))

    assert graph(api_ai, library.root)["stats"]["abstraction_layers"] == 2


@pytest.mark.parametrize(
    ("limits", "sent"), [({"tags": 5}, 5), ({"max_tags": 7}, None), ({"tags": 7, "max_tags": 7}, 7)]
)
def test_limits_of_the_text_sent_to_the_service(
    tmp_path: Path, library: Library, fake: FakeService, limits: dict[str, int], sent: int | None
) -> None:
    fill_topics(library, each=3)
    with hosted(tmp_path / "home", [library.root], ai=settings(fake, **limits)) as api:
        cluster(api, library.root)
        answer = graph(api, library.root)

    check(answer)
    assert [len(json.loads(body["messages"][1]["content"])) for body in groupings(fake)] == ([sent] if sent else [])
    assert answer["stats"]["total_tags"] == answer["stats"]["selected_tags"] == 8
    assert answer["stats"]["abstraction_layers"] >= 1


def test_a_read_only_server_returns_cached_groups_and_calls_no_model(
    tmp_path: Path, library: Library, fake: FakeService
) -> None:
    fill_topics(library, each=3)
    reading = access(permission=Permission.READ_ONLY)
    home = tmp_path / "home"
    with hosted(home, [library.root], ai=settings(fake)) as api:
        cluster(api, library.root)
    with hosted(home, [library.root], reading, ai=settings(fake)) as api:
        refused = api.post(GRAPH, {"folder_paths": [str(library.root)]})
        asked = len(groupings(fake))
    with hosted(home, [library.root], ai=settings(fake)) as api:
        made = graph(api, library.root)
    with hosted(home, [library.root], reading, ai=settings(fake)) as api:
        read = graph(api, library.root)

    assert (refused.status_code, asked) == (403, 0)
    assert read == made


# --- without a service


def test_without_a_model_keywords_are_grouped_by_common_clusters(tmp_path: Path, library: Library) -> None:
    truth = fill_topics(library)
    with hosted(tmp_path / "home", [library.root]) as api:
        cluster(api, library.root)
        answer = graph(api, library.root)
        again = graph(api, library.root)

        check(answer)
        assert answer == again
        assert "llm_error" not in answer["stats"]
        assert [layer["name"] for layer in answer["layers"]] == ["Clusters", "Tags", "Abstract-1"]
        assert len(answer["layers"][2]["nodes"]) == 3
        subject_of = {
            node["id"]: {truth[path] for path in files(api, answer, node)} for node in answer["layers"][0]["nodes"]
        }
    above = {link["source"]: link["target"] for link in answer["links"] if link["source"].startswith("tag_")}
    for target in set(above.values()):
        tags = {tag for tag, group in above.items() if group == target}
        subjects = [subject_of[link["source"]] for link in answer["links"] if link["target"] in tags]
        assert len(set.union(*subjects)) == 1


def test_without_a_model_a_read_only_server_returns_the_graph(tmp_path: Path, library: Library) -> None:
    fill_topics(library)
    with hosted(tmp_path / "home", [library.root]) as api:
        cluster(api, library.root)

    with hosted(tmp_path / "home", [library.root], access(permission=Permission.READ_ONLY)) as api:
        assert graph(api, library.root)["stats"]["abstraction_layers"] == 1


def test_the_local_engine_calls_no_service(tmp_path: Path, library: Library, fake: FakeService) -> None:
    fill_topics(library)
    with hosted(tmp_path / "home", [library.root], ai=fake.settings(engine=AiEngine.LOCAL)) as api:
        cluster(api, library.root)
        answer = graph(api, library.root)

    assert answer["stats"]["abstraction_layers"] == 1
    assert fake.chats == []


# --- what may go wrong


def test_folders_without_clusters_return_a_hint_to_cluster_first(api: Hosted, library: Library) -> None:
    fill_topics(library, each=2, folder="below")
    cluster(api, library.root)

    answer = api.post(GRAPH, {"folder_paths": [str(library.root / "below")]})

    assert answer.status_code == 400
    assert "cluster_iib_output_job_start" in answer.json()["detail"]


def test_the_order_of_folders_means_nothing(api: Hosted, library: Library) -> None:
    for name in ("one", "two"):
        fill_topics(library, each=2, folder=name)
    one, two = library.root / "one", library.root / "two"
    cluster(api, one, two)

    assert graph(api, two, one) == graph(api, one, two, one)


@pytest.mark.parametrize("folders", [[], [""], ["/nowhere/at/all"]])
def test_bad_folders_are_refused(api: Hosted, folders: list[str]) -> None:
    assert api.post(GRAPH, {"folder_paths": folders}).status_code in (400, 403)


def files(api: Hosted, answer: dict[str, Any], node: dict[str, Any]) -> list[str]:
    body = {
        "topic_cluster_cache_key": answer["stats"]["topic_cluster_cache_key"],
        "cluster_id": node["metadata"]["cluster_id"],
    }
    found: list[str] = answer_of(api.post(PATHS, body))["paths"]
    return found


def test_files_of_a_cluster(api: Hosted, library: Library) -> None:
    truth = fill_topics(library)
    cluster(api, library.root)
    answer = graph(api, library.root)

    listed = [files(api, answer, node) for node in answer["layers"][0]["nodes"]]

    assert [len(paths) for paths in listed] == [8, 8, 8]
    assert [len({truth[path] for path in paths}) for paths in listed] == [1, 1, 1]
    assert sorted(path for paths in listed for path in paths) == sorted(truth)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"topic_cluster_cache_key": "x"}, 400),
        ({"cluster_id": "topic_0"}, 400),
        ({"topic_cluster_cache_key": "x", "cluster_id": "topic_0"}, 404),
    ],
)
def test_a_cluster_must_be_named(api: Hosted, body: dict[str, str], status: int) -> None:
    assert api.post(PATHS, body).status_code == status


def test_an_unknown_cluster_is_not_there(api: Hosted, library: Library) -> None:
    fill_topics(library)
    cluster(api, library.root)
    key = graph(api, library.root)["stats"]["topic_cluster_cache_key"]

    assert api.post(PATHS, {"topic_cluster_cache_key": key, "cluster_id": "topic_99"}).status_code == 404


def test_missing_files_are_not_counted(api: Hosted, library: Library) -> None:
    fill_topics(library)
    cluster(api, library.root)
    for number in range(8):
        library.path(f"cat{number}.png").unlink()
    library.path("car0.png").unlink()
    api.update()

    answer = graph(api, library.root)

    check(answer)
    assert sorted(node["size"] for node in answer["layers"][0]["nodes"]) == [7.0, 8.0]
    assert (answer["stats"]["total_clusters"], answer["stats"]["selected_clusters"]) == (3, 2)


def test_inaccessible_files_are_neither_counted_nor_listed(tmp_path: Path) -> None:
    wide, narrow = Library(tmp_path / "wide"), tmp_path / "wide" / "narrow"
    fill_topics(wide, each=4)
    fill_topics(wide, each=4, folder="narrow")
    with hosted(tmp_path / "home", [wide.root]) as api:
        cluster(api, wide.root)
        whole = graph(api, wide.root)

    with hosted(tmp_path / "home", [narrow], access(control=AccessControl.ENABLE)) as api:
        assert api.post(GRAPH, {"folder_paths": [str(wide.root)]}).status_code == 403
        listed = [path for node in whole["layers"][0]["nodes"] for path in files(api, whole, node)]

    assert len(listed) == 12
    assert all(Path(path).parent == narrow for path in listed)


def test_lost_embeddings_affect_only_similarity(tmp_path: Path, library: Library) -> None:
    fill_topics(library)
    with hosted(tmp_path / "home", [library.root]) as api:
        cluster(api, library.root)
        raw_sql(api.services.store, "DELETE FROM media_embedding")
    with hosted(tmp_path / "home", [library.root]) as api:  # which holds no vectors in memory
        answer = graph(api, library.root)

    check(answer)
    assert answer["stats"]["abstraction_layers"] == 1
