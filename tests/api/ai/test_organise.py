"""Tests for organising: preview, confirmation, moving and undo."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.hosted import Hosted, access, answer_of, hosted
from support.library import Library
from support.organising import confirmed, previewed, start, status_of, undone, wait_until
from support.services import by_name, tags_of
from support.topics import SUBJECTS, fill_topics
from support.trees import known, tree

CAT = ", ".join(SUBJECTS["cat"])
LONE = "origami crane, folded paper, minimal"


@pytest.fixture
def messy(library: Library) -> Library:
    """Four pictures of each of three subjects and one of none, in one folder."""
    fill_topics(library, each=4, folder="messy")
    library.add("messy/lone.png", LONE)
    return library


def targets(preview: dict[str, Any]) -> dict[str, str]:
    """The destination of each file, by its source."""
    return {item["src_path"]: item["dest_path"] for item in preview["all_mappings"]}


def cluster_with(preview: dict[str, Any], name: str) -> dict[str, Any]:
    """The cluster that this file is in."""
    found: dict[str, Any] = next(
        cluster
        for cluster in preview["clusters"]
        if any(Path(item["src_path"]).name == name for item in cluster["file_mappings"])
    )
    return found


def test_the_preview_names_every_file_and_touches_none(api: Hosted, messy: Library) -> None:
    before = tree(messy.root)

    status = previewed(api, messy.path("messy"), dest_folder=str(messy.path("sorted")))

    preview = status["preview"]
    assert tree(messy.root) == before
    assert status["ready_to_confirm"]
    assert status["engine"] == "local"
    assert status["req"]["folder_paths"] == [str(messy.path("messy"))]
    assert [cluster["size"] for cluster in preview["clusters"]] == [4, 4, 4]
    assert preview["noise"]["suggested_folder_name"] == "Unsorted"
    assert preview["total_files"] == len(preview["all_mappings"]) == 13
    for cluster in preview["clusters"]:
        subject = {Path(item["src_path"]).stem.rstrip("0123456789") for item in cluster["file_mappings"]}
        assert len(subject) == 1
        for item in cluster["file_mappings"]:
            folder = messy.path("sorted") / cluster["suggested_folder_name"]
            assert Path(item["dest_path"]) == folder / Path(item["src_path"]).name


def test_a_confirmed_preview_comes_true_and_can_be_undone(api: Hosted, messy: Library) -> None:
    messy.add("messy/cat0.txt", content=b"notes")
    api.update()
    rows = by_name(api.services)
    tag = answer_of(api.post("/db/add_custom_tag", {"tag_name": "kept"}))
    body = {"img_paths": [str(messy.path("messy/cat0.png"))], "action": "add", "tag_id": tag["id"]}
    answer_of(api.post("/db/batch_update_image_tag", body))
    cat_id = rows["cat0.png"].id
    answer_of(api.post("/v1/media/ratings", {"ids": [cat_id], "rating": 4}))
    album = answer_of(api.post("/v1/albums", {"name": "best"}))["id"]
    answer_of(api.post(f"/v1/albums/{album}/items", {"ids": [cat_id]}))
    before, known_before = tree(messy.root), known(api.services)
    status = previewed(api, messy.path("messy"), dest_folder=str(messy.path("a/new/place")))

    done = confirmed(api, status["job_id"])

    wanted = targets(status["preview"])
    assert {str(path) for path in messy.root.rglob("*.png")} == set(wanted.values())
    assert done["result"]["moved_count"] == 13
    assert done["result"]["errors"] == []
    assert len(done["result"]["created_folders"]) == 3 + 4
    assert done["percent"] == 1.0
    cat = Path(wanted[str(messy.path("messy/cat0.png"))])
    assert cat.with_suffix(".txt").read_bytes() == b"notes"
    moved = by_name(api.services)
    assert {name: row.id for name, row in moved.items()} == {name: row.id for name, row in rows.items()}
    assert answer_of(api.get(f"/v1/media/{cat_id}"))["rating"] == 4
    assert answer_of(api.get(f"/v1/albums/{album}/items"))["ids"] == [cat_id]
    assert ("custom", "kept") in tags_of(api.services, moved["cat0.png"])

    undone(api, done["result"]["operation_id"])

    assert tree(messy.root) == before
    assert known(api.services) == known_before


def test_equal_names_are_numbered_and_sidecars_with_them(api: Hosted, library: Library) -> None:
    for place in ("one", "two", "three"):
        library.add(f"messy/{place}/cat.png", CAT, Version=place)
        library.add(f"messy/{place}/cat.txt", content=place.encode())
    library.add("sorted/pets/cat.png", "a picture that was there before")
    status = previewed(api, library.path("messy"), dest_folder=str(library.path("sorted")), recursive=True)
    [cluster] = status["preview"]["clusters"]
    edit = {"cluster_id": cluster["cluster_id"], "new_folder_name": "PETS"}
    before = library.path("sorted/pets/cat.png").read_bytes()

    assert status["preview"]["renamed_files"] == 2
    done = confirmed(api, status["job_id"], folder_edits=[edit])

    folder = library.path("sorted/pets")
    assert done["result"]["created_folders"] == []
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        ["cat.png", *(f"cat ({number}){end}" for number in (2, 3, 4) for end in (".png", ".txt"))]
    )
    assert (folder / "cat.png").read_bytes() == before
    for number in (2, 3, 4):
        place = (folder / f"cat ({number}).txt").read_bytes()
        assert place in (folder / f"cat ({number}).png").read_bytes()


def test_a_file_never_gets_the_sidecar_of_another_one(api: Hosted, library: Library) -> None:
    library.add("messy/a/cat.png", CAT, Version="alone")
    for name in ("cat.jpg", "cat.png"):
        library.add(f"messy/b/{name}", CAT, Version="together")
    library.add("messy/b/cat.txt", content=b"of both")
    status = previewed(api, library.path("messy"), recursive=True)

    done = confirmed(api, status["job_id"])

    [text] = library.root.rglob("*.txt")
    beside = [path for path in text.parent.iterdir() if path.stem == text.stem and path != text]
    assert done["result"]["moved_count"] == 3
    assert {path.suffix for path in beside} == {".jpg", ".png"}
    assert all(b"together" in path.read_bytes() for path in beside)


def test_clusters_can_be_renamed_merged_and_skipped(api: Hosted, messy: Library) -> None:
    status = previewed(api, messy.path("messy"), handle_noise="leave")
    preview = status["preview"]
    cat, car, city = (cluster_with(preview, f"{subject}0.png")["cluster_id"] for subject in SUBJECTS)
    edits = [
        {"cluster_id": cat, "new_folder_name": " all: / my?pictures. "},
        {"cluster_id": car, "new_folder_name": "All my Pictures"},
    ]

    done = confirmed(api, status["job_id"], folder_edits=edits, skip_cluster_ids=[city])

    assert preview["noise"]["size"] == 1
    assert preview["noise"]["file_mappings"][0]["dest_path"] == str(messy.path("messy/lone.png"))
    assert preview["total_files"] == 12
    assert done["result"]["moved_count"] == 8
    [folder] = [path for path in messy.path("messy").iterdir() if path.is_dir()]
    assert folder.name.casefold() == "all my pictures"
    assert len(list(folder.iterdir())) == 8
    assert sorted(path.name for path in messy.path("messy").glob("*.png")) == [
        *(f"city{number}.png" for number in range(4)),
        "lone.png",
    ]


@pytest.mark.parametrize("naming", ["title", "keywords", "id"])
def test_folders_are_named_as_asked(api: Hosted, messy: Library, naming: str) -> None:
    status = previewed(api, messy.path("messy"), folder_naming=naming, max_folder_name_length=18)

    for cluster in status["preview"]["clusters"]:
        name = cluster["suggested_folder_name"]
        full = {
            "title": cluster["title"],
            "keywords": "_".join(cluster["keywords"][:3]),
            "id": f"cluster_{cluster['cluster_id']}",
        }[naming]
        assert name == full[:18].strip(" .")


def test_topics_of_the_same_folder_name_are_one_cluster(api: Hosted, messy: Library) -> None:
    status = previewed(api, messy.path("messy"), folder_naming="id", max_folder_name_length=4)

    [cluster] = status["preview"]["clusters"]
    assert cluster["suggested_folder_name"] == "clus"
    assert cluster["cluster_ids"] == ["topic_0", "topic_1", "topic_2"]
    assert cluster["cluster_id"] == "topic_0_topic_1_topic_2"
    assert cluster["size"] == 12


@pytest.mark.parametrize(("policy", "listed", "moved"), [("unsorted", 1, 13), ("leave", 1, 12), ("skip", 0, 12)])
def test_noise_is_handled_as_asked(api: Hosted, messy: Library, policy: str, listed: int, moved: int) -> None:
    preview = previewed(api, messy.path("messy"), handle_noise=policy)["preview"]

    assert (preview["noise"]["size"] if preview["noise"] else 0) == listed
    assert preview["total_files"] == moved


def test_the_noise_folder_has_the_language_of_the_titles(api: Hosted, messy: Library) -> None:
    preview = previewed(api, messy.path("messy"), lang="zh")["preview"]

    assert preview["noise"]["suggested_folder_name"] == "未分类"


def test_copies_leave_the_files_where_they_are(api: Hosted, messy: Library) -> None:
    api.update()
    before, known_before = tree(messy.root), known(api.services)
    status = previewed(api, messy.path("messy"), dest_folder=str(messy.path("copies")), action="copy")

    done = confirmed(api, status["job_id"])

    after = tree(messy.root)
    assert {path: entry for path, entry in after.items() if not path.startswith("copies")} == before
    assert len(list(messy.path("copies").rglob("*.png"))) == 13
    assert known(api.services) == known_before
    api.update()
    assert len(known(api.services)) == 26
    undone(api, done["result"]["operation_id"])
    assert tree(messy.root) == before


def test_organising_twice_finds_nothing_to_do(api: Hosted, messy: Library) -> None:
    first = previewed(api, messy.path("messy"))
    confirmed(api, first["job_id"])
    before = tree(messy.root)

    again = previewed(api, messy.path("messy"), recursive=True)

    assert again["preview"]["total_files"] == 0
    assert again["preview"]["message"].startswith("nothing to organise: 13 are already in their folder")
    done = confirmed(api, again["job_id"])
    assert done["result"]["moved_count"] == 0
    assert tree(messy.root) == before


def test_files_without_a_prompt_are_counted_and_stay(api: Hosted, library: Library) -> None:
    library.add("messy/plain.png", "")

    preview = previewed(api, library.path("messy"))["preview"]

    assert preview["total_files"] == 0
    assert preview["untouched_files"] == 1
    assert preview["message"] == "nothing to organise: 1 have no prompt"


def test_sub_folders_are_left_alone_unless_asked_for(api: Hosted, messy: Library) -> None:
    messy.add("messy/sub/cat9.png", ", ".join(SUBJECTS["cat"]))

    assert previewed(api, messy.path("messy"))["preview"]["total_files"] == 13
    assert previewed(api, messy.path("messy"), recursive=True)["preview"]["total_files"] == 14


def test_a_second_confirmation_is_refused_with_the_state(api: Hosted, messy: Library) -> None:
    status = previewed(api, messy.path("messy"))
    confirmed(api, status["job_id"])

    refused = api.post("/db/organize_files_confirm", {"job_id": status["job_id"]})

    assert refused.status_code == 409
    assert refused.json()["status"] == "completed"


def test_an_early_confirmation_is_refused_or_waits(api: Hosted, messy: Library) -> None:
    with api.services.disk_lock.hold():  # the index run inside cannot end meanwhile
        job_id = start(api, messy.path("messy"), dest_folder=str(messy.path("sorted")))
        refused = api.post("/db/organize_files_confirm", {"job_id": job_id})
        waiting = answer_of(api.post("/db/organize_files_confirm", {"job_id": job_id, "wait": True}))
        twice = api.post("/db/organize_files_confirm", {"job_id": job_id, "wait": True})

    assert refused.status_code == 409
    assert refused.json()["status"] in ("queued", "running")
    assert waiting["ok"]
    assert twice.status_code == 409
    assert wait_until(api, job_id, "completed")["result"]["moved_count"] == 13


def test_an_early_answer_that_does_not_fit_leaves_the_preview(api: Hosted, messy: Library) -> None:
    with api.services.disk_lock.hold():
        job_id = start(api, messy.path("messy"))
        answer_of(
            api.post("/db/organize_files_confirm", {"job_id": job_id, "wait": True, "skip_cluster_ids": ["topic_77"]})
        )

    status = wait_until(api, job_id, "preview_ready")

    assert "topic_77" in status["message"]
    assert not status["confirmed"]
    assert confirmed(api, job_id)["result"]["moved_count"] == 13


def test_answers_that_make_no_sense_change_nothing(api: Hosted, messy: Library) -> None:
    status = previewed(api, messy.path("messy"))
    job_id, before = status["job_id"], tree(messy.root)
    cluster_id = status["preview"]["clusters"][0]["cluster_id"]

    for body in (
        {"folder_edits": [{"cluster_id": "topic_77", "new_folder_name": "x"}]},
        {"folder_edits": [{"cluster_id": cluster_id, "new_folder_name": " ./. "}]},
        {"folder_edits": [{"cluster_id": cluster_id, "new_folder_name": name} for name in "xy"]},
        {"skip_cluster_ids": ["topic_77"]},
    ):
        assert api.post("/db/organize_files_confirm", {"job_id": job_id, **body}).status_code == 400

    assert api.post("/db/organize_files_confirm", {"job_id": "0" * 32}).status_code == 404
    assert api.get("/db/organize_files_status", params={"job_id": "ü"}).status_code == 404
    assert status_of(api, job_id)["status"] == "preview_ready"
    assert tree(messy.root) == before


@pytest.mark.parametrize(
    "body",
    [
        {"folder_paths": []},
        {"folder_paths": ["{root}/nowhere"]},
        {"folder_paths": ["{root}/messy/lone.png"]},
        {"action": "delete"},
        {"handle_noise": "burn"},
        {"folder_naming": "colour"},
        {"dest_folder": "{root}/messy/lone.png"},
        {"dest_folder": "{root}/.iib-trash/x"},
        {"max_folder_name_length": 0},
        {"noise_folder_name": "..."},
    ],
)
def test_requests_that_make_no_sense_are_refused_at_once(api: Hosted, messy: Library, body: dict[str, Any]) -> None:
    def placed(value: Any) -> Any:
        if isinstance(value, list):
            return [placed(item) for item in value]
        return value.replace("{root}", str(messy.root)) if isinstance(value, str) else value

    asked = {"folder_paths": [str(messy.path("messy"))], **{key: placed(value) for key, value in body.items()}}

    assert api.post("/db/organize_files_start", asked).status_code == 400


def test_only_trusted_folders_take_part(tmp_path: Path, messy: Library) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    inside = str(messy.path("messy"))
    with hosted(tmp_path / "home", [messy.root], access(allowed=[messy.root])) as api:
        for body in (
            {"folder_paths": [str(outside)]},
            {"folder_paths": [inside], "dest_folder": str(outside)},
            {"folder_paths": [inside], "dest_folder": f"{messy.root}/../outside"},
        ):
            assert api.post("/db/organize_files_start", body).status_code == 403

        assert confirmed(api, start_ready(api, inside))["result"]["moved_count"] == 13
    assert list(outside.iterdir()) == []


def start_ready(api: Hosted, folder: str) -> str:
    """Start organising and wait for the preview; returns the id of the job."""
    job_id: str = previewed(api, folder)["job_id"]
    return job_id


def test_a_link_out_of_the_roots_put_in_the_way_is_not_followed(tmp_path: Path, messy: Library) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    with hosted(tmp_path / "home", [messy.root], access(allowed=[messy.root])) as api:
        status = previewed(api, messy.path("messy"), dest_folder=str(messy.path("sorted")))
        messy.path("sorted").symlink_to(outside, target_is_directory=True)

        done = confirmed(api, status["job_id"])

    assert done["result"]["moved_count"] == 0
    assert len(done["result"]["errors"]) == 13
    assert list(outside.iterdir()) == []
    assert len(list(messy.path("messy").glob("*.png"))) == 13


def test_changes_after_the_preview_are_reported_and_no_file_is_replaced(api: Hosted, messy: Library) -> None:
    status = previewed(api, messy.path("messy"), dest_folder=str(messy.path("sorted")))
    wanted = targets(status["preview"])
    gone, met = (str(messy.path(f"messy/cat{number}.png")) for number in (0, 1))
    Path(gone).unlink()
    Path(wanted[met]).parent.mkdir(parents=True)
    Path(wanted[met]).write_bytes(b"somebody was faster")

    done = confirmed(api, status["job_id"])

    assert [error["src"] for error in done["result"]["errors"]] == [gone]
    assert done["result"]["moved_count"] == 12
    assert Path(wanted[met]).read_bytes() == b"somebody was faster"
    assert Path(wanted[met]).with_name("cat1 (2).png").is_file()


def test_a_preview_can_be_given_up(api: Hosted, messy: Library) -> None:
    job_id = start_ready(api, str(messy.path("messy")))

    assert answer_of(api.post("/db/organize_files_cancel", {"job_id": job_id}))["cancelled"]

    status = status_of(api, job_id)
    assert (status["status"], status["cancelled"]) == ("failed", True)
    assert api.post("/db/organize_files_confirm", {"job_id": job_id}).status_code == 409
    assert not answer_of(api.post("/db/organize_files_cancel", {"job_id": job_id}))["cancelled"]


def test_the_words_of_older_front_ends(api: Hosted, messy: Library) -> None:
    job_id = start_ready(api, str(messy.path("messy")))
    confirmed(api, job_id)

    status = status_of(api, job_id, status_style="legacy", with_preview=False)

    assert (status["status"], status["stage"], status["preview"]) == ("done", "done", None)
