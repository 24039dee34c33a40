"""Tests for the AI endpoints with the built-in engine and no service."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from support.hosted import Hosted, access, answer_of, hosted
from support.library import Library
from support.services import make_services
from support.topics import SUBJECTS, cluster, clusters, fill_topics, prompt_of, wait_for_clusters

from iib.model.job import JobId, JobRow, JobStatus
from iib.settings import Permission
from iib.store import Store

START = "/db/cluster_iib_output_job_start"
STATUS = "/db/cluster_iib_output_job_status"
CACHED = "/db/cluster_iib_output_cached"
SEARCH = "/db/search_iib_output_by_prompt"
BUILD = "/db/build_iib_output_embeddings"
READ_ONLY = access(permission=Permission.READ_ONLY)


def found(api: Hosted, library: Library, query: str, **body: object) -> list[str]:
    """Names of the hits, best first."""
    asked = {"folder_paths": [str(library.root)], "query": query, **body}
    return [Path(hit["path"]).name for hit in answer_of(api.post(SEARCH, asked))["results"]]


# --- clusters


def test_subjects_become_clusters_with_titles_and_every_file_is_accounted_for(api: Hosted, library: Library) -> None:
    truth = fill_topics(library)

    result = clusters(api, library.root)

    assert [item["size"] for item in result["clusters"]] == [8, 8, 8]
    assert [len({truth[path] for path in item["paths"]}) for item in result["clusters"]] == [1, 1, 1]
    listed = [path for item in result["clusters"] for path in item["paths"]] + result["noise"]
    assert sorted(listed) == sorted(truth)
    assert result["count"] == 24
    assert (result["engine"], result["model"]) == ("local", "local")


def test_a_cluster_has_all_public_fields(api: Hosted, library: Library) -> None:
    fill_topics(library)

    first = clusters(api, library.root)["clusters"][0]

    assert set(first) == {"id", "title", "keywords", "size", "paths", "sample_prompt", "title_fallback"}
    assert first["id"] == "topic_0"
    assert first["keywords"]
    subject = Path(first["paths"][0]).stem.rstrip("0123456789")
    assert any(keyword in SUBJECTS[subject] for keyword in first["keywords"])
    assert "masterpiece" not in first["sample_prompt"]


def test_a_status_has_all_public_fields(api: Hosted, library: Library) -> None:
    fill_topics(library)

    status = cluster(api, library.root)

    assert (status["status"], status["stage"]) == ("completed", "done")
    assert (status["percent"], status["error"], status["cache_hit"]) == (1.0, None, False)
    assert status["folders"] == [str(library.root)]
    counted = {"scanned": 24, "to_embed": 24, "embedded_done": 24, "updated": 24, "skipped": 0, "items_total": 24,
               "items_done": 24, "clusters_total": 3, "clusters_done": 3}  # fmt: skip
    assert {name: status["progress"][name] for name in counted} == counted


def test_older_front_ends_hear_their_own_words(api: Hosted, library: Library) -> None:
    fill_topics(library)
    job_id = cluster(api, library.root)["job_id"]

    status = answer_of(api.get(STATUS, params={"job_id": job_id, "status_style": "legacy"}))

    assert (status["status"], status["stage"]) == ("done", "done")


def test_a_folder_that_no_root_holds_is_indexed_first(tmp_path: Path) -> None:
    stray = Library(tmp_path / "stray")
    fill_topics(stray, each=4, folder="deep/er")

    with hosted(tmp_path / "home", []) as api:
        assert [item["size"] for item in clusters(api, stray.root)["clusters"]] == [4, 4, 4]


def test_files_that_came_since_are_indexed_first(api: Hosted, library: Library) -> None:
    fill_topics(library)
    clusters(api, library.root)
    library.add("new/cat99.png", prompt_of("cat", 99))

    assert clusters(api, library.root)["count"] == 25


def test_without_recursion_only_the_folder_itself_counts(api: Hosted, library: Library) -> None:
    fill_topics(library, each=3)
    fill_topics(library, each=5, folder="below")

    assert clusters(api, library.root, recursive=False)["count"] == 9
    assert clusters(api, library.root)["count"] == 24
    assert clusters(api, library.root / "below")["count"] == 15


def test_small_groups_are_noise_and_none_is_lost(api: Hosted, library: Library) -> None:
    fill_topics(library)
    library.add("lone.png", "origami crane made of paper, folded, minimal")

    result = clusters(api, library.root, min_cluster_size=3)

    assert [Path(path).name for path in result["noise"]] == ["lone.png"]
    assert sum(item["size"] for item in result["clusters"]) + len(result["noise"]) == result["count"] == 25


def test_the_order_of_files_and_folders_means_nothing(tmp_path: Path) -> None:
    def grouped(name: str, *, backwards: bool) -> set[frozenset[str]]:
        library = Library(tmp_path / name / "library")
        wanted = [(subject, number) for subject in SUBJECTS for number in range(6)]
        for subject, number in reversed(wanted) if backwards else wanted:
            library.add(f"{subject}/{number}.png", prompt_of(subject, number))
        folders = [library.root / subject for subject in SUBJECTS]
        with hosted(tmp_path / name / "home", [library.root]) as api:
            result = clusters(api, *(reversed(folders) if backwards else folders), threshold=0.95)
        return {
            frozenset(Path(path).relative_to(library.root).as_posix() for path in item["paths"])
            for item in result["clusters"]
        }

    assert grouped("one", backwards=False) == grouped("two", backwards=True)


def test_a_higher_threshold_never_enlarges_the_largest_cluster(api: Hosted, library: Library) -> None:
    fill_topics(library)

    sizes = []
    for threshold in (0.0, 0.3, 0.6, 0.8, 0.9, 0.95, 0.99, 0.999):
        result = clusters(api, library.root, threshold=threshold, min_cluster_size=1)
        assert result["threshold"] == threshold  # zero is a threshold too
        sizes.append(max(item["size"] for item in result["clusters"]))

    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] == 24


def test_files_without_a_prompt_are_left_out(api: Hosted, library: Library) -> None:
    fill_topics(library, each=3)
    library.add("plain.png", content=b"not even a picture")

    assert clusters(api, library.root)["count"] == 9


def test_an_empty_folder_is_a_result_without_clusters(api: Hosted, library: Library) -> None:
    result = clusters(api, library.root)

    assert (result["count"], result["clusters"], result["noise"]) == (0, [], [])


def test_paths_in_a_result_are_where_the_files_are_now(api: Hosted, library: Library) -> None:
    truth = fill_topics(library, each=4)
    job_id = cluster(api, library.root)["job_id"]
    moved = library.root / "elsewhere"
    moved.mkdir()
    for path in truth:
        shutil.move(path, moved)
    api.update()

    result = answer_of(api.get(STATUS, params={"job_id": job_id}))["result"]

    assert {str(Path(path).parent) for item in result["clusters"] for path in item["paths"]} == {str(moved)}
    assert result["count"] == 12


# --- what is refused at once


@pytest.mark.parametrize("url", [START, CACHED, SEARCH, BUILD])
def test_folders_must_exist_and_be_folders(api: Hosted, library: Library, url: str) -> None:
    file = library.add("a.png")

    for folders in ([str(library.root / "absent")], [str(file)]):
        assert api.post(url, {"folder_paths": folders, "query": "cat"}).status_code == 400


@pytest.mark.parametrize("url", [START, CACHED, SEARCH])
def test_a_folder_must_be_named(api: Hosted, url: str) -> None:
    assert api.post(url, {"query": "cat"}).status_code == 400
    assert api.post(url, {"query": "cat", "folder_paths": [" "]}).status_code == 400


@pytest.mark.parametrize("url", [START, CACHED, SEARCH, BUILD])
def test_folders_outside_the_roots_are_refused(tmp_path: Path, library: Library, url: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()

    with hosted(tmp_path / "home", [library.root], access(allowed=[library.root])) as api:
        assert api.post(url, {"folder_paths": [str(outside)], "query": "cat"}).status_code == 403


@pytest.mark.parametrize("body", [{"model": "text-embedding-3-small"}, {"title_model": "gpt-4o"}])
def test_a_service_that_is_asked_for_and_not_there_is_a_503_at_once(
    api: Hosted, library: Library, body: dict[str, str]
) -> None:
    answer = api.post(START, {"folder_paths": [str(library.root)], **body})

    assert answer.status_code == 503
    assert "OPENAI_API_KEY" in answer.json()["detail"]


def test_the_chat_needs_a_service(api: Hosted) -> None:
    answer = api.post("/ai-chat", {"messages": [{"role": "user", "content": "hello"}]})

    assert answer.status_code == 503
    assert "OPENAI_API_KEY" in answer.json()["detail"]


def test_an_unknown_job_is_a_404(api: Hosted, library: Library) -> None:
    library.fill(1)
    index_job = api.services.index.start_update()
    api.services.jobs.wait(index_job)

    assert api.get(STATUS, params={"job_id": "nothing"}).status_code == 404
    assert api.get(STATUS, params={"job_id": index_job}).status_code == 404
    assert api.post("/db/cluster_iib_output_job_cancel", {"job_id": "nothing"}).status_code == 404


def test_a_read_only_server_starts_no_job_and_searches_existing_embeddings(tmp_path: Path, library: Library) -> None:
    fill_topics(library, each=4)
    with hosted(tmp_path / "home", [library.root]) as api:
        job_id = cluster(api, library.root)["job_id"]

    with hosted(tmp_path / "home", [library.root], READ_ONLY) as api:
        scope = {"folder_paths": [str(library.root)]}
        assert api.post(START, scope).status_code == 403
        assert api.post(BUILD, scope).status_code == 403
        assert api.post(SEARCH, {**scope, "query": "cat"}).status_code == 403
        assert len(answer_of(api.post(SEARCH, {**scope, "query": "cat", "ensure_embed": False}))["results"]) == 12
        assert answer_of(api.post(CACHED, scope))["cache_hit"] is True
        assert answer_of(api.get(STATUS, params={"job_id": job_id}))["status"] == "completed"


# --- the cache


def test_the_same_question_is_answered_from_the_cache(api: Hosted, library: Library) -> None:
    fill_topics(library)
    first = cluster(api, library.root)

    again = cluster(api, f"{library.root}{os.sep}")
    cached = answer_of(api.post(CACHED, {"folder": str(library.root)}))

    assert again["cache_hit"] is True
    assert again["result"] == first["result"] == cached["result"]
    assert (cached["cache_hit"], cached["stale"], len(cached["cache_key"])) == (True, False, 40)
    assert cached["stale_reason"]["embeddings_count"] == 24
    assert cached["cached_at"]


def test_another_threshold_is_another_question(api: Hosted, library: Library) -> None:
    fill_topics(library)
    clusters(api, library.root)

    cached = answer_of(api.post(CACHED, {"folder": str(library.root), "threshold": 0.5}))

    assert (cached["cache_hit"], cached["cached_at"], cached["result"], cached["stale"]) == (False, "", None, True)


def test_a_changed_folder_makes_a_result_stale(api: Hosted, library: Library) -> None:
    fill_topics(library)
    clusters(api, library.root)
    library.add("cat77.png", prompt_of("cat", 77))

    reason = answer_of(api.post(CACHED, {"folder": str(library.root)}))["stale_reason"]

    assert (reason["folders_changed"], reason["reason"]) == (True, "folder_modified_date_changed")
    assert reason["path"] == str(library.root)


def test_new_embeddings_make_a_result_stale(api: Hosted, library: Library) -> None:
    fill_topics(library)
    clusters(api, library.root)
    library.add("cat77.png", prompt_of("cat", 77))
    answer_of(api.post(BUILD, {"folder": str(library.root)}))

    cached = answer_of(api.post(CACHED, {"folder": str(library.root)}))

    assert (cached["cache_hit"], cached["stale"]) == (True, True)
    assert (cached["stale_reason"]["folders_changed"], cached["stale_reason"]["embeddings_changed"]) == (False, True)
    assert cluster(api, library.root)["cache_hit"] is False


def test_a_folder_that_was_never_indexed_is_said_to_be(api: Hosted, library: Library) -> None:
    reason = answer_of(api.post(CACHED, {"folder": str(library.root)}))["stale_reason"]

    assert reason["reason"] == "folder_not_indexed"


# --- jobs


def test_an_interrupted_job_continues_under_its_id_after_a_restart(tmp_path: Path, library: Library) -> None:
    fill_topics(library)
    home = tmp_path / "home"
    with hosted(home, [library.root]) as api:
        job_id = cluster(api, library.root)["job_id"]
    store = Store.open(home / "iib.db")
    with store.write() as unit:  # as a killed process leaves it
        row = unit.jobs.find(JobId(job_id))
        assert row is not None
        unit.jobs.save(_running(row))
    store.close()

    with hosted(home, [library.root]) as api:
        status = wait_for_clusters(api, job_id)

    assert status["status"] == "completed"
    assert len(status["result"]["clusters"]) == 3


def _running(row: JobRow) -> JobRow:
    return JobRow(row.id, row.kind, JobStatus.RUNNING, "embedding", created_at=row.created_at,
                  updated_at=row.updated_at, params_json=row.params_json)  # fmt: skip


def test_the_result_of_a_finished_job_outlives_a_restart(tmp_path: Path, library: Library) -> None:
    fill_topics(library)
    with hosted(tmp_path / "home", [library.root]) as api:
        before = cluster(api, library.root)

    with hosted(tmp_path / "home", [library.root]) as api:
        after = answer_of(api.get(STATUS, params={"job_id": before["job_id"]}))

    assert after["result"] == before["result"]
    assert after["progress"] == before["progress"]


def test_cancelling_an_ended_job_says_so(api: Hosted, library: Library) -> None:
    fill_topics(library, each=3)
    job_id = cluster(api, library.root)["job_id"]

    assert answer_of(api.post("/db/cluster_iib_output_job_cancel", {"job_id": job_id})) == {"cancelled": False}


# --- embeddings


def test_building_embeddings_returns_counts(api: Hosted, library: Library) -> None:
    fill_topics(library)

    first = answer_of(api.post(BUILD, {"folder": str(library.root)}))
    again = answer_of(api.post(BUILD, {"folder": str(library.root)}))

    counted = ("count", "updated", "skipped", "skipped_failed", "failed")
    assert [first[name] for name in counted] == [24, 24, 0, 0, 0]
    assert [again[name] for name in counted] == [24, 0, 24, 0, 0]
    assert first["folder"] == str(library.root)
    assert first["engine"] == "local"


def test_a_changed_prompt_is_embedded_again(api: Hosted, library: Library) -> None:
    fill_topics(library, each=4)
    answer_of(api.post(BUILD, {"folder": str(library.root)}))
    library.add("cat0.png", "a paper crane, origami")
    api.services.index.start_rebuild()

    api.update()
    again = answer_of(api.post(BUILD, {"folder": str(library.root)}))

    assert (again["updated"], again["skipped"]) == (1, 11)


def test_the_local_model_grows_with_the_library(api: Hosted, library: Library) -> None:
    fill_topics(library, each=3)
    clusters(api, library.root)
    before = api.services.semantic.models.get(None).model_id
    for number in range(9):
        library.add(f"castle{number}.png", f"stone castle, moat, banner, gothic tower, sky{number}")

    result = clusters(api, library.root)

    assert api.services.semantic.models.get(None).model_id != before
    assert sorted(item["size"] for item in result["clusters"]) == [3, 3, 3, 9]


# --- search


def test_a_search_finds_similar_meanings_best_first(api: Hosted, library: Library) -> None:
    fill_topics(library)

    for subject, query in (("cat", "kitten"), ("car", "sports car racing"), ("city", "cyberpunk")):
        assert {name[: len(subject)] for name in found(api, library, query, top_k=5)} == {subject}


def test_a_search_answer_has_all_public_fields(api: Hosted, library: Library) -> None:
    fill_topics(library)

    answer = answer_of(api.post(SEARCH, {"folder": str(library.root), "query": "cat", "top_k": 3}))

    assert {"query", "folder", "folders", "model", "engine", "count", "top_k", "results"} == set(answer)
    assert (answer["query"], answer["count"], answer["top_k"]) == ("cat", 24, 3)
    assert len(answer["results"]) == 3
    assert {"id", "path", "score", "sample_prompt"} <= set(answer["results"][0])
    scores = [hit["score"] for hit in answer["results"]]
    assert scores == sorted(scores, reverse=True)


def test_equal_scores_go_by_id(api: Hosted, library: Library) -> None:
    for number in range(12):
        library.add(f"{number}.png", "a tabby cat on a sofa")

    answer = answer_of(api.post(SEARCH, {"folder": str(library.root), "query": "cat", "top_k": 7}))

    ids = [hit["id"] for hit in answer["results"]]
    assert len({hit["score"] for hit in answer["results"]}) == 1
    assert ids == sorted(ids)[:7]


def test_a_minimum_score_leaves_out_dissimilar_files(api: Hosted, library: Library) -> None:
    fill_topics(library)

    names = found(api, library, "tabby cat, kitten", min_score=0.9)

    assert names
    assert {name[:3] for name in names} == {"cat"}


@pytest.mark.parametrize("query", ["", "   "])
def test_an_empty_query_is_refused(api: Hosted, library: Library, query: str) -> None:
    assert api.post(SEARCH, {"folder": str(library.root), "query": query}).status_code == 400


def test_a_search_of_one_folder_stays_inside_it(api: Hosted, library: Library) -> None:
    fill_topics(library, each=2)
    fill_topics(library, each=3, folder="below")

    answer = answer_of(api.post(SEARCH, {"folder": str(library.root / "below"), "query": "cat"}))
    alone = answer_of(api.post(SEARCH, {"folder": str(library.root), "query": "cat", "recursive": False}))

    assert (answer["count"], alone["count"]) == (9, 6)


def test_a_hybrid_search_puts_files_with_the_very_words_first(api: Hosted, library: Library) -> None:
    fill_topics(library)
    library.add("exact.png", "tabby cat, moon base, detail0815")

    names = found(api, library, "detail0815", hybrid=True)

    assert names[0] == "exact.png"


def test_more_like_this_one(api: Hosted, library: Library) -> None:
    fill_topics(library)
    answer_of(api.post(BUILD, {"folder": str(library.root)}))
    [first] = [entry for entry in api.search(surstr="cat0.png")["files"] if entry["name"] == "cat0.png"]

    answer = answer_of(api.get(f"/v1/similar/{first['id']}", params={"top_k": 7}))

    assert {Path(hit["path"]).name[:3] for hit in answer["results"]} == {"cat"}
    assert first["id"] not in {hit["id"] for hit in answer["results"]}
    assert len(answer["results"]) == 7


def test_nothing_is_like_a_file_that_is_not_there(api: Hosted) -> None:
    assert api.get("/v1/similar/4711").status_code == 404


def test_a_file_without_a_prompt_is_like_nothing(api: Hosted, library: Library) -> None:
    library.add("plain.png", content=b"no picture")
    api.update()
    [entry] = api.search(surstr="plain")["files"]

    assert answer_of(api.get(f"/v1/similar/{entry['id']}"))["results"] == []


# --- for organising and the graph of tags


def test_the_newest_clustering_of_these_folders_can_be_found(tmp_path: Path, library: Library) -> None:
    fill_topics(library, each=3)
    with hosted(tmp_path / "home", [library.root]) as api:
        status = cluster(api, library.root)
        services = api.services
        latest = services.semantic.latest_clustering(services.semantic.status(status["job_id"]).params.scope)

        assert latest is not None
        assert services.semantic.clustering_of_key(latest[0]) == latest[1]
        assert services.semantic.clustering(status["job_id"]) == latest[1]
        assert [len(item.members) for item in latest[1].clusters] == [3, 3, 3]


def test_services_without_a_start_can_be_closed(tmp_path: Path) -> None:
    make_services(tmp_path / "home").close()
