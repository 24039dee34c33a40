"""Tests that send hostile values to every place of every operation that takes a value.

The places come from the OpenAPI document, so that a new operation is attacked without being listed here. Nothing may
fail with 500, nothing outside of the roots may show or change.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from fastapi.routing import APIRoute
from support.client import open_client
from support.hosted import Hosted, access, hosted
from support.library import Library
from support.openapi import Operation, Slot, make_document, operations
from support.pictures import a1111_png, write_video

from iib.api import ROUTERS, Guard

MARK = "quagga-in-the-secret"
HIDDEN = "unlisted-okapi"
HERE = ("127.0.0.1", 50000)
LARGE = 10 * 1024 * 1024
TEXTS = ("surstr", "regexp", "q", "text", "query", "pattern", "prefix", "name", "value", "key")


DOCUMENT = make_document()
OPERATIONS = operations(DOCUMENT)
WRITING = frozenset(
    f"{method} {route.path}"
    for router in ROUTERS
    for route in router.routes
    if isinstance(route, APIRoute)
    for item in route.dependant.dependencies
    if isinstance(item.call, Guard) and item.call.write
    for method in route.methods
)
WITH_PATHS = [operation for operation in OPERATIONS if any(slot.is_path for slot in operation.slots())]


def named(found: list[Operation]) -> Any:
    """A parameter with readable names."""
    return pytest.mark.parametrize("operation", found, ids=[operation.name for operation in found])


@dataclass(frozen=True, slots=True)
class Siege:
    """A library with a secret file beside it, and the paths that lead there."""

    api: Hosted
    library: Path
    outside: Path

    def good(self) -> dict[str, Any]:
        """Valid values of parameters by name."""
        inside = str(self.library / "inside.png")
        return {
            "path": inside,
            "folder_path": str(self.library),
            "folder": str(self.library),
            "media_id": 1,
            "tag_id": 1,
        }

    def restore(self) -> None:
        """Put the good file back: an operation may have been allowed to move it."""
        inside = self.library / "inside.png"
        if not inside.is_file():
            inside.write_bytes(a1111_png("a harmless cat inside"))

    def around(self) -> dict[str, str]:
        """Files that must not change: everything outside, and the files of the library that no request names."""
        self.restore()
        top = self.library.parent
        inside = {name: seen for name, seen in state(self.library).items() if Path(name).name.startswith("0")}
        return state(top / "outside", top / "library-private", top / "cwd") | inside

    def send(self, operation: Operation, slot: Slot | None, value: object) -> httpx.Response:
        """Send one request and check the properties that every answer has."""
        self.restore()
        call = operation.call(self.good(), slot, value)
        answer = self.api.client.request(call.method, call.url, **call.options())
        text = f"{operation.name} {slot and slot.name}={value!r:.120}: {answer.status_code} {answer.text[:200]}"
        assert answer.status_code < 500 or answer.status_code in MAY_BE_MISSING, text
        assert MARK.encode() not in answer.content, text
        assert HIDDEN not in answer.text, text
        for name, content in answer.headers.raw:
            assert not set(b"\r\n\0") & set(name + content), text
        assert "x-injected" not in answer.headers, text
        return answer


@pytest.fixture(scope="module")
def siege(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Siege]:
    """Access control on; links lead out of the library and into it; a twin has the library's name and more."""
    top = tmp_path_factory.mktemp("siege")
    library = Library(top / "library")
    library.fill(3, prompt="a harmless cat")
    library.add("inside.png", "a harmless cat inside")
    secret = a1111_png(MARK)
    for name in ("outside", "library-private", "outside/deeper"):
        (top / name).mkdir()
        for picture in ("secret.png", f"{HIDDEN}.png"):
            (top / name / picture).write_bytes(secret)
        write_video(top / name / "secret.mp4", frames=2)
        (top / name / "secret.txt").write_text(MARK)
    (top / "cwd").mkdir()
    if os.name != "nt":
        (library.root / "link.png").symlink_to(top / "outside" / "secret.png")
        (library.root / "link").symlink_to(top / "outside", target_is_directory=True)
        (top / "outside" / "back").symlink_to(library.root, target_is_directory=True)
    before = Path.cwd()
    os.chdir(top / "cwd")  # relative names lead nowhere that matters
    try:
        with (
            hosted(top / "home", [library.root], access(allowed=[library.root])) as api,
            open_client(api.app, api.services.settings.base, HERE) as near,
        ):
            besieged = Hosted(near, api.services, api.app)
            besieged.update()
            yield Siege(besieged, library.root, top / "outside")
    finally:
        os.chdir(before)


def state(*folders: Path) -> dict[str, str]:
    """Every file below these folders with its content."""
    found = {}
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            is_file = path.is_file() and not path.is_symlink()
            found[str(path)] = hashlib.sha256(path.read_bytes()).hexdigest() if is_file else "-"
    return found


def ways_out(siege: Siege) -> list[str]:
    """Ways to name what lies outside, in this test's own folder. Everyone of them must be refused."""
    library, outside = str(siege.library), siege.outside
    found = []
    for target in (outside / "secret.png", outside / "secret.mp4", outside / "secret.txt", outside / "new", outside):
        plain, below = str(target), os.path.relpath(target, siege.library.parent)
        found += [
            plain,
            f"{library}/../{below}",
            f"{library}/./sub/.././../{below}",
            f"{library}//..//{below}",
            f"/{plain}",
            f"{plain}/",
            f"{plain}/.",
            f"file://{plain}",
            f"../{below}",
            "../" * 60 + plain.lstrip("/"),
            f"{plain}\0.png",
            f"{library}/inside.png\0{plain}",
        ]
    twin = siege.library.parent / "library-private"
    found += [str(twin / "secret.png"), f"{library}-private/secret.png", f"{library}-private", f"{library}.png"]
    if os.name != "nt":
        found += [f"{library}/link.png", f"{library}/link", f"{library}/link/secret.png", f"{library}/link/new/x.png"]
        found += [f"{library}/link/deeper/secret.png"]
    return found


def encoded_ways(siege: Siege) -> list[str]:
    """Names that would lead out if somebody decoded them once more; as they are, they may be names inside."""
    library, below = str(siege.library), f"{siege.outside.name}/secret.png"
    ways = ["..%2f", "%2e%2e/", "%252e%252e%252f", "..\\", "..%5c", "..;/", "\uff0e\uff0e/", "\u2025/", "..\u2215"]
    found = [f"{library}/{way}{below}" for way in ways]
    return [*found, f"{library}\\..\\{below}", f"{library}%2f..%2f{below}", f"{library}/link/../{below}"]


MAY_BE_MISSING = (501, 503)  # an optional part, or an AI service, that nobody configured
STRANGE = [
    "\\\\server\\share\\a.png", "//server/share/a.png", "\\\\.\\C:\\a.png", "\\\\?\\C:\\a.png", "\\??\\C:\\a.png",
    "CON", "nul.png", "C:a.png", "C:\\Windows\\win.ini", "a.png::$DATA", "a.png:stream", "\0", "\ud800.png",
    "x" * 40_000, "y/" * 8_000, "x" * 300 + ".png", "\r\nX-Injected: 1", "a\r\nX-Injected: 1.png", "http://127.0.0.1:1/a.png",
    "\u202e", "-rf", "$(id)", "`id`", "|id", "*", "?", "[a-z]", " ", "\t", "",
]  # fmt: skip
SYSTEM = ["/", "/etc/passwd", "/proc/self/environ", "/proc/self/fd/0", "/dev/zero", "/dev/stdin", "~", "~root"]
# These only say that it is not there, or that nothing is known of it.
MAPS = frozenset(("POST /check_path_exists", "GET /db/img_selected_custom_tag", "DELETE /db/extra_paths"))


@named(WITH_PATHS)
def test_no_spelling_leads_out_of_the_roots(siege: Siege, operation: Operation) -> None:
    before = siege.around()
    for slot in (slot for slot in operation.slots() if slot.is_path):
        for value in ways_out(siege):
            answer = siege.send(operation, slot, value)
            if 0 not in slot.steps and operation.name not in MAPS and slot.name in required(operation):
                assert 400 <= answer.status_code < 500, f"{slot.name}={value!r}: {answer.text[:200]}"
        for value in encoded_ways(siege):
            siege.send(operation, slot, value)

    assert siege.around() == before


def required(operation: Operation) -> set[str]:
    """Names of values without which there is no request."""
    body = operation.body or {}
    parameters = operation.content.get("parameters", [])
    return {*body.get("required", ()), *(item["name"] for item in parameters if item.get("required"))}


@named(WITH_PATHS)
def test_names_that_are_no_files_are_nobodys_bug(siege: Siege, operation: Operation) -> None:
    before = siege.around()
    harmless = STRANGE if operation.name in WRITING else [*STRANGE, *SYSTEM]
    for slot in (slot for slot in operation.slots() if slot.is_path):
        for value in harmless:
            siege.send(operation, slot, value)

    assert siege.around() == before


@pytest.mark.parametrize("prefix", ["/fe-static/", "/fe-static/assets/"])
@pytest.mark.parametrize(
    "tail",
    ["../../settings.py", "..%2f..%2fsettings.py", "%2e%2e/%2e%2e/settings.py", "..%5c..%5csettings.py",
     "%252e%252e%252f%252e%252e%252fsettings.py", "....//....//settings.py", "%00", "a%00.js", "/etc/passwd",
     "%2fetc%2fpasswd", "C:%5cWindows%5cwin.ini", "con", "%ff%fe", "x" * 5000],
)  # fmt: skip
def test_assets_are_assets_only(siege: Siege, prefix: str, tail: str) -> None:
    answer = siege.api.get(prefix + tail)

    assert answer.status_code in (400, 404)
    assert "root:" not in answer.text
    assert "import" not in answer.text


# --- words and numbers ------------------------------------------------------------------------------------------------

WORDS = [
    "'", '"', "'; DROP TABLE media; --", "' OR '1'='1", '" OR ""="', "%", "_", "\\", "\\'", "a' UNION SELECT 1 --", "*",
    'NEAR("a" "b")', "a AND", "(", ")", "[", "{", "^", "-", "--", "/*", "?1", ":name", "\0", "\ud800", "\u202e\u0000",
    "𝕏" * 1000, "(a+)+$", "(?<=a{1,9999})", "(?R)", "\\", "\r\nX-Injected: 1", "{{7*7}}", "${jndi:x}", "<script>",
    "%s%n", "null", "NaN", "-1", "9" * 400, "true",
]  # fmt: skip
NUMBERS = [
    0, -1, 2**31, 2**53 + 1, 2**63 - 1, 2**63, -(2**63) - 1, 2**64, 10**400, 1.5, 1e308, -0.0, True, None, "1", "x", [],
    {}, [[]],
]  # fmt: skip


def is_kind(slot: Slot, kind: str) -> bool:
    return slot.schema.get("type", "string") == kind and "enum" not in slot.schema


TEXTUAL = [item for item in OPERATIONS if any(is_kind(slot, "string") for slot in item.slots())]
NUMERIC = [item for item in OPERATIONS if any(is_kind(slot, "integer") for slot in item.slots())]


@named(TEXTUAL)
def test_words_stay_words(siege: Siege, operation: Operation) -> None:
    before = siege.around()
    for slot in operation.slots():
        if is_kind(slot, "string") and not (slot.is_path and operation.name in WRITING):
            for value in WORDS:
                siege.send(operation, slot, value)

    assert siege.around() == before
    with siege.api.services.store.read() as unit:
        assert unit.is_intact()
        assert unit.media.count() >= 3


@named(NUMERIC)
def test_numbers_of_any_size_and_kind_are_answered(siege: Siege, operation: Operation) -> None:
    for slot in operation.slots():
        if is_kind(slot, "integer"):
            for value in NUMBERS:
                siege.send(operation, slot, value)


@named(TEXTUAL)
def test_ten_megabytes_are_refused_or_answered(siege: Siege, operation: Operation) -> None:
    for slot in operation.slots():
        if is_kind(slot, "string") and slot.where == "body" and slot.name in TEXTS:
            siege.send(operation, slot, "a" * LARGE)
            siege.send(operation, slot, "(a|b)?" * (LARGE // 60))


# --- bodies and headers -----------------------------------------------------------------------------------------------

WITH_BODY = [operation for operation in OPERATIONS if operation.body is not None]
BODIES = [
    b"", b"null", b"[]", b"1", b'"x"', b"{", b"\xff\xfe", b'{"path": "\xff"}', b'{"paths": ["\xc3\x28"]}',
    b"\xef\xbb\xbf{}", b"[" * 100_000, b'{"a":' * 100_000, b'{"paths": ' + b"[" * 50_000 + b"]" * 50_000 + b"}",
    b'{"size": ' + b"1" * 5000 + b"}",
    b'{"size": NaN, "tag_id": Infinity}', b'{"path": "a", "path": "b"}', b'{"__proto__": {}, "constructor": 1}',
    b"\0" * 100, b"PK\x03\x04",
]  # fmt: skip


@named(WITH_BODY)
def test_bodies_that_are_no_request_are_answered(siege: Siege, operation: Operation) -> None:
    call = operation.call(siege.good())
    for content in BODIES:
        for kind in ("application/json", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "%"):
            headers = {"Content-Type": kind}
            answer = siege.api.client.request(call.method, call.address, content=content, headers=headers)
            assert answer.status_code < 500, f"{content[:60]!r}: {answer.text[:200]}"
            if kind != "application/json" and content not in (b"", b"null"):
                assert answer.status_code != 200 or call.method == "DELETE", "a form of another site is no request"


HEADERS = {
    "Range": [
        "bytes=0-,0-,0-" * 500,
        "bytes=-",
        "bytes=99999999999999999999-",
        "x",
        "bytes=0-0,\t1-1",
        "bytes=" + "1-" * 9000,
    ],
    "If-Range": ["", '"', "W/", "Thu, 99 Foo 99999 99:99:99 GMT"],
    "If-None-Match": ['"' * 5000, "*", "W/", ","],
    "If-Modified-Since": ["Thu, 99 Foo 99999 99:99:99 GMT", "0", "-1", "Mon, 01 Jan 0000 00:00:00 GMT"],
    "Accept": ["*/*;q=x", "a" * 9000, ";;;"],
    "Cookie": ["=", "IIB_S", "IIB_S=" + "x" * 9000, "IIB_SESSION=\x7f", "a=b; " * 2000, "$Version=1"],
    "Authorization": ["Bearer", "Bearer " + "x" * 9000, "Basic !", "\x7f"],
    "X-IIB-Secret": ["\xff", "x" * 9000],
    "X-Forwarded-For": ["127.0.0.1, ' OR 1=1", "[::1"],
    "X-Forwarded-Proto": ["javascript"],
    "X-Forwarded-Host": ["evil.example"],
    "Host": ["evil.example", "[", "a:b:c", "\xff", ""],
    "Origin": ["null", "http://[", "\xff", "http://evil.example:99999"],
    "Sec-Fetch-Site": ["?", ""],
    "Content-Length": [],
}


@pytest.mark.parametrize(
    "address", ["/file", "/stream_video", "/image-thumbnail", "/image_geninfo", "/video_cover", "/version"]
)
@pytest.mark.parametrize("header", sorted(HEADERS))
def test_headers_of_any_content_are_answered(siege: Siege, address: str, header: str) -> None:
    for value in HEADERS[header]:
        headers = {header: value.encode("latin-1")}
        answer = siege.api.get(address, params={"path": str(siege.library / "inside.png")}, headers=headers)
        assert answer.status_code < 500, f"{header}: {value[:60]!r}: {answer.text[:200]}"


@pytest.mark.parametrize(
    "name", ["a\r\nX-Injected: 1", "a\nX-Injected: 1", "\r\n\r\n<script>", 'a"; x="y', "\0", "\ud800"]
)
def test_no_name_becomes_a_header(siege: Siege, name: str) -> None:
    asked = {"path": str(siege.library / "inside.png"), "disposition": name}
    answer = siege.api.get(f"/file?{urlencode(asked, errors='surrogatepass')}")

    assert answer.status_code in (200, 400)
    assert "x-injected" not in answer.headers
    disposition = answer.headers.get("content-disposition", "")
    assert not set("\r\n\0") & set(disposition)


@pytest.mark.parametrize("address", ["//evil.example/", "/\\evil.example/", "/.//evil.example/", "/hello/"])
def test_no_address_leads_to_another_site(siege: Siege, address: str) -> None:
    app = siege.api.app
    with open_client(app) as client:
        for base in ("", "/infinite_image_browsing"):
            answer = client.get(f"http://testserver{base}{address}", follow_redirects=False)
            location = answer.headers.get("location", "")
            assert answer.status_code < 500
            assert location.startswith(("http://testserver/", "/")) or not location
            assert not location.startswith(("//", "/\\"))


# --- devices and pipes, with access control off -----------------------------------------------------------------------


@pytest.mark.skipif(os.name == "nt", reason="there are no pipes among the files")
def test_a_pipe_with_the_name_of_a_picture_blocks_no_request(tmp_path: Path, library: Library) -> None:
    library.add("a.png")
    for name in ("pipe.png", "pipe.mp4", "pipe.txt", "pipe.ts"):
        os.mkfifo(library.path(name))
    with hosted(tmp_path / "home", [library.root]) as api:
        api.update()
        for operation in WITH_PATHS:
            if operation.name in WRITING:
                continue
            for slot in (slot for slot in operation.slots() if slot.is_path):
                for name in ("pipe.png", "pipe.mp4", "pipe.txt", "pipe.ts"):
                    call = operation.call({"path": str(library.path("a.png"))}, slot, str(library.path(name)))
                    answer = api.client.request(call.method, call.url, **call.options())
                    assert answer.status_code < 500, f"{operation.name} {slot.name}: {answer.text[:200]}"


def test_the_walk_finds_values_of_every_operation() -> None:
    names = {operation.name for operation in WITH_PATHS}

    assert {
        "GET /file",
        "GET /stream_video",
        "POST /set_target_frame_as_video_cover",
        "POST /image_geninfo_batch",
    } <= names
    assert len(WITH_PATHS) > 20
    assert len(TEXTUAL) > 30
    assert len(NUMERIC) > 20
    assert any(operation.name in WRITING for operation in WITH_PATHS)
