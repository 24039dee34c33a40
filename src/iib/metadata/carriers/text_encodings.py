"""EXIF character codes: decided by what the bytes are, since headers and byte orders lie."""

from __future__ import annotations

import contextlib
import re

ORDINARY = re.compile(r"[^ -~\n\r\t]+")  # what is left without these is ordinary
WRITTEN = re.compile("[\u00c0-\u024f\u0400-\u04ff\u3001-\u30ff\u4e00-\u9fff\uac00-\ud7af\uff01-\uff5e]")
IMPLAUSIBLE = re.compile("[\ufffd\ud800-\udfff\ue000-\uf8ff\x00-\x08\x0e-\x1f]")
SAMPLE = 4000
CODES = {b"UNICODE\0": "utf-16", b"ASCII\0\0\0": "ascii", b"JIS\0\0\0\0\0": "jis", b"\0\0\0\0\0\0\0\0": "ascii"}


def decode_ascii(raw: bytes) -> str:
    """Tags typed ASCII often hold UTF-8."""
    raw = raw.strip(b"\0")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def decode_user_comment(raw: bytes) -> str:
    """Text of a UserComment: `b"UNICODE\\0\\0a"` and `b"UNICODE\\0a\\0"` both give "a"."""
    code = CODES.get(raw[:8].upper())
    body = raw[8:] if code else raw
    if code == "jis":
        return _decode_jis(body)
    if code == "utf-16" or body[:2] in (b"\xff\xfe", b"\xfe\xff") or _looks_wide(body):
        return decode_utf16(body)
    return _unswap(decode_ascii(body))


def decode_utf16(body: bytes) -> str:
    """UTF-16 of either order, or what was meant to be."""
    if body[:2] == b"\xff\xfe":
        return body[2:].decode("utf-16-le", "replace").rstrip("\0")
    if body[:2] == b"\xfe\xff":
        return body[2:].decode("utf-16-be", "replace").rstrip("\0")
    even = body[: len(body) & ~1]
    candidates = [even.decode("utf-16-le", "replace"), even.decode("utf-16-be", "replace")]
    if b"\0" not in body.rstrip(b"\0"):
        with contextlib.suppress(UnicodeDecodeError):
            candidates.append(body.rstrip(b"\0").decode("utf-8"))
    return max(candidates, key=plausibility).rstrip("\0")


def plausibility(text: str) -> float:
    """Share of ordinary characters; what no text holds weighs against it."""
    sample = text[:SAMPLE].rstrip("\0")
    if not sample:
        return 0.0
    good = len(ORDINARY.sub("", sample))
    bad = len(IMPLAUSIBLE.findall(sample))
    return (good + 0.5 * len(WRITTEN.findall(sample)) - 4 * bad) / len(sample)


def _looks_wide(body: bytes) -> bool:
    """Every other byte of the beginning is NUL."""
    head = body[:64]
    return len(head) >= 8 and (not head[::2].strip(b"\0") or not head[1::2].strip(b"\0")) and bool(head.strip(b"\0"))


def _decode_jis(body: bytes) -> str:
    body = body.strip(b"\0")
    for encoding in ("iso2022_jp", "utf-8", "shift_jis"):
        try:
            return body.decode(encoding)
        except UnicodeDecodeError:
            continue
    return body.decode("latin-1")


def _unswap(text: str) -> str:
    """Undo a re-encoder that misread UTF-16 and stored the swapped characters as UTF-8."""
    sample = text[:400]
    if sum(char > "\u00ff" for char in sample) * 10 < len(sample) * 9:
        return text
    swapped = text.encode("utf-16-le", "surrogatepass").decode("utf-16-be", "replace")
    ascii_share = sum(char < "\u0080" for char in swapped[:400])
    return swapped.rstrip("\0") if ascii_share * 10 >= len(sample) * 9 else text
