"""The hooks that a plug-in may implement. Their docstrings are the documentation."""

from __future__ import annotations

from collections.abc import Iterable

import pluggy

from iib.metadata import Carrier, Dialect

PROJECT = "iib"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def register_carrier() -> Carrier | Iterable[Carrier]:  # type: ignore[empty-body]
    """Return one or more carriers. A carrier extracts metadata entries from one container format.

    Called once at the start of the program and of each parse worker. A carrier has a `name`; `accepts` decides by the
    first 64 bytes whether it reads a file, and `read` returns its `ContainerMetadata` (entries, size, problems). It
    does not decode pixels, uses limited memory for any file, and raises `MetadataError` only.

    Carriers of plug-ins come before the built-in ones, so they can replace one of them.
    """


@hookspec
def register_dialect() -> Dialect | Iterable[Dialect]:  # type: ignore[empty-body]
    """Return one or more dialects. A dialect interprets the metadata entries of one generator.

    Called once at the start of the program and of each parse worker. A dialect has a `name`; `read` receives a
    `Context` with all entries of a file, of any container. It returns None if no entry is from its generator, otherwise
    a `DialectResult`: a `GenerationInfo` and a score. All dialects compete, built-in ones too: 100 stands for the
    generator's own signature and complete data, 70 for a layout that several generators share, 30 for a guess. The
    result with the highest score wins; the others fill its gaps. `read` may raise `MetadataError`, whose message is
    shown with the file.

    `GenerationInfo.extra_tags` holds (kind, name) pairs that become tags of these kinds.
    """
