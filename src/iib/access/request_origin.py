"""Origin of a request: local or remote caller, host name, page of another site. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")


def is_loopback(host: str) -> bool:
    """True for names and addresses that always mean this machine.

    >>> [is_loopback(host) for host in ("localhost", "127.0.0.2", "[::1]", "192.168.0.2")]
    [True, True, True, False]
    """
    name = host.strip("[]").rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        address = ip_address(name.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def is_local_request(client: str, headers: Mapping[str, str]) -> bool:
    """True if a request was sent from this machine without a proxy. `headers` has names in lower case."""
    return is_loopback(client) and not any(name in headers for name in FORWARDED)


def host_name(host_header: str) -> str:
    """Return the name in a `Host` header without the port, in lower case; "" for an invalid header.

    >>> host_name("Example.org:8080")
    'example.org'
    """
    try:
        return (urlsplit(f"//{host_header.strip()}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def is_allowed_host(name: str, allowed: Iterable[str]) -> bool:
    """True if a host name matches an allowed one; `.example.org` allows all subdomains, `*` allows every name."""
    for item in allowed:
        pattern = item.lower().rstrip(".")
        if pattern == "*" or (pattern.startswith(".") and name.endswith(pattern)):
            return True
        if name in (pattern, host_name(pattern)):
            return True
    return False


def is_cross_site(headers: Mapping[str, str], allowed: Iterable[str]) -> bool:
    """True if the headers of the browser show that a page of another site sent this request.

    Browsers send `Sec-Fetch-Site` only over HTTPS and to this machine; otherwise `Origin` is compared with `Host`.
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
    host = host_name(headers.get("host", ""))
    return not (name and (name == host or (is_loopback(name) and is_loopback(host)) or is_allowed_host(name, allowed)))
