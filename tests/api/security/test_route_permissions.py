"""Tests that every route has exactly one guard, and the permission that the table below names."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import APIRoute
from support.process import CHECKOUT
from support.services import make_settings

from iib.api import KNOWN, OPEN, READ, ROUTERS, WRITE, Guard, create_api
from iib.bootstrap import Runtime

SNAPSHOT = CHECKOUT / "tests" / "snapshots" / "openapi.json"

# Method, path, guard: the routes of the public API, and those of the page.
TABLE: dict[tuple[str, str], Guard] = {
    ("GET", "/hello"): OPEN,
    ("GET", "/"): OPEN,
    ("GET", "/fe-static/{path:path}"): OPEN,
    ("GET", "/global_setting"): KNOWN,
    ("POST", "/app_fe_setting"): WRITE,
    ("DELETE", "/app_fe_setting"): WRITE,
    ("GET", "/version"): KNOWN,
    ("POST", "/check_path_exists"): KNOWN,
    ("GET", "/files"): READ,
    ("POST", "/batch_get_files_info"): READ,
    ("POST", "/batch_top_4_media_info"): READ,
    ("POST", "/delete_files"): WRITE,
    ("POST", "/mkdirs"): WRITE,
    ("POST", "/copy_files"): WRITE,
    ("POST", "/move_files"): WRITE,
    ("POST", "/db/rename"): WRITE,
    ("POST", "/flatten_folder"): WRITE,
    ("POST", "/zip"): Guard(write=True, reveals=True),
    ("GET", "/image-thumbnail"): READ,
    ("HEAD", "/image-thumbnail"): READ,
    ("GET", "/file"): READ,
    ("HEAD", "/file"): READ,
    ("POST", "/shutdown"): KNOWN,
    ("POST", "/open_folder"): WRITE,
    ("POST", "/open_with_default_app"): WRITE,
    ("POST", "/send_img_path"): READ,
    ("GET", "/gen_info_completed"): KNOWN,
    ("GET", "/stream_video"): READ,
    ("HEAD", "/stream_video"): READ,
    ("GET", "/video_cover"): READ,
    ("HEAD", "/video_cover"): READ,
    ("POST", "/set_target_frame_as_video_cover"): WRITE,
    ("GET", "/image_geninfo"): READ,
    ("POST", "/image_geninfo_batch"): READ,
    ("GET", "/image_exif"): READ,
    ("POST", "/v1/geninfo"): READ,
    ("POST", "/v1/search"): READ,
    ("POST", "/v1/facets"): READ,
    ("POST", "/v1/stats/timeline"): READ,
    ("POST", "/v1/stats/together"): READ,
    ("POST", "/v1/suggest"): READ,
    ("POST", "/v1/query/check"): KNOWN,
    ("GET", "/v1/query/fields"): KNOWN,
    ("POST", "/v1/export"): READ,
    ("GET", "/db/basic_info"): READ,
    ("GET", "/db/expired_dirs"): READ,
    ("POST", "/db/update_image_data"): WRITE,
    ("POST", "/db/rebuild_index"): WRITE,
    ("GET", "/db/random_images"): READ,
    ("POST", "/db/search_by_substr"): READ,
    ("POST", "/db/match_images_by_tags"): READ,
    ("GET", "/db/extra_paths"): READ,
    ("POST", "/db/extra_paths"): WRITE,
    ("DELETE", "/db/extra_paths"): WRITE,
    ("POST", "/db/alias_extra_path"): WRITE,
    ("POST", "/db/add_custom_tag"): WRITE,
    ("POST", "/db/toggle_custom_tag_to_img"): WRITE,
    ("POST", "/db/batch_update_image_tag"): WRITE,
    ("POST", "/db/remove_custom_tag"): WRITE,
    ("POST", "/db/remove_custom_tag_from_img"): WRITE,
    ("POST", "/db/update_tag"): WRITE,
    ("GET", "/db/img_selected_custom_tag"): READ,
    ("POST", "/db/get_image_tags"): READ,
    ("GET", "/db/stats/trend"): READ,
    ("POST", "/db/build_iib_output_embeddings"): WRITE,
    ("POST", "/db/organize_files_start"): WRITE,
    ("GET", "/db/organize_files_status"): READ,
    ("POST", "/db/organize_files_confirm"): WRITE,
    ("POST", "/db/organize_files_cancel"): WRITE,
    ("POST", "/db/cluster_iib_output_job_start"): WRITE,
    ("GET", "/db/cluster_iib_output_job_status"): READ,
    ("POST", "/db/cluster_iib_output_job_cancel"): WRITE,
    ("POST", "/db/cluster_iib_output_cached"): READ,
    ("POST", "/db/search_iib_output_by_prompt"): READ,  # asks for more when it may embed
    ("POST", "/db/cluster_tag_graph"): READ,  # asks for more when it must ask a model
    ("POST", "/db/cluster_tag_graph_cluster_paths"): READ,
    ("GET", "/v1/similar/{media_id}"): READ,
    ("POST", "/v1/duplicates/jobs"): WRITE,
    ("GET", "/v1/duplicates"): READ,
    ("POST", "/ai-chat"): WRITE,
    ("GET", "/openapi.json"): KNOWN,
    ("POST", "/v1/session"): OPEN,
    ("DELETE", "/v1/session"): OPEN,
    ("POST", "/v1/results"): READ,
    ("GET", "/v1/results/{token}/columns"): READ,
    ("GET", "/v1/results/{token}/layout"): READ,
    ("GET", "/v1/results/{token}/position"): READ,
    ("GET", "/v1/media/{media_id}"): READ,
    ("GET", "/v1/media/{media_id}/thumbnail"): READ,
    ("HEAD", "/v1/media/{media_id}/thumbnail"): READ,
    ("GET", "/v1/media/{media_id}/file"): READ,
    ("HEAD", "/v1/media/{media_id}/file"): READ,
    ("GET", "/v1/folders"): READ,
    ("GET", "/v1/events"): READ,
    ("GET", "/v1/jobs"): READ,
    ("POST", "/v1/jobs/{job_id}/cancel"): WRITE,
    ("POST", "/v1/index"): WRITE,
    ("GET", "/v1/index/errors"): READ,
    ("GET", "/v1/operations"): READ,
    ("POST", "/v1/operations/undo"): WRITE,
    ("POST", "/v1/operations/{operation_id}/undo"): WRITE,
    ("POST", "/v1/operations/{operation_id}/stop"): WRITE,
    ("GET", "/v1/trash"): READ,
    ("POST", "/v1/trash/restore"): WRITE,
    ("POST", "/v1/trash/purge"): WRITE,
    ("GET", "/v1/tags"): READ,
    ("GET", "/v1/tags/recent"): READ,
    ("POST", "/v1/tags/{tag_id}/rename"): WRITE,
    ("POST", "/v1/tags/{tag_id}/merge"): WRITE,
    ("POST", "/v1/tags/{tag_id}/group"): WRITE,
    ("DELETE", "/v1/tags/{tag_id}"): WRITE,
    ("POST", "/v1/media/tags"): WRITE,
    ("POST", "/v1/tag_rules/preview"): READ,
    ("POST", "/v1/tag_rules/apply"): WRITE,
    ("POST", "/v1/import"): WRITE,
    ("POST", "/v1/media/ratings"): WRITE,
    ("POST", "/v1/media/flags"): WRITE,
    ("GET", "/v1/albums"): READ,
    ("POST", "/v1/albums"): WRITE,
    ("GET", "/v1/albums/{album_id}"): READ,
    ("PATCH", "/v1/albums/{album_id}"): WRITE,
    ("DELETE", "/v1/albums/{album_id}"): WRITE,
    ("GET", "/v1/albums/{album_id}/items"): READ,
    ("POST", "/v1/albums/{album_id}/items"): WRITE,
    ("DELETE", "/v1/albums/{album_id}/items"): WRITE,
    ("POST", "/v1/albums/{album_id}/items/remove"): WRITE,
    ("POST", "/v1/albums/{album_id}/order"): WRITE,
    ("GET", "/v1/saved_searches"): READ,
    ("POST", "/v1/saved_searches"): WRITE,
    ("PATCH", "/v1/saved_searches/{search_id}"): WRITE,
    ("DELETE", "/v1/saved_searches/{search_id}"): WRITE,
    ("GET", "/v1/changes"): READ,
    ("POST", "/v1/undo"): WRITE,
    ("POST", "/v1/redo"): WRITE,
}


def routes() -> list[APIRoute]:
    """The routes of all routers that the application includes."""
    found = []
    for router in ROUTERS:
        for route in router.routes:
            assert isinstance(route, APIRoute), f"{route} bypasses the guards"
            found.append(route)
    return found


def guards_of(route: APIRoute) -> list[Guard]:
    """The guards among its dependencies."""
    return [item.call for item in route.dependant.dependencies if isinstance(item.call, Guard)]


def test_every_route_declares_exactly_one_guard() -> None:
    assert [route.path for route in routes() if len(guards_of(route)) != 1] == []


def test_every_route_has_the_permission_of_the_table() -> None:
    found = {(method, route.path): guards_of(route)[0] for route in routes() for method in route.methods}

    assert found == TABLE


def test_the_application_has_no_route_besides_those_of_its_routers(tmp_path: Path) -> None:
    settings = make_settings(tmp_path / "home")
    api = create_api(Runtime(settings), settings.access)

    assert len(list(api.openapi()["paths"])) > 20
    # FastAPI keeps included routers as they are or copies their routes; either way nothing else may be there.
    own = [route for route in api.routes if type(route).__name__ not in ("APIRoute", "_IncludedRouter")]
    assert own == []


def test_no_address_is_declared_twice() -> None:
    seen = [(method, route.path) for route in routes() for method in route.methods]

    assert len(seen) == len(set(seen))


# --- the document -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The document that the export tool writes."""
    target = tmp_path_factory.mktemp("openapi") / "openapi.json"
    tool = CHECKOUT / "tools" / "export_openapi.py"
    subprocess.run([sys.executable, str(tool), str(target)], check=True, cwd=CHECKOUT)
    found: dict[str, Any] = json.loads(target.read_text(encoding="utf-8"))
    return found


def test_the_committed_document_is_up_to_date(document: dict[str, Any]) -> None:
    assert json.loads(SNAPSHOT.read_text(encoding="utf-8")) == document, "run `make openapi`"


def operations(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """(method and path, operation) of all of them."""
    return [
        (f"{method.upper()} {path}", operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
    ]


def test_every_operation_has_a_summary_a_description_and_a_tag(document: dict[str, Any]) -> None:
    lacking = [
        name
        for name, operation in operations(document)
        if not (operation.get("summary") and operation.get("description") and operation.get("tags"))
    ]

    assert lacking == []


def test_every_operation_describes_its_answer(document: dict[str, Any]) -> None:
    without = []
    for name, operation in operations(document):
        content = operation["responses"]["200"].get("content", {})
        if not content or content.get("application/json", {}).get("schema") == {}:
            without.append(name)
    null_or_stream = {
        "POST /app_fe_setting", "DELETE /app_fe_setting", "POST /db/update_image_data", "POST /db/rebuild_index",
        "POST /db/extra_paths", "DELETE /db/extra_paths", "POST /db/batch_update_image_tag", "POST /db/update_tag",
        "POST /db/remove_custom_tag", "POST /db/remove_custom_tag_from_img", "POST /mkdirs", "GET /v1/events",
    }  # fmt: skip

    assert set(without) <= null_or_stream


def test_operation_ids_are_unique(document: dict[str, Any]) -> None:
    ids = [operation["operationId"] for _name, operation in operations(document)]

    assert len(ids) == len(set(ids))
