"""Tests for the secret key, the permission, and the paths that a request may name."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from support.hosted import Hosted, access, answer_of, hosted, names
from support.library import Library

from iib.access.auth import MAX_FAILURES, cookie_value
from iib.settings import AccessControl, HostSettings, Permission

KEY = "correct horse ü"
REFUSED = {"detail": {"type": "secret_verification_failed"}}
needs_links = pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[Hosted]:
    """A server with a secret key."""
    with hosted(tmp_path / "home", [], access(key=KEY)) as opened:
        yield opened


# --- the secret -------------------------------------------------------------------------------------------------------


def test_the_cookie_is_the_hash_of_key_and_salt() -> None:
    assert cookie_value(KEY) == hashlib.sha256(f"{KEY}_ciallo".encode()).hexdigest()


@pytest.mark.parametrize(
    "headers",
    [
        {"Cookie": f"other=1; IIB_S={cookie_value(KEY)}"},
        {"Authorization": f"Bearer {KEY}".encode()},
        {"Authorization": f"bearer  {KEY}".encode()},
        {"X-IIB-Secret": KEY.encode()},
    ],
)
def test_the_key_is_taken_from_cookie_bearer_or_header(locked: Hosted, headers: dict[str, str]) -> None:
    assert locked.get("/version", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Cookie": "IIB_S="},
        {"Cookie": f"IIB_S={cookie_value('wrong')}"},
        {"Cookie": "IIB_S=correct"},
        {"Authorization": "Bearer wrong"},
        {"Authorization": b"Basic " + KEY.encode()},
        {"Authorization": KEY.encode()},
        {"Authorization": f"Bearer {cookie_value(KEY)}"},
        {"X-IIB-Secret": "wrong"},
        {"X-IIB-Secret": b"\xff\xfe"},
    ],
)
def test_a_missing_or_wrong_key_is_exactly_this_401(locked: Hosted, headers: dict[str, str]) -> None:
    answer = locked.get("/version", headers=headers)

    assert (answer.status_code, answer.json()) == (401, REFUSED)


def test_health_check_and_page_are_open(locked: Hosted) -> None:
    assert locked.get("/hello").status_code == 200
    assert locked.get("").status_code == 200
    assert locked.get("/fe-static/absent.js").status_code == 404


def test_without_a_key_everything_is_open(tmp_path: Path) -> None:
    with hosted(tmp_path / "home") as api:
        assert api.get("/version", headers={"Authorization": "Bearer anything"}).status_code == 200


def test_guessing_is_slowed_down(locked: Hosted) -> None:
    codes = [locked.get("/version", headers={"X-IIB-Secret": str(n)}).status_code for n in range(MAX_FAILURES + 10)]

    assert codes[:MAX_FAILURES] == [401] * MAX_FAILURES
    assert set(codes[MAX_FAILURES:]) == {429}
    refused = locked.get("/version", headers={"X-IIB-Secret": "x"})
    assert int(refused.headers["retry-after"]) > 0
    assert isinstance(refused.json()["detail"], str)


def test_a_user_with_the_key_is_not_locked_out_by_a_guesser_at_the_same_address(locked: Hosted) -> None:
    good = {"X-IIB-Secret": KEY.encode()}
    answer_of(locked.get("/version", headers=good))
    for number in range(MAX_FAILURES * 3):
        locked.get("/version", headers={"X-IIB-Secret": str(number)})

    assert locked.get("/version", headers=good).status_code == 200


def test_requests_without_any_key_are_no_guesses(locked: Hosted) -> None:
    for _ in range(MAX_FAILURES * 2):
        assert locked.get("/version").status_code == 401

    assert locked.get("/version", headers={"X-IIB-Secret": KEY.encode()}).status_code == 200


def test_the_key_never_shows_in_an_answer(locked: Hosted) -> None:
    good = {"X-IIB-Secret": KEY.encode()}

    for address in ("/global_setting", "/version", "/openapi.json", "/db/basic_info"):
        assert KEY not in locked.get(address, headers=good).text


# --- permission -------------------------------------------------------------------------------------------------------

READS = [
    ("GET", "/files?folder_path=/", None),
    ("POST", "/batch_get_files_info", {"paths": []}),
    ("POST", "/batch_top_4_media_info", {"paths": []}),
    ("GET", "/db/basic_info", None),
    ("GET", "/db/expired_dirs", None),
    ("GET", "/db/random_images", None),
    ("POST", "/db/search_by_substr", {}),
    ("POST", "/db/match_images_by_tags", {}),
    ("GET", "/db/extra_paths", None),
    ("POST", "/image_geninfo_batch", {"paths": []}),
    ("POST", "/v1/results", {}),
    ("GET", "/v1/folders", None),
    ("GET", "/v1/jobs", None),
]
WRITES = [
    ("POST", "/app_fe_setting", {"name": "a", "value": "1"}),
    ("DELETE", "/app_fe_setting", {"name": "a"}),
    ("POST", "/db/update_image_data", {}),
    ("POST", "/db/rebuild_index", None),
    ("DELETE", "/db/extra_paths", {"path": "/absent", "types": []}),
    ("POST", "/v1/index", {}),
]
ALWAYS = [("GET", "/hello", None), ("GET", "/version", None), ("GET", "/global_setting", None), ("GET", "", None)]


@pytest.mark.parametrize(
    ("permission", "reads", "writes"),
    [
        (Permission.READ_WRITE, 200, 200),
        (Permission.READ_ONLY, 200, 403),
        (Permission.WRITE_ONLY, 403, 200),
        (Permission.NO_ACCESS, 403, 403),
    ],
)
def test_the_permission_limits_responses(tmp_path: Path, permission: Permission, reads: int, writes: int) -> None:
    with hosted(tmp_path / "home", [], access(permission=permission)) as api:

        def codes(requests: list[tuple[str, str, object]]) -> set[int]:
            return {api.client.request(method, url, json=body).status_code for method, url, body in requests}

        assert codes(READS) == {reads}
        assert codes(WRITES) == {writes}
        assert codes(ALWAYS) == {200}


def test_a_refused_write_names_the_permission_it_needs(tmp_path: Path) -> None:
    with hosted(tmp_path / "home", [], access(permission=Permission.READ_ONLY)) as api:
        detail = api.post("/db/rebuild_index").json()["detail"]

    assert "read-write" in detail
    assert "write-only" in detail


@pytest.mark.parametrize("permission", [Permission.WRITE_ONLY, Permission.NO_ACCESS])
def test_global_setting_reveals_no_paths_tags_or_settings_without_reading(
    tmp_path: Path, library: Library, permission: Permission
) -> None:
    with hosted(tmp_path / "home", [library.root], access()) as api:
        answer_of(api.post("/app_fe_setting", {"name": "topic_search_scope", "value": f'["{library.root.name}"]'}))
    with hosted(tmp_path / "home", [library.root], access(permission=permission)) as api:
        answer = api.get("/global_setting")

    assert str(tmp_path) not in answer.text
    assert library.root.name not in answer.text
    values = answer.json()
    assert (values["all_custom_tags"], values["extra_paths"], values["app_fe_setting"]) == ([], [], {})


@pytest.mark.parametrize("permission", [Permission.WRITE_ONLY, Permission.NO_ACCESS])
def test_check_path_exists_reveals_nothing_without_reading(
    tmp_path: Path, library: Library, permission: Permission
) -> None:
    with hosted(tmp_path / "home", [library.root], access(permission=permission)) as api:
        answer = answer_of(api.post("/check_path_exists", {"paths": [str(library.root)]}))

    assert answer == {str(library.root): False}


# --- path trust -------------------------------------------------------------------------------------------------------


class Fenced:
    """A library with one allowed folder, and the files around it."""

    def __init__(self, api: Hosted, library: Library) -> None:
        self.api = api
        self.library = library
        self.inside = library.path("lib/in.png")
        self.outside = library.path("outside/secret.png")
        self.twin = library.path("lib-private/secret.png")
        self.allowed = library.path("lib")


@pytest.fixture
def fenced(tmp_path: Path, library: Library) -> Iterator[Fenced]:
    for name in ("lib/in.png", "lib/deep/er.png", "outside/secret.png", "lib-private/secret.png", "lib.bak/secret.png"):
        library.add(name, "secret words")
    with hosted(tmp_path / "home", [library.root], access(allowed=[library.path("lib")])) as api:
        api.update()
        yield Fenced(api, library)


SINGLE: list[Callable[[Hosted, str], httpx.Response]] = [
    lambda api, path: api.get("/file", params={"path": path}),
    lambda api, path: api.get("/image-thumbnail", params={"path": path}),
    lambda api, path: api.get("/image_geninfo", params={"path": path}),
    lambda api, path: api.head("/file", params={"path": path}),
]


def hidden_spellings(fenced: Fenced) -> list[str]:
    """Spellings of paths outside that a careless check accepts."""
    allowed = fenced.allowed
    return [
        str(fenced.outside),
        str(fenced.twin),
        str(fenced.library.path("lib.bak/secret.png")),
        f"{allowed}/../outside/secret.png",
        f"{allowed}/deep/../../outside/secret.png",
        f"{allowed}/./../lib-private/secret.png",
        f"//{str(fenced.outside).lstrip('/')}",
        f"{allowed}/../lib/../outside/secret.png",
    ]


def test_files_inside_are_served(fenced: Fenced) -> None:
    for ask in SINGLE:
        assert ask(fenced.api, str(fenced.inside)).status_code == 200


def test_no_spelling_reaches_a_file_outside(fenced: Fenced) -> None:
    for path in hidden_spellings(fenced):
        for ask in SINGLE:
            answer = ask(fenced.api, path)
            assert answer.status_code == 403, path
            assert "secret words" not in answer.text


def test_an_encoded_path_is_the_same_path(fenced: Fenced) -> None:
    for raw in hidden_spellings(fenced):
        assert fenced.api.get(f"/file?path={quote(raw, safe='')}").status_code == 403
        assert fenced.api.get(f"/file?path={quote(quote(raw, safe=''), safe='')}").status_code in (403, 404)


@needs_links
@pytest.mark.parametrize("is_folder", [True, False])
def test_a_link_inside_a_root_does_not_lead_outside(fenced: Fenced, is_folder: bool) -> None:
    link = fenced.allowed / "link"
    link.symlink_to(fenced.outside.parent if is_folder else fenced.outside)
    target = str(link / "secret.png") if is_folder else str(link)
    picture = fenced.allowed / "link.png"
    picture.symlink_to(fenced.outside)
    api = fenced.api

    for path in (target, str(picture)):
        for ask in SINGLE:
            assert ask(api, path).status_code in (400, 403)
        assert answer_of(api.post("/image_geninfo_batch", {"paths": [path]})) == {path: ""}
        assert answer_of(api.post("/batch_get_files_info", {"paths": [path]})) == {}
        assert answer_of(api.post("/check_path_exists", {"paths": [path]})) == {path: False}
    assert {entry["name"] for entry in api.files(fenced.allowed)} == {"in.png", "deep"}
    covers = answer_of(api.post("/batch_top_4_media_info", {"paths": [str(fenced.allowed)]}))[str(fenced.allowed)]
    assert [cover["name"] for cover in covers] == ["in.png"]


@needs_links
def test_a_linked_picture_that_was_indexed_is_not_shown(fenced: Fenced) -> None:
    (fenced.allowed / "link.png").symlink_to(fenced.outside)
    (fenced.allowed / "linked").symlink_to(fenced.outside.parent)
    fenced.api.update()

    assert set(names(fenced.api.search())) == {"in.png", "er.png"}
    assert set(names(fenced.api.by_tags())) == {"in.png", "er.png"}
    assert {entry["name"] for entry in answer_of(fenced.api.get("/db/random_images"))} == {"in.png", "er.png"}


@needs_links
def test_a_link_after_dot_dot_is_one_path_for_check_and_opening(fenced: Fenced) -> None:
    (fenced.allowed / "link").symlink_to(fenced.outside.parent)

    answer = fenced.api.get("/file", params={"path": f"{fenced.allowed}/link/../in.png"})

    assert answer.status_code == 200
    assert answer.content == fenced.inside.read_bytes()


@needs_links
def test_a_root_that_is_a_link_itself_is_trusted(tmp_path: Path, library: Library) -> None:
    path = library.add("a.png")
    link = tmp_path / "link"
    link.symlink_to(library.root)

    with hosted(tmp_path / "home", [link], access(allowed=[link])) as api:
        api.update()
        for spelling in (link / "a.png", path):
            assert api.get("/file", params={"path": str(spelling)}).status_code == 200
        assert names(api.search()) == ["a.png"]


def test_listings_outside_are_refused_and_not_turned_into_something_else(fenced: Fenced) -> None:
    for folder in (fenced.outside.parent, fenced.twin.parent, f"{fenced.allowed}/../outside", "/etc"):
        assert fenced.api.get("/files", params={"folder_path": str(folder)}).status_code == 403


def test_folders_above_a_root_show_only_the_way_to_it(fenced: Fenced) -> None:
    above = fenced.api.files(fenced.allowed.parent)

    assert [entry["name"] for entry in above] == ["lib"]
    assert fenced.api.files(fenced.allowed.parent.parent)[0]["name"] == fenced.allowed.parent.name
    top = Path(fenced.allowed.anchor)
    assert [entry["name"] for entry in fenced.api.files(top)] == [fenced.allowed.parts[1]]


def test_folders_above_a_root_are_for_navigation_only(fenced: Fenced) -> None:
    above = str(fenced.allowed.parent)
    api = fenced.api

    assert answer_of(api.post("/check_path_exists", {"paths": [above]})) == {above: True}
    assert answer_of(api.post("/batch_get_files_info", {"paths": [above]}))[above]["type"] == "dir"
    assert answer_of(api.post("/batch_top_4_media_info", {"paths": [above]})) == {above: []}
    assert api.get("/v1/folders", params={"parent": above}).status_code == 403
    assert api.post("/v1/results", {"folder": above}).status_code == 403
    assert api.post("/db/update_image_data", {"path": above}).status_code == 403


def test_batches_leave_out_paths_outside(fenced: Fenced) -> None:
    inside, outside, twin = str(fenced.inside), str(fenced.outside), str(fenced.twin)
    api, paths = fenced.api, [str(fenced.inside), str(fenced.outside), str(fenced.twin)]

    assert list(answer_of(api.post("/batch_get_files_info", {"paths": paths}))) == [inside]
    texts = answer_of(api.post("/image_geninfo_batch", {"paths": paths}))
    assert texts[inside].startswith("secret words")
    assert (texts[outside], texts[twin]) == ("", "")
    assert answer_of(api.post("/check_path_exists", {"paths": paths})) == {inside: True, outside: False, twin: False}


def test_scopes_outside_are_dropped(fenced: Fenced) -> None:
    outside = str(fenced.outside.parent)

    assert names(fenced.api.search(folder_paths=[outside])) == []
    assert set(names(fenced.api.search(folder_paths=[outside, str(fenced.allowed)]))) == {"in.png", "er.png"}


def test_an_id_does_not_open_a_file_outside(tmp_path: Path, library: Library) -> None:
    library.add("lib/in.png")
    library.add("outside/secret.png", "secret words")
    with hosted(tmp_path / "home", [library.root]) as api:
        api.update()
        ids = {entry["name"]: entry["id"] for entry in api.search()["files"]}

    with hosted(tmp_path / "home", [library.root], access(allowed=[library.path("lib")])) as api:
        for address in ("", "/file", "/thumbnail"):
            answer = api.get(f"/v1/media/{ids['secret.png']}{address}")
            assert answer.status_code == 403
            assert "secret words" not in answer.text
            assert api.get(f"/v1/media/{ids['in.png']}{address}").status_code == 200
        assert answer_of(api.get("/v1/index/errors"))["errors"] == []
        assert [item["path"] for item in answer_of(api.get("/v1/folders"))["folders"]] == [str(library.path("lib"))]


@pytest.mark.parametrize(
    ("control", "has_list", "is_on"),
    [
        (AccessControl.AUTO, False, False),
        (AccessControl.AUTO, True, True),
        (AccessControl.DISABLE, True, False),
        (AccessControl.DISABLE, False, False),
        (AccessControl.ENABLE, True, True),
        (AccessControl.ENABLE, False, True),
    ],
)
def test_when_access_control_is_on(
    tmp_path: Path, library: Library, control: AccessControl, has_list: bool, is_on: bool
) -> None:
    outside = tmp_path / "outside.png"
    outside.write_bytes(b"x")
    rights = access(control=control, allowed=[library.root] if has_list else [])
    with hosted(tmp_path / "home", [library.root], rights) as api:
        assert answer_of(api.get("/global_setting"))["enable_access_control"] is is_on
        assert api.get("/file", params={"path": str(outside)}).status_code == (403 if is_on else 200)


def test_without_a_list_the_roots_are_all_known_folders(tmp_path: Path, library: Library) -> None:
    walked = tmp_path / "walked"
    walked.mkdir()
    with hosted(tmp_path / "home", [library.root]) as api:
        answer_of(api.post("/db/extra_paths", {"path": str(walked), "types": ["walk"]}))
    with hosted(tmp_path / "home", [library.root], access(control=AccessControl.ENABLE)) as api:
        asked = [str(library.root), str(walked), str(tmp_path / "home")]
        assert list(answer_of(api.post("/check_path_exists", {"paths": asked})).values()) == [True, True, False]


def test_words_of_the_list_stand_for_folders_of_the_webui(tmp_path: Path, library: Library) -> None:
    library.path("t2i").mkdir()
    config = tmp_path / "config.json"
    config.write_text(f'{{"outdir_txt2img_samples": "{library.path("t2i").as_posix()}"}}')
    host = HostSettings(sd_webui_config=str(config))
    with hosted(tmp_path / "home", [], access(allowed=["txt2img", "save"]), host=host) as api:
        asked = [str(library.path("t2i")), str(library.root / "other")]
        assert list(answer_of(api.post("/check_path_exists", {"paths": asked})).values()) == [True, False]


# --- other origins ----------------------------------------------------------------------------------------------------

CORS_HEADERS = ("access-control-allow-origin", "access-control-allow-credentials", "access-control-allow-methods")


def preflight(api: Hosted, origin: str) -> httpx.Response:
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "x-iib-secret",
    }
    return api.client.request("OPTIONS", "/db/search_by_substr", headers=headers)


@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
def test_without_the_flag_there_are_no_cors_headers_at_all(tmp_path: Path, origin: str) -> None:
    with hosted(tmp_path / "home") as api:
        for answer in (api.get("/hello", headers={"Origin": origin}), preflight(api, origin)):
            assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:3000"])
def test_with_the_flag_any_origin_may_ask_but_never_with_credentials(tmp_path: Path, origin: str) -> None:
    with hosted(tmp_path / "home", [], access(allow_cors=True)) as api:
        for answer in (api.get("/hello", headers={"Origin": origin, "Cookie": "IIB_S=1"}), preflight(api, origin)):
            assert answer.status_code == 200
            assert answer.headers["access-control-allow-origin"] == "*"
            assert "access-control-allow-credentials" not in answer.headers


def test_with_the_flag_the_key_may_come_in_a_header(tmp_path: Path) -> None:
    with hosted(tmp_path / "home", [], access(allow_cors=True, key=KEY)) as api:
        assert "x-iib-secret" in preflight(api, "https://app.example").headers["access-control-allow-headers"].lower()
        refused = api.get("/version", headers={"Origin": "https://app.example"})
        assert refused.status_code == 401
        assert refused.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("allow_cors", [True, False])
def test_only_named_origins_may_send_credentials(tmp_path: Path, allow_cors: bool) -> None:
    named = "https://mine.example"
    with hosted(tmp_path / "home", [], access(allow_cors=allow_cors, cors_origins=[named])) as api:
        answer = api.get("/hello", headers={"Origin": named})
        assert answer.headers["access-control-allow-origin"] == named
        assert answer.headers["access-control-allow-credentials"] == "true"
        other = api.get("/hello", headers={"Origin": f"{named}.evil.example"})
        assert other.headers.get("access-control-allow-origin") == ("*" if allow_cors else None)
        assert "access-control-allow-credentials" not in other.headers


def test_a_foreign_page_can_change_nothing_even_without_a_preflight(tmp_path: Path) -> None:
    foreign = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
    with hosted(tmp_path / "home") as api:
        assert api.post("/db/rebuild_index", headers=foreign).status_code == 403
        assert api.post("/db/rebuild_index", headers={"Sec-Fetch-Site": "same-origin"}).status_code == 200
        as_text = {**foreign, "Content-Type": "text/plain"}
        assert api.post("/app_fe_setting", content='{"name": "a", "value": "1"}', headers=as_text).status_code in (
            403,
            422,
        )
        assert answer_of(api.get("/global_setting"))["app_fe_setting"] == {}
