"""Loads folder plug-ins: `plugins/<name>/main.py` with hooks, or with a class `Main` as in older versions."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Protocol

from iib.metadata import (
    Context,
    Dialect,
    DialectResult,
    clean_model_name,
    find_loras,
    parse_infotext,
    parse_size,
    to_float,
    to_int,
)
from iib.model import NETWORK_KINDS, GenerationInfo, Json, LoraRef, ModelRef, TagKind
from iib.plugins import legacy_modules
from iib.plugins.hookspecs import hookimpl

PACKAGE = "plugins"
MAIN = "main.py"
SCORE = 110  # above 100: plug-ins win over all built-in dialects


class FolderPlugin(Protocol):
    """The interface of the class `Main` of plug-ins for older versions (docs/howto/plugins.md)."""

    name: str
    source_identifier: str
    extra_convert_to_tag_meta_keys: list[str]

    def test(self, img: Json, file_path: str) -> bool:
        """Return True if the plug-in reads this image. `img` is an open Pillow image."""

    def parse(self, img: Json, file_path: str) -> Json:
        """Return the `ImageGenerationInfo` of this image. `img` is an open Pillow image."""


def list_plugin_folders(folder: Path) -> list[Path]:
    """Return the plug-in folders in order of their names; empty if `folder` cannot be read."""
    try:
        return sorted(path for path in folder.iterdir() if (path / MAIN).is_file())
    except OSError:
        return []


def load_folder(path: Path) -> Json:
    """Import `main.py` of a folder as `plugins.<name>.main` and return an object with hooks.

    Raises any error of the module.
    """
    legacy_modules.install()
    _register_package(PACKAGE, path.parent)
    _register_package(f"{PACKAGE}.{path.name}", path)
    module = _import_file(f"{PACKAGE}.{path.name}.main", path / MAIN)
    return FolderPluginAdapter(module.Main()) if hasattr(module, "Main") else module


def _register_package(name: str, path: Path) -> None:
    """Register a package, so that `import plugins.<name>...` works inside the plug-in."""
    package = sys.modules.get(name)
    if package is None:
        package = ModuleType(name)
        package.__path__ = []
        sys.modules[name] = package
    if str(path) not in package.__path__:
        package.__path__ = [*package.__path__, str(path)]


def _import_file(name: str, path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"cannot import {path}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


class FolderPluginAdapter:
    """Implements the hook `register_dialect` for a plug-in with a class `Main`."""

    def __init__(self, plugin: FolderPlugin) -> None:
        self._plugin = plugin

    @hookimpl
    def register_dialect(self) -> Dialect:
        """Return the dialect of the plug-in."""
        return FolderDialect(self._plugin)


class FolderDialect:
    """Dialect of a plug-in with a class `Main`: opens the image for it and converts its result."""

    reads_files = True

    def __init__(self, plugin: FolderPlugin) -> None:
        self.name = str(plugin.name)
        self._plugin = plugin
        self._source = str(plugin.source_identifier)
        self._tag_keys = tuple(str(key) for key in plugin.extra_convert_to_tag_meta_keys or ())

    def read(self, context: Context) -> DialectResult | None:
        """Return the converted result of the plug-in; None for other files and while stored entries are reparsed."""
        if not context.path or context.container not in IMAGE_CONTAINERS:
            return None
        from PIL import Image, UnidentifiedImageError

        try:
            with Image.open(context.path) as image:
                if not self._plugin.test(image, context.path):
                    return None
                result = self._plugin.parse(image, context.path)
        except (UnidentifiedImageError, Image.DecompressionBombError):
            return None
        return DialectResult(SCORE, to_generation_info(result, self._source, self._tag_keys))


IMAGE_CONTAINERS = frozenset(("png", "jpeg", "webp", "gif", "avif", "heif", "bmp", "unknown"))


def to_generation_info(result: Json, source: str, tag_keys: tuple[str, ...] = ()) -> GenerationInfo:
    """Convert an `ImageGenerationInfo`. Its `pos_prompt` may be any iterable, also an iterator.

    `source` is the identifier of the plug-in; `tag_keys` name the settings that become tags of that kind.
    """
    params = result.params
    meta = {str(key): value for key, value in dict(params.meta or {}).items()}
    terms = [str(term) for term in params.pos_prompt or ()]
    extra = dict(params.extra or {})
    text = str(result.raw_info or "")
    info = parse_infotext(text)
    is_from_plugin = meta.get("Source Identifier") == source
    tags = [(key, str(meta[key])) for key in tag_keys if is_from_plugin and meta.get(key) not in (None, "")]
    tags += [(TagKind.PROMPT_TERM.value, term.strip().lower()) for term in terms if term.strip()]
    size = parse_size(str(meta.get("Size", "")))
    model = meta.get("Model")
    loras = [network for kind in NETWORK_KINDS for network in _loras(extra.get(kind), kind)] or find_loras(info.prompt)
    return GenerationInfo(
        tool=str(meta.get("Source Identifier") or source),
        prompt=info.prompt or ", ".join(terms) or None,
        negative_prompt=info.negative or None,
        models=(ModelRef(clean_model_name(str(model)), meta.get("Model hash")),) if model else (),
        loras=tuple(loras),
        sampler=str(meta["Sampler"]) if meta.get("Sampler") else None,
        steps=to_int(meta.get("Steps")),
        cfg=to_float(meta.get("CFG scale")),
        seed=to_int(meta.get("Seed")),
        width=size[0] if size else None,
        height=size[1] if size else None,
        parameters={key: str(value) for key, value in meta.items() if value is not None},
        extra_tags=tuple(tags),
        source={"text": text, "prompt": f"plugin:{source}"} if text else {"prompt": f"plugin:{source}"},
    )


def _loras(items: Json, kind: str) -> list[LoraRef]:
    return [
        LoraRef(str(item["name"]), to_float(item.get("value")), kind=kind)
        for item in (items if isinstance(items, list) else ())
        if isinstance(item, dict) and item.get("name")
    ]
