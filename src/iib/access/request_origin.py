"""Where a request comes from: this machine, another page, another name. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")


def is_loopback(host: str) -> bool:
    """True for names and addresses that are always this machine: `localhost`, `127.0.0.2`, `::1`."""
    name = host.strip("[]").rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        address = ip_address(name.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def is_local_caller(client: str, headers: Mapping[str, str]) -> bool:
    """True if a request was sent on this machine, and by no proxy for somebody else. `headers` in lower case."""
    return is_loopback(client) and not any(name in headers for name in FORWARDED)


def host_name(host_header: str) -> str:
    """The name of a `Host` header without its port, in lower case; empty for what is none."""
    try:
        return (urlsplit(f"//{host_header.strip()}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def is_named(name: str, allowed: Iterable[str]) -> bool:
    """True if a host name is one of these; `.example.org` stands for all below it, `*` for any."""
    for item in allowed:
        wanted = item.lower().rstrip(".")
        if wanted == "*" or (wanted.startswith(".") and name.endswith(wanted)) or name in (wanted, host_name(wanted)):
            return True
    return False


def is_foreign_page(headers: Mapping[str, str], allowed: Iterable[str]) -> bool:
    """True if a browser says that a page of another site sent this request.

    Browsers send `Sec-Fetch-Site` over HTTPS and to this machine only; else the origin is compared with the host.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "cross-site"
    origin = headers.get("origin")
    if origin is None:
        return False
    try:
        name = urlsplit(origin).hostname or ""
    except ValueError:
        return True
    own = host_name(headers.get("host", ""))
    return not (name and (name == own or (is_loopback(name) and is_loopback(own)) or is_named(name, allowed)))
