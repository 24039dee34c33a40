"""Tests for the secret key and the limit on wrong keys, with a simulated clock."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from iib.access.auth import MAX_FAILURES, PROVEN_S, SLOW_PER_S, WINDOW_S, Authenticator, cookie_value
from iib.errors import NotAuthenticated, TooManyAttempts

KEY = "a long key"


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Door:
    def __init__(self) -> None:
        self.clock = Clock()
        self.auth = Authenticator(SecretStr(KEY), self.clock)

    def knock(self, key: str, client: str = "10.0.0.1") -> str:
        try:
            self.auth.check(cookie=None, authorization=None, header=key, client=client)
        except TooManyAttempts:
            return "slowed"
        except NotAuthenticated:
            return "wrong"
        return "open"

    def guess(self, times: int, client: str = "10.0.0.1") -> list[str]:
        return [self.knock(f"guess {number}", client) for number in range(times)]


@pytest.fixture
def door() -> Door:
    return Door()


def test_without_a_configured_key_every_request_is_accepted() -> None:
    auth = Authenticator(None)

    auth.check(cookie=None, authorization=None, header=None, client="")
    assert auth.is_required is False


def test_right_keys_in_all_three_places() -> None:
    auth = Authenticator(SecretStr(KEY))

    auth.check(cookie=cookie_value(KEY), authorization=None, header=None, client="a")
    auth.check(cookie="old", authorization=f"Bearer {KEY}", header=None, client="a")
    auth.check(cookie=None, authorization="Basic x", header=KEY, client="a")


def test_an_empty_key_is_never_accepted() -> None:
    auth = Authenticator(SecretStr(KEY))

    for header in ("", None):
        with pytest.raises(NotAuthenticated):
            auth.check(cookie="", authorization="Bearer ", header=header, client="a")


def test_a_guesser_is_slowed_after_the_allowed_number(door: Door) -> None:
    assert door.guess(MAX_FAILURES) == ["wrong"] * MAX_FAILURES
    assert door.guess(5) == ["slowed"] * 5


def test_a_guesser_is_forgiven_after_the_window(door: Door) -> None:
    door.guess(MAX_FAILURES + 5)
    door.clock.now += WINDOW_S + 1

    assert door.knock("guess") == "wrong"


def test_other_addresses_are_not_affected(door: Door) -> None:
    door.guess(MAX_FAILURES + 5)

    assert door.knock(KEY, "10.0.0.2") == "open"
    assert door.knock("guess", "10.0.0.2") == "wrong"


def test_a_flood_of_guesses_is_rejected_without_comparison(door: Door) -> None:
    door.guess(MAX_FAILURES + SLOW_PER_S)

    assert door.knock(KEY) == "slowed"


def test_a_new_user_is_accepted_next_to_a_slow_guesser(door: Door) -> None:
    door.guess(MAX_FAILURES)
    for _ in range(20):
        door.clock.now += 0.5
        door.guess(1)

    door.clock.now += 0.5
    assert door.knock(KEY) == "open"


def test_a_known_user_is_accepted_during_a_flood_from_the_same_address(door: Door) -> None:
    assert door.knock(KEY) == "open"
    door.guess(MAX_FAILURES * 5)

    assert door.knock(KEY) == "open"
    assert door.knock("guess") == "slowed"


def test_a_proven_address_expires_after_a_day(door: Door) -> None:
    door.knock(KEY)
    door.clock.now += PROVEN_S + 1
    door.guess(MAX_FAILURES * 2)

    assert door.knock(KEY) == "slowed"


@pytest.mark.parametrize("key", ["ü", "\udcff", "é" * 1000, "\N{CAT FACE}"])
def test_unusual_keys_are_rejected_without_an_error(door: Door, key: str) -> None:
    assert door.knock(key) == "wrong"


@pytest.mark.parametrize("as_sent", ["schlüssel", "schlüssel".encode().decode("latin-1")])
def test_a_non_ascii_key_is_accepted_as_utf8_and_as_latin1(as_sent: str) -> None:
    Authenticator(SecretStr("schlüssel")).check(cookie=None, authorization=None, header=as_sent, client="a")
