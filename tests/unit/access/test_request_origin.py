"""Tests for the origin of a request: local or remote caller, host name, page of another site."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iib.access.request_origin import host_name, is_allowed_host, is_cross_site, is_local_request, is_loopback


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1.2.3",
        "::1",
        "[::1]",
        "::ffff:127.0.0.1",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "a.localhost",
    ],
)
def test_this_machine(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host",
    ["192.168.0.0", "::", "10.0.0.1", "localhost.evil.example", "127.0.0.1.evil.example", "evil-localhost",
     "", "::ffff:10.0.0.1", "2130706433", "127.1", "0177.0.0.1"],
)  # fmt: skip
def test_not_this_machine(host: str) -> None:
    assert not is_loopback(host)


def test_a_local_caller_without_proxy_headers_is_local() -> None:
    assert is_local_request("127.0.0.1", {})
    assert not is_local_request("", {})
    assert not is_local_request("testclient", {})
    assert not is_local_request("192.168.1.2", {})
    for name in ("x-forwarded-for", "forwarded", "x-real-ip", "via"):
        assert not is_local_request("127.0.0.1", {name: "127.0.0.1"})


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("localhost:8000", "localhost"),
        ("EXAMPLE.org", "example.org"),
        ("example.org.:80", "example.org"),
        ("[::1]:8000", "::1"),
        ("127.0.0.1", "127.0.0.1"),
        ("user@localhost", "localhost"),
        ("[::1", ""),
        ("", ""),
    ],
)
def test_the_name_of_a_host_header(header: str, name: str) -> None:
    assert host_name(header) == name


@given(st.text(max_size=60))
def test_every_invalid_host_header_is_handled(header: str) -> None:
    assert isinstance(host_name(header), str)


def test_names_of_a_list() -> None:
    allowed = ("pics.example.org", ".home.arpa", "nas:8000")

    assert is_allowed_host("pics.example.org", allowed)
    assert is_allowed_host("a.home.arpa", allowed)
    assert is_allowed_host("nas", allowed)
    assert is_allowed_host("anything", ("*",))
    assert not is_allowed_host("evilhome.arpa", allowed)
    assert not is_allowed_host("home.arpa", allowed)
    assert not is_allowed_host("x.pics.example.org", allowed)
    assert not is_allowed_host("", allowed)


@pytest.mark.parametrize(
    ("headers", "is_foreign"),
    [
        ({}, False),
        ({"sec-fetch-site": "same-origin"}, False),
        ({"sec-fetch-site": "none"}, False),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "cross-site"}, True),
        ({"origin": "http://nas.local:8000", "host": "nas.local:8000"}, False),
        ({"origin": "https://nas.local", "host": "nas.local"}, False),
        ({"origin": "http://localhost:5173", "host": "127.0.0.1:8000"}, False),
        ({"origin": "https://evil.example", "host": "nas.local:8000"}, True),
        ({"origin": "null", "host": "nas.local:8000"}, True),
        ({"origin": "", "host": ""}, True),
        ({"origin": "http://[", "host": "["}, True),
        ({"origin": "https://pics.example.org", "host": "127.0.0.1:8000"}, False),
        ({"origin": "https://evil.example", "host": "127.0.0.1:8000"}, True),
    ],
)
def test_pages_of_other_sites(headers: dict[str, str], *, is_foreign: bool) -> None:
    assert is_cross_site(headers, ("pics.example.org",)) is is_foreign
