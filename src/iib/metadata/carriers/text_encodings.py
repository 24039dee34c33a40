"""Decodes metadata texts. EXIF comments are decoded by their bytes, because their headers are not reliable."""

from __future__ import annotations

import contextlib
import re

ORDINARY = re.compile(r"[^ -~\n\r\t]+")  # everything but ordinary characters
WRITTEN = re.compile("[\u00c0-\u024f\u0400-\u04ff\u3001-\u30ff\u4e00-\u9fff\uac00-\ud7af\uff01-\uff5e]")
IMPLAUSIBLE = re.compile("[\ufffd\ud800-\udfff\ue000-\uf8ff\x00-\x08\x0e-\x1f]")
SAMPLE = 4000
CODES = {b"UNICODE\0": "utf-16", b"ASCII\0\0\0": "ascii", b"JIS\0\0\0\0\0": "jis", b"\0\0\0\0\0\0\0\0": "ascii"}


def decode_text(data: bytes) -> str:
    """Decode as UTF-8 if possible, otherwise as Latin-1, without NULs at the end."""
    data = data.rstrip(b"\0")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def decode_ascii(raw: bytes) -> str:
    """Decode a tag of type ASCII, which often holds UTF-8; otherwise as Latin-1."""
    raw = raw.strip(b"\0")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def decode_user_comment(raw: bytes) -> str:
    """Decode an EXIF UserComment with its 8-byte character code, in either byte order.

    >>> decode_user_comment(b"UNICODE\\0\\0a"), decode_user_comment(b"UNICODE\\0a\\0")
    ('a', 'a')
    """
    code = CODES.get(raw[:8].upper())
    body = raw[8:] if code else raw
    if code == "jis":
        return _decode_jis(body)
    if code == "utf-16" or body[:2] in (b"\xff\xfe", b"\xfe\xff") or _looks_wide(body):
        return decode_utf16(body)
    return _unswap(decode_ascii(body))


def decode_utf16(body: bytes) -> str:
    """Decode UTF-16 in the more plausible byte order, or UTF-8 if the text is that instead."""
    if body[:2] == b"\xff\xfe":
        return body[2:].decode("utf-16-le", "replace").rstrip("\0")
    if body[:2] == b"\xfe\xff":
        return body[2:].decode("utf-16-be", "replace").rstrip("\0")
    if body[:3] == b"\xef\xbb\xbf":
        with contextlib.suppress(UnicodeDecodeError):
            return body[3:].rstrip(b"\0").decode("utf-8")
    even = body[: len(body) & ~1]
    candidates = [even.decode("utf-16-le", "replace"), even.decode("utf-16-be", "replace")]
    if b"\0" not in body.rstrip(b"\0"):
        with contextlib.suppress(UnicodeDecodeError):
            candidates.append(body.rstrip(b"\0").decode("utf-8"))
    return max(candidates, key=plausibility).rstrip("\0")


def plausibility(text: str) -> float:
    """Return the share of ordinary characters, at most 1; characters that no text contains count as negative."""
    sample = text[:SAMPLE].rstrip("\0")
    if not sample:
        return 0.0
    good = len(ORDINARY.sub("", sample))
    bad = len(IMPLAUSIBLE.findall(sample))
    return (good + 0.5 * len(WRITTEN.findall(sample)) - 4 * bad) / len(sample)


def _looks_wide(body: bytes) -> bool:
    """Return True if every other byte of the beginning is NUL."""
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
    """Swap the characters back that a program read as UTF-16 in the wrong order and stored as UTF-8."""
    sample = text[:400]
    if sum(char > "\u00ff" for char in sample) * 10 < len(sample) * 9:
        return text
    swapped = text.encode("utf-16-le", "surrogatepass").decode("utf-16-be", "replace")
    ascii_share = sum(char < "\u0080" for char in swapped[:400])
    return swapped.rstrip("\0") if ascii_share * 10 >= len(sample) * 9 else text
