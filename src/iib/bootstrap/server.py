"""The HTTP server: binds its address first, prints it when it listens, and stops within a few seconds."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable

import uvicorn
from fastapi import FastAPI

from iib.access import is_loopback
from iib.api import HostCheckMiddleware
from iib.errors import Conflict, SettingsError
from iib.settings import AccessSettings

GRACE_S = 2  # for responses in progress; open event streams are closed then


class Server(uvicorn.Server):
    """A server that calls `on_listening` when it listens."""

    def __init__(self, config: uvicorn.Config, on_listening: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_listening = on_listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to listen. The lifespan of the application starts before."""
        await super().startup(sockets)
        if self.started:
            self._on_listening()

    def stop(self) -> None:
        """Stop after the responses in progress. Thread-safe."""
        self.should_exit = True


def make_server(app: FastAPI, port: int, host: str, access: AccessSettings) -> tuple[Server, socket.socket]:
    """Return a server and its bound socket. Raises `Conflict` if the address is in use, and `SettingsError`."""
    is_local, has_secret = is_loopback(host), access.secret_key is not None
    if access.requires_key and not is_local and not has_secret:
        raise SettingsError("IIB_REQUIRE_KEY is set: without IIB_SECRET_KEY the server may only listen on this machine")
    bound = bind(host, port)
    served = HostCheckMiddleware(app, (host, *access.allowed_hosts)) if is_local else app
    config = uvicorn.Config(served, host=host, port=port, log_level="warning", timeout_graceful_shutdown=GRACE_S)
    actual: int = bound.getsockname()[1]
    return Server(config, lambda: announce(host, actual, has_secret=has_secret)), bound


def bind(host: str, port: int) -> socket.socket:
    """Return a socket bound to an address; port 0 means any free port. Raises `Conflict`."""
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        bound = socket.socket(family, kind, protocol)
    except (OSError, OverflowError) as error:
        raise Conflict(f"cannot listen on {host}:{port}: {error}") from error
    try:
        if sys.platform == "win32":
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
        bound.setblocking(False)
    except (OSError, OverflowError) as error:
        bound.close()
        raise Conflict(f"cannot listen on {host}:{port}: {error}") from error
    return bound


def announce(host: str, port: int, *, has_secret: bool) -> None:
    """Print the address of the page, and a warning if other machines can reach it without a key."""
    shown = f"[{host}]" if ":" in host else host
    sys.stdout.write(f"Infinite Image Browsing: http://{shown}:{port}/\n")
    sys.stdout.flush()
    if not is_loopback(host) and not has_secret:
        sys.stderr.write(
            "WARNING: listening beyond this machine without IIB_SECRET_KEY: everyone who can reach this address can "
            "see and change your files.\n"
        )
        sys.stderr.flush()
