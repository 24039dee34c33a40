"""One request to every endpoint; the OpenAPI document shows the answers as examples.

A new endpoint gets a line here; `make openapi` records it.
"""

from __future__ import annotations

import base64
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from support.ai_service import fake_service
from support.example_recorder import Recorder
from support.hosted import Hosted, access, answer_of, hosted
from support.legacy import make_legacy
from support.library import Library
from support.pictures import jpeg, write_video
from support.services import wait_for
from support.topics import fill_topics

KEY = "a long secret key"
HERE = ("127.0.0.1", 50_000)
Json = Any


def record(home: Path) -> dict[str, dict[str, Json]]:
    """Record the examples by operation. `home` is an empty folder."""
    library = _filled(home / "library")
    old = make_legacy(home / "old" / "iib.db", {"/old/pictures/a.png": ["sunset"]})
    with _desktop(home / "programs"), fake_service() as service:
        ai = service.settings(embedding_model="text-embedding-3-small", chat_model="gpt-4o-mini")
        with hosted(home / "program", [library.root], address=HERE, ai=ai, enable_shutdown=True) as api:
            api.app.routes[-1].app.state.runtime.stop_server = lambda: None  # type: ignore[attr-defined]
            api.update()
            places = {str(library.root): "/library", str(home / "program"): "/opt/iib", str(home / "old"): "/old"}
            places |= {os.getcwd(): "/opt/iib", os.path.expanduser("~"): "/home/me"}  # noqa: PTH109, PTH111
            told = Recorder(api, places)
            for visit in (
                _system,
                _files,
                _media,
                _search,
                _tags,
                _curation,
                _ai,
                _organise,
                _duplicates,
                _index,
                _operations,
                _folders,
            ):
                visit(told, library)
            told.post("/v1/import", {"path": str(old), "map": [], "dry_run": True})
    with hosted(home / "locked", [library.root], access(key=KEY)) as locked:
        recorder = Recorder(locked, {})
        recorder.post("/v1/session", {"key": KEY})
        recorder.delete("/v1/session")
        told.examples |= recorder.examples
    return told.examples


def _filled(root: Path) -> Library:
    library = Library(root)
    library.add("2026/a.png", "a cat, sunset, <lora:ink:0.8>", "a dog", model="sdxl", sampler="Euler a", seed=1234)
    library.add("2026/b.png", "a lion, sunset", "a dog", model="sdxl", sampler="Euler a", seed=77)
    library.add("broken.png", content=b"no picture at all")
    library.add("old/c.png", "a forest", model="anime")
    write_video(library.path("2026/clip.mp4"), frames=24)
    for place in library.root.rglob("*.mp4"):
        library.date(place.relative_to(library.root).as_posix())
    return library


@contextmanager
def _desktop(folder: Path) -> Iterator[None]:
    """A desktop whose programs do nothing, so that no window opens while examples are recorded."""
    if sys.platform != "linux":
        yield
        return
    folder.mkdir(parents=True)
    (folder / "xdg-open").write_text("#!/bin/sh\nexit 0\n", encoding="utf-8")
    (folder / "xdg-open").chmod(0o755)
    before = os.environ["PATH"]
    os.environ["PATH"] = f"{folder}{os.pathsep}{before}"
    try:
        yield
    finally:
        os.environ["PATH"] = before


def _system(told: Recorder, library: Library) -> None:
    picture = str(library.path("2026/a.png"))
    told.post("/app_fe_setting", {"name": "global", "value": '{"lang": "en"}'})
    for path in ("/hello", "/version", "/global_setting", "/gen_info_completed"):
        told.get(path)
    told.delete("/app_fe_setting", {"name": "fullscreen_layout"})
    told.post("/check_path_exists", {"paths": [picture, "/absent"]})
    told.post("/send_img_path", path=picture)
    told.post("/shutdown")
    if sys.platform == "linux":
        told.post("/open_folder", {"path": picture})
        told.post("/open_with_default_app", {"path": picture})


def _files(told: Recorder, library: Library) -> None:
    folder, picture = str(library.path("2026")), str(library.path("2026/a.png"))
    told.get("/files", folder_path=folder)
    told.post("/batch_get_files_info", {"paths": [folder, picture]})
    told.post("/batch_top_4_media_info", {"paths": [folder]})


def _media(told: Recorder, library: Library) -> None:
    picture, video = str(library.path("2026/a.png")), str(library.path("2026/clip.mp4"))
    date = "2026-01-31 18:22:05"
    told.get("/image-thumbnail", path=picture, t=date, size="512x512")
    told.get("/file", path=picture, t=date)
    told.get("/stream_video", path=video)
    told.get("/video_cover", path=video, mt=date)
    cover = base64.b64encode(jpeg()).decode()
    told.post("/set_target_frame_as_video_cover", {"path": video, "base64_img": cover, "updated_time": date})
    told.get("/image_geninfo", path=picture)
    told.post("/image_geninfo_batch", {"paths": [picture]})
    told.get("/image_exif", path=picture)
    told.post("/v1/geninfo", {"paths": [picture]})


def _search(told: Recorder, library: Library) -> None:
    folder = str(library.root)
    body = {
        "surstr": "sunset",
        "regexp": "",
        "cursor": "",
        "size": 100,
        "folder_paths": [folder],
        "media_type": "image",
    }
    told.post("/db/search_by_substr", body)
    told.get("/db/random_images")
    tags = {(tag["type"], tag["name"]): tag["id"] for tag in told.get("/db/basic_info")["tags"]}
    model, like = tags["Model", "sdxl"], tags["custom", "like"]
    told.post("/db/match_images_by_tags", {"and_tags": [model], "or_tags": [], "not_tags": [like], "size": 100})
    told.get("/db/stats/trend")
    query = {"q": "model:sdxl", "language": True}
    opened = told.post("/v1/results", query)
    columns = told.get("/v1/results/{token}/columns", token=opened["token"], start=0, count=500)
    told.get("/v1/results/{token}/layout", token=opened["token"])
    told.get("/v1/results/{token}/position", token=opened["token"], id=columns["id"][0])
    for path in ("/v1/media/{media_id}", "/v1/media/{media_id}/thumbnail", "/v1/media/{media_id}/file"):
        told.get(path, media_id=columns["id"][0])
    told.get("/v1/folders", parent=folder)
    told.post("/v1/search", {"q": "model:sdxl sunset", "size": 100})
    told.post("/v1/facets", {**query, "facets": ["model", "sampler"], "limit": 10})
    told.post("/v1/stats/timeline", {**query, "by": "model", "per": "month"})
    told.post("/v1/stats/together", {"first": "model", "second": "lora"})
    told.post("/v1/suggest", {"q": "model:sd", "position": 8, "limit": 12})
    told.post("/v1/query/check", {"q": "steps:>many"})
    told.get("/v1/query/fields")
    told.post("/v1/export", query, format="jsonl")


def _tags(told: Recorder, library: Library) -> None:
    picture, other = str(library.path("2026/a.png")), str(library.path("2026/b.png"))
    tag = told.post("/db/add_custom_tag", {"tag_name": "favourites"})["id"]
    told.post("/db/toggle_custom_tag_to_img", {"img_path": picture, "tag_id": tag})
    told.post("/db/batch_update_image_tag", {"img_paths": [picture, other], "action": "add", "tag_id": tag})
    told.post("/db/update_tag", {"id": tag, "color": "#4a90d9"})
    told.get("/db/img_selected_custom_tag", path=picture)
    told.post("/db/get_image_tags", {"paths": [picture, other]})
    told.get("/v1/tags")
    told.get("/v1/tags/recent", limit=10)
    found = answer_of(told.api.post("/db/search_by_substr", {"surstr": "2026"}))["files"]
    ids = {entry["name"]: entry["id"] for entry in found}
    told.post("/db/remove_custom_tag_from_img", {"img_id": ids["a.png"], "tag_id": tag})
    extra = answer_of(told.api.post("/db/add_custom_tag", {"tag_name": "best"}))["id"]
    told.post("/v1/media/tags", {"ids": [ids["a.png"]], "add": [tag], "remove": [extra]})
    told.post("/v1/tags/{tag_id}/rename", {"name": "best of all"}, tag_id=extra)
    told.post("/v1/tags/{tag_id}/group", {"group": "chosen"}, tag_id=extra)
    told.post("/v1/tags/{tag_id}/merge", {"into": tag}, tag_id=extra)
    spare = answer_of(told.api.post("/db/add_custom_tag", {"tag_name": "spare"}))["id"]
    told.delete("/v1/tags/{tag_id}", tag_id=spare)
    gone = answer_of(told.api.post("/db/add_custom_tag", {"tag_name": "gone"}))["id"]
    told.post("/db/remove_custom_tag", {"tag_id": gone})
    rule = {"tag": "evening", "filters": [{"field": "pos_prompt", "operator": "contains", "value": "sunset"}]}
    told.post("/v1/tag_rules/preview", {"rule": rule, "sample": 24})
    _finish(told.api, told.post("/v1/tag_rules/apply", {"rules": [rule]}))


def _curation(told: Recorder, library: Library) -> None:
    path = str(library.path("2026/b.png"))
    found = answer_of(told.api.post("/db/search_by_substr", {"surstr": "2026"}))["files"]
    first, second = found[0]["id"], found[1]["id"]
    told.post("/v1/media/ratings", {"ids": [first], "paths": [], "rating": 4})
    told.post("/v1/media/flags", {"ids": [], "paths": [path], "flag": "pick"})
    album = told.post("/v1/albums", {"name": "best"})["id"]
    told.post("/v1/albums/{album_id}/items", {"ids": [first, second]}, album_id=album)
    told.post("/v1/albums/{album_id}/order", {"ids": [second], "before": first}, album_id=album)
    told.patch("/v1/albums/{album_id}", {"name": "best of all", "cover_id": first}, album_id=album)
    told.get("/v1/albums/{album_id}/items", album_id=album)
    told.get("/v1/albums/{album_id}", album_id=album)
    told.get("/v1/albums")
    told.post("/v1/albums/{album_id}/items/remove", {"ids": [second]}, album_id=album)
    told.delete("/v1/albums/{album_id}/items", {"ids": [first]}, album_id=album)
    told.delete("/v1/albums/{album_id}", album_id=album)
    search = told.post("/v1/saved_searches", {"name": "lions", "query": {"q": "lion", "sort": "newest"}})["id"]
    told.get("/v1/saved_searches")
    told.patch("/v1/saved_searches/{search_id}", {"name": "big cats"}, search_id=search)
    told.delete("/v1/saved_searches/{search_id}", search_id=search)
    told.get("/v1/changes", limit=50)
    told.post("/v1/undo", {})
    told.post("/v1/redo", {})


def _ai(told: Recorder, library: Library) -> None:
    fill_topics(library, each=4, folder="topics")
    folder = str(library.path("topics"))
    told.api.update()
    told.post("/db/build_iib_output_embeddings", {"folder_paths": [folder], "recursive": True})
    body = {"folder_paths": [folder], "threshold": 0.85, "min_cluster_size": 3, "lang": "en", "recursive": True}
    job = told.post("/db/cluster_iib_output_job_start", body)["job_id"]
    _until(told.api, "/db/cluster_iib_output_job_status", job)
    told.get("/db/cluster_iib_output_job_status", job_id=job)
    told.post("/db/cluster_iib_output_cached", body)
    graph = told.post("/db/cluster_tag_graph", {"folder_paths": [folder], "lang": "en"})
    cluster = graph["layers"][0]["nodes"][0]["id"].removeprefix("cluster_")
    key = graph["stats"]["topic_cluster_cache_key"]
    told.post("/db/cluster_tag_graph_cluster_paths", {"topic_cluster_cache_key": key, "cluster_id": cluster})
    told.post("/db/cluster_iib_output_job_cancel", {"job_id": job})
    hits = told.post("/db/search_iib_output_by_prompt", {"query": "a castle", "folder_paths": [folder], "top_k": 10})
    told.get("/v1/similar/{media_id}", media_id=hits["results"][0]["id"], top_k=10)
    told.post("/ai-chat", {"messages": [{"role": "user", "content": "Suggest a title for a sunset."}]})


def _organise(told: Recorder, library: Library) -> None:
    sources, target = str(library.path("topics")), str(library.path("by topic"))
    body = {"folder_paths": [sources], "dest_folder": target, "min_cluster_size": 3, "recursive": True}
    job = told.post("/db/organize_files_start", body)["job_id"]
    _until(told.api, "/db/organize_files_status", job, "preview_ready")
    preview = told.get("/db/organize_files_status", job_id=job)["preview"]
    edit = {"cluster_id": preview["all_mappings"][0]["cluster_id"], "new_folder_name": "Favourites"}
    told.post("/db/organize_files_confirm", {"job_id": job, "folder_edits": [edit], "skip_cluster_ids": []})
    _until(told.api, "/db/organize_files_status", job)
    told.post("/db/organize_files_cancel", {"job_id": job})


def _duplicates(told: Recorder, library: Library) -> None:
    content = library.path("2026/a.png").read_bytes()
    library.add("2026/copy of a.png", content=content)
    told.api.update()
    body = {"folder_paths": [str(library.path("2026"))], "near": True}
    job = _finish(told.api, told.post("/v1/duplicates/jobs", body))
    told.get("/v1/duplicates", job_id=job, limit=50)
    library.path("2026/copy of a.png").unlink()
    told.api.update()


def _index(told: Recorder, library: Library) -> None:
    told.get("/db/expired_dirs")
    told.post("/db/update_image_data", {"path": str(library.path("2026"))})
    told.post("/db/rebuild_index")
    job = _finish(told.api, told.post("/v1/index", {"rebuild": False, "path": None}))
    told.get("/v1/jobs")
    told.post("/v1/jobs/{job_id}/cancel", job_id=job)
    told.get("/v1/index/errors", limit=200)


def _operations(told: Recorder, library: Library) -> None:
    inbox = library.path("inbox")
    told.post("/mkdirs", {"dest_folder": str(inbox)})
    one, two = str(library.path("2026/a.png")), str(library.path("2026/b.png"))
    target = {"dest": str(inbox), "create_dest_folder": True, "continue_on_error": False}
    told.post("/copy_files", {"file_paths": [one], **target})
    told.post("/move_files", {"file_paths": [two], **target})
    told.post("/v1/operations/undo")
    told.post("/db/rename", {"path": two, "name": "lion.png"})
    told.post("/flatten_folder", {"folder_path": str(inbox), "dry_run": True})
    told.post("/zip", {"paths": [one], "compress": False, "pack_only": True})
    told.post("/delete_files", {"file_paths": [str(inbox / "a.png")]})
    listed = told.get("/v1/operations", limit=2)
    told.post("/v1/operations/{operation_id}/stop", operation_id=listed["operations"][0]["id"])
    kept = told.get("/v1/trash", limit=200)["items"]
    told.post("/v1/trash/restore", {"ids": [kept[0]["id"]], "on_conflict": "fail"})
    told.post("/v1/operations/{operation_id}/undo", operation_id=listed["operations"][0]["id"] + 1)
    told.post("/v1/trash/purge", {"ids": [item["id"] for item in answer_of(told.api.get("/v1/trash"))["items"]]})


def _folders(told: Recorder, library: Library) -> None:
    body = {"path": str(library.path("2026")), "types": ["scanned"]}
    told.post("/db/extra_paths", body)
    told.post("/db/alias_extra_path", {"path": body["path"], "alias": "This year"})
    told.get("/db/extra_paths")
    told.delete("/db/extra_paths", body)


def _finish(api: Hosted, started: Json) -> str:
    """Wait for the end of a job."""
    job: str = started["job_id"]
    api.services.jobs.wait(job)  # type: ignore[arg-type]
    return job


def _until(api: Hosted, path: str, job: str, *further: str) -> None:
    """Poll until the answer is true."""
    wait_for(lambda: answer_of(api.get(path, params={"job_id": job}))["status"] in ("completed", "failed", *further))
