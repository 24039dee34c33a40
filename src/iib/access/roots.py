"""Root folders of the library, from the WebUI configuration, the registered folders and the command line."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from iib.access.paths import is_below
from iib.settings import AccessControl, Settings

TYPES = ("scanned", "scanned-fixed", "walk")
INDEXED_TYPES = frozenset(("scanned", "scanned-fixed"))
CLI_TYPE = "cli_access_only"
WEBUI_KEYS = (
    "outdir_samples",
    "outdir_txt2img_samples",
    "outdir_img2img_samples",
    "outdir_extras_samples",
    "outdir_grids",
    "outdir_txt2img_grids",
    "outdir_img2img_grids",
    "outdir_save",
)
OUTPUT_KEYS = {
    "txt2img": "outdir_txt2img_samples",
    "img2img": "outdir_img2img_samples",
    "extra": "outdir_extras_samples",
    "save": "outdir_save",
}
MAX_CONFIG_BYTES = 8 * 1024 * 1024


class Registered(Protocol):
    """A registered folder as the store returns it."""

    @property
    def path(self) -> str: ...
    @property
    def types(self) -> tuple[str, ...]: ...
    @property
    def alias(self) -> str: ...


@dataclass(frozen=True, slots=True)
class RootEntry:
    """A folder on the start page."""

    path: str
    types: tuple[str, ...]
    alias: str = ""


class Roots:
    """Root folders from all sources. Registered folders are read again on each call."""

    def __init__(self, settings: Settings, registered: Callable[[], Sequence[Registered]]) -> None:
        self._settings = settings
        self._registered = registered
        self._cli = tuple(
            dict.fromkeys(
                os.path.abspath(os.path.expanduser(path)) for path in settings.index.extra_paths if path.strip()
            )
        )
        self.webui, self._config_problem = read_webui_folders(settings)

    @property
    def cli(self) -> tuple[str, ...]:
        """The absolute paths of `--extra_paths`."""
        return self._cli

    def all(self) -> list[RootEntry]:
        """Return the registered folders, then the folders of the command line."""
        entries = [RootEntry(item.path, item.types, item.alias) for item in self._registered()]
        entries += [RootEntry(path, (CLI_TYPE,)) for path in self._cli]
        return entries

    def indexed(self) -> tuple[str, ...]:
        """Return the folders whose files belong to the library. They need not exist at the moment."""
        paths = [path for path in self.webui.values() if os.path.isdir(path)]
        paths += [item.path for item in self._registered() if INDEXED_TYPES & set(item.types)]
        paths += self._cli
        return tuple(dict.fromkeys(paths))

    def trusted(self) -> tuple[str, ...]:
        """Return the folders that clients may use while access control is on."""
        allowed = self._settings.access.allowed_paths
        if allowed:
            named = [self.webui.get(OUTPUT_KEYS.get(item, ""), item) for item in allowed]
            return tuple(os.path.abspath(os.path.expanduser(path)) for path in named if os.path.exists(path))
        paths = [path for path in self.webui.values() if os.path.isdir(path)]
        paths += [item.path for item in self._registered()]
        paths += self._cli
        return tuple(dict.fromkeys(paths))

    def is_access_control_on(self) -> bool:
        """True by `IIB_ACCESS_CONTROL`; "auto" means that access control is on if allowed paths are set."""
        access = self._settings.access
        if access.control is AccessControl.AUTO:
            return bool(access.allowed_paths)
        return access.control is AccessControl.ENABLE

    def warnings(self) -> list[str]:
        """Return a message for each configured path that is ignored, with the reason."""
        folders = [*self._cli, *self.webui.values()]
        messages = [f"this folder does not exist and is ignored: {path}" for path in folders if not os.path.isdir(path)]
        allowed = [self.webui.get(OUTPUT_KEYS.get(item, ""), item) for item in self._settings.access.allowed_paths]
        messages += [
            f"this allowed path does not exist and is ignored: {path}"
            for path in allowed
            if not os.path.exists(os.path.expanduser(path))
        ]
        return [self._config_problem, *messages] if self._config_problem else messages


def common_folders(indexed: Sequence[str], trusted: Sequence[str], *, windows: bool) -> tuple[str, ...]:
    """Return the parts of the indexed folders that are inside trusted folders, in the spelling of the index."""
    common: list[str] = []
    for folder in indexed:
        real = os.path.realpath(folder)
        for trusted_real in map(os.path.realpath, trusted):
            if is_below(real, trusted_real, windows=windows):
                common.append(folder)
            elif is_below(trusted_real, real, windows=windows):
                common.append(os.path.join(folder, os.path.relpath(trusted_real, real)))
    return tuple(dict.fromkeys(common))


def read_webui_folders(settings: Settings) -> tuple[dict[str, str], str]:
    """Return the output folders in the WebUI's `config.json` by key, and the reason if the file cannot be read."""
    host = settings.host
    config = host.sd_webui_config
    if host.sd_webui_dir and not config:
        config = os.path.join(host.sd_webui_dir, "config.json")
    if not config:
        return {}, ""
    source = Path(config).expanduser()
    try:
        values = _read_config(source)
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        return {}, f"the WebUI's configuration cannot be read and is ignored: {source}: {reason}"
    relative = host.relative_to_config or bool(host.sd_webui_dir)
    base = str(source.resolve().parent) if relative else os.getcwd()
    folders = {}
    for key in WEBUI_KEYS:
        value = values.get(key)
        if isinstance(value, str) and value.strip():
            folders[key] = os.path.normpath(os.path.join(base, value.strip()))
    return folders, ""


def _read_config(source: Path) -> dict[str, object]:
    """Read the configuration. Raises `OSError`, and `ValueError` for an invalid file."""
    if source.stat().st_size > MAX_CONFIG_BYTES:
        raise ValueError("the file is too large")
    values = json.loads(source.read_text(encoding="utf-8-sig"))
    if not isinstance(values, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004  (the text is wrong, not the caller)
    return values
