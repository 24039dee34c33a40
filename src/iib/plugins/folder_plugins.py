"""The older kind of plug-in: a folder `plugins/<name>` with a `main.py` that has a class `Main`."""

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
from iib.plugins import compat
from iib.plugins.hookspecs import hookimpl

PACKAGE = "plugins"
MAIN = "main.py"
SCORE = 110  # plug-ins are asked before the built-in readers


class FolderPlugin(Protocol):
    """The attributes and methods that `Main` of a plug-in must have (docs/howto/plugins.md)."""

    name: str
    source_identifier: str
    extra_convert_to_tag_meta_keys: list[str]

    def test(self, img: Json, file_path: str) -> bool:
        """Whether the plug-in owns this picture."""

    def parse(self, img: Json, file_path: str) -> Json:
        """An `ImageGenerationInfo`."""


def find_folders(folder: Path) -> list[Path]:
    """Plug-in folders in order of their names."""
    try:
        return sorted(path for path in folder.iterdir() if (path / MAIN).is_file())
    except OSError:
        return []


def load_folder(path: Path) -> Json:
    """Import its `main.py` as `plugins.<name>.main`; a plug-in object with hooks. Raises whatever the module does."""
    compat.install()
    _package(PACKAGE, path.parent)
    _package(f"{PACKAGE}.{path.name}", path)
    module = _import(f"{PACKAGE}.{path.name}.main", path / MAIN)
    return Adapter(module.Main()) if hasattr(module, "Main") else module


def _package(name: str, path: Path) -> None:
    """Make `import plugins.<name>...` work inside the plug-in."""
    package = sys.modules.get(name)
    if package is None:
        package = ModuleType(name)
        package.__path__ = []
        sys.modules[name] = package
    if str(path) not in package.__path__:
        package.__path__ = [*package.__path__, str(path)]


def _import(name: str, path: Path) -> ModuleType:
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


class Adapter:
    """Registers the dialect of an old plug-in."""

    def __init__(self, plugin: FolderPlugin) -> None:
        self._plugin = plugin

    @hookimpl
    def register_dialect(self) -> Dialect:
        """One for the whole plug-in."""
        return FolderDialect(self._plugin)


class FolderDialect:
    """Opens the picture for the plug-in and translates what it answers."""

    reads_files = True

    def __init__(self, plugin: FolderPlugin) -> None:
        self.name = str(plugin.name)
        self._plugin = plugin
        self._source = str(plugin.source_identifier)
        self._tag_keys = tuple(str(key) for key in plugin.extra_convert_to_tag_meta_keys or ())

    def read(self, context: Context) -> DialectResult | None:
        """Only for pictures whose file is at hand."""
        if not context.path or context.container not in PICTURES:
            return None
        from PIL import Image, UnidentifiedImageError

        try:
            with Image.open(context.path) as image:
                if not self._plugin.test(image, context.path):
                    return None
                answer = self._plugin.parse(image, context.path)
        except (UnidentifiedImageError, Image.DecompressionBombError):
            return None
        return DialectResult(SCORE, translate(answer, self._source, self._tag_keys))


PICTURES = frozenset(("png", "jpeg", "webp", "gif", "avif", "heif", "bmp", "unknown"))


def translate(answer: Json, source: str, tag_keys: tuple[str, ...] = ()) -> GenerationInfo:
    """An `ImageGenerationInfo` as a `GenerationInfo`. `pos_prompt` may be any iterable, even a one-shot one."""
    params = answer.params
    meta = {str(key): value for key, value in dict(params.meta or {}).items()}
    terms = [str(term) for term in params.pos_prompt or ()]
    extra = dict(params.extra or {})
    text = str(answer.raw_info or "")
    info = parse_infotext(text)
    is_own = meta.get("Source Identifier") == source
    tags = [(key, str(meta[key])) for key in tag_keys if is_own and meta.get(key) not in (None, "")]
    tags += [(TagKind.PROMPT_TERM.value, term.strip().lower()) for term in terms if term.strip()]
    size = parse_size(str(meta.get("Size", "")))
    model = meta.get("Model")
    loras = [network for kind in NETWORK_KINDS for network in _networks(extra.get(kind), kind)] or find_loras(
        info.prompt
    )
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


def _networks(items: Json, kind: str) -> list[LoraRef]:
    return [
        LoraRef(str(item["name"]), to_float(item.get("value")), kind=kind)
        for item in (items if isinstance(items, list) else ())
        if isinstance(item, dict) and item.get("name")
    ]
