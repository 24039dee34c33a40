"""The hooks a plug-in may implement. These docstrings are their documentation."""

from __future__ import annotations

from collections.abc import Iterable

import pluggy

from iib.metadata import Carrier, Dialect

PROJECT = "iib"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def register_carrier() -> Carrier | Iterable[Carrier]:  # type: ignore[empty-body]
    """Give one or more carriers: readers of a container.

    Called once, when the program (and each of its parse workers) starts. A carrier has a `name`, tells by the first
    64 bytes of a file whether it `accepts` it, and `read`s it into a `ContainerMetadata` (entries, size, problems). It
    decodes no pixels, takes bounded memory whatever the file claims, and raises `MetadataError` only.

    Carriers of plug-ins are asked before the built-in ones, so that one of them may be replaced.
    """


@hookspec
def register_dialect() -> Dialect | Iterable[Dialect]:  # type: ignore[empty-body]
    """Give one or more dialects: readers of what one tool writes.

    Called once, when the program (and each of its parse workers) starts. A dialect has a `name` and `read`s a
    `Context` (all entries of a file, whatever container they were in). It returns None where nothing is of its tool,
    else a `DialectResult`: a `GenerationInfo` and a score. All dialects compete, built-in ones too: 100 stands for the
    tool's own signature and full data, 70 for a layout that several tools share, 30 for a guess. The highest score
    gives the fields, the others fill its gaps. It may raise `MetadataError`; the reason is shown with the file.

    `GenerationInfo.extra_tags` holds (kind, name) pairs that become tags of these kinds.
    """
