"""Settings of one application, read once and passed down by group.

Precedence: command line (keyword arguments), environment, `.env`, default. An empty value means unset.
No other module reads environment variables.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import Enum
from pathlib import Path

import platformdirs
from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from iib.errors import SettingsError

DEFAULT_BASE = "/infinite_image_browsing"
DEFAULT_BACKUPS = 8
DEFAULT_AI_URL = "https://api.openai.com/v1"
DEFAULT_CHAT_MODEL = "gpt-4o-mini"
DEFAULT_EMBEDDING_MODEL = "text-embedding-3-small"
DEFAULT_TRASH_DAYS = 30
DEFAULT_TREND_TAGS = 20


class AccessControl(str, Enum):
    """Values of `IIB_ACCESS_CONTROL`; `auto` enables it if allowed paths are set."""

    ENABLE = "enable"
    DISABLE = "disable"
    AUTO = "auto"


class Permission(str, Enum):
    """Values of `IIB_ACCESS_CONTROL_PERMISSION`: the permission of all clients."""

    READ_WRITE = "read-write"
    READ_ONLY = "read-only"
    WRITE_ONLY = "write-only"
    NO_ACCESS = "no-access"

    @property
    def can_read(self) -> bool:
        """True if clients may see contents, listings and search results."""
        return self in (Permission.READ_WRITE, Permission.READ_ONLY)

    @property
    def can_write(self) -> bool:
        """True if clients may change files and data."""
        return self in (Permission.READ_WRITE, Permission.WRITE_ONLY)


class AiEngine(str, Enum):
    """Values of `IIB_AI_ENGINE`, which embeds prompts; `auto`: the service if a key is set, else the built-in one."""

    AUTO = "auto"
    OPENAI = "openai"
    LOCAL = "local"


class Environment(BaseSettings):
    """The environment variables of docs/reference/settings.md, by their public names."""

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore", frozen=True)

    secret_key: SecretStr | None = Field(default=None, validation_alias="IIB_SECRET_KEY")
    server_lang: str = Field(default="auto", validation_alias="IIB_SERVER_LANG")
    db_path: str = Field(default="iib.db", validation_alias="IIB_DB_PATH")
    db_backup_max: int = Field(default=DEFAULT_BACKUPS, validation_alias="IIB_DB_FILE_BACKUP_MAX")
    cache_dir: str | None = Field(default=None, validation_alias="IIB_CACHE_DIR")
    access_control: AccessControl = Field(default=AccessControl.AUTO, validation_alias="IIB_ACCESS_CONTROL")
    allowed_paths: str = Field(default="", validation_alias="IIB_ACCESS_CONTROL_ALLOWED_PATHS")
    permission: Permission = Field(default=Permission.READ_WRITE, validation_alias="IIB_ACCESS_CONTROL_PERMISSION")
    allowed_hosts: str = Field(default="", validation_alias="IIB_ALLOWED_HOSTS")
    require_key: bool = Field(default=False, validation_alias="IIB_REQUIRE_KEY")
    stealth: bool = Field(default=True, validation_alias="IIB_ENABLE_SD_WEBUI_STEALTH_PARSER")
    extract_all_prompts: bool = Field(default=False, validation_alias="IIB_COMFYUI_EXTRACT_ALL_PROMPTS")
    cors_origins: str = Field(default="", validation_alias="IIB_CORS_ORIGINS")
    ai_engine: AiEngine = Field(default=AiEngine.AUTO, validation_alias="IIB_AI_ENGINE")
    openai_key: SecretStr | None = Field(default=None, validation_alias="OPENAI_API_KEY")
    openai_url: str = Field(default=DEFAULT_AI_URL, validation_alias="OPENAI_BASE_URL")
    chat_model: str = Field(default=DEFAULT_CHAT_MODEL, validation_alias="AI_MODEL")
    embedding_model: str = Field(default=DEFAULT_EMBEDDING_MODEL, validation_alias="EMBEDDING_MODEL")
    title_model: str | None = Field(default=None, validation_alias="TOPIC_TITLE_MODEL")
    normalize_prompts: bool = Field(default=True, validation_alias="IIB_PROMPT_NORMALIZE")
    normalize_mode: str = Field(default="balanced", validation_alias="IIB_PROMPT_NORMALIZE_MODE")
    embedding_debug: bool = Field(default=False, validation_alias="IIB_EMBEDDING_DEBUG")
    graph_tags: int = Field(default=500, ge=1, validation_alias="IIB_TAG_GRAPH_TOPK_TAGS_FOR_LLM")
    graph_max_tags: int = Field(default=500, ge=0, validation_alias="IIB_TAG_GRAPH_MAX_TAGS_FOR_LLM")
    graph_timeout_s: float = Field(default=180, gt=0, validation_alias="IIB_TAG_GRAPH_LLM_TIMEOUT_SEC")
    graph_attempts: int = Field(default=5, ge=1, validation_alias="IIB_TAG_GRAPH_LLM_MAX_ATTEMPTS")
    trash_days: int = Field(default=DEFAULT_TRASH_DAYS, validation_alias="IIB_TRASH_DAYS")
    delete_permanently: bool = Field(default=False, validation_alias="IIB_DELETE_PERMANENTLY")
    trend_max_tags: int = Field(default=DEFAULT_TREND_TAGS, ge=1, le=1000, validation_alias="IIB_TREND_MAX_TAGS")
    app_env: str = Field(default="", validation_alias="APP_ENV")
    log_file: str = Field(default="iib.log", validation_alias="IIB_LOG_FILE")


@dataclass(frozen=True, slots=True)
class AccessSettings:
    """Secret key and permissions. `allowed_paths` are unresolved words, see `iib.access.Roots`.

    `allowed_hosts` are additional host names that a server on the loopback address accepts.
    `requires_key`: without a key the server refuses to listen on addresses that other machines can reach.
    """

    secret_key: SecretStr | None = None
    control: AccessControl = AccessControl.AUTO
    allowed_paths: tuple[str, ...] = ()
    permission: Permission = Permission.READ_WRITE
    allow_cors: bool = False
    cors_origins: tuple[str, ...] = ()
    allowed_hosts: tuple[str, ...] = ()
    requires_key: bool = False


@dataclass(frozen=True, slots=True)
class MetadataSettings:
    """Switches of the metadata readers."""

    stealth: bool = True
    extract_all_prompts: bool = False


@dataclass(frozen=True, slots=True)
class IndexSettings:
    """Options of index runs and the watcher. `workers` is the number of parse workers; 0 means by the number of cores.

    `waits_for_update`: the update at startup ends before the server listens.
    """

    extra_paths: tuple[str, ...] = ()
    update_on_start: bool = False
    waits_for_update: bool = True
    watch: bool = True
    previews: bool = True
    workers: int = 0


@dataclass(frozen=True, slots=True)
class GraphSettings:
    """Limits of the step in which a chat model groups keywords."""

    tags: int = 500
    max_tags: int = 500
    timeout_s: float = 180
    attempts: int = 5


@dataclass(frozen=True, slots=True)
class AiSettings:
    """Embedding engine, models, timeouts and retries of the AI service. `base_url` has no trailing slash."""

    engine: AiEngine = AiEngine.AUTO
    api_key: SecretStr | None = None
    base_url: str = DEFAULT_AI_URL
    chat_model: str = DEFAULT_CHAT_MODEL
    embedding_model: str = DEFAULT_EMBEDDING_MODEL
    title_model: str = DEFAULT_CHAT_MODEL
    normalize: bool = True
    normalize_mode: str = "balanced"
    debug: bool = False
    graph: GraphSettings = field(default_factory=GraphSettings)
    timeout_s: float = 60.0
    attempts: int = 5
    first_pause_s: float = 0.5
    longest_pause_s: float = 60.0

    @property
    def has_service(self) -> bool:
        """True if an AI service is configured, so that requests to it are possible."""
        return self.api_key is not None and bool(self.api_key.get_secret_value())


@dataclass(frozen=True, slots=True)
class FileSettings:
    """Options of deletion. With `trash_days` below 1 the trash is never emptied automatically."""

    trash_days: int = DEFAULT_TRASH_DAYS
    delete_permanently: bool = False


@dataclass(frozen=True, slots=True)
class HostSettings:
    """The Stable Diffusion WebUI and its configuration. `is_extension`: this program runs inside the WebUI."""

    sd_webui_config: str | None = None
    sd_webui_dir: str | None = None
    relative_to_config: bool = False
    is_extension: bool = False


@dataclass(frozen=True, slots=True)
class Settings:
    """The complete configuration of one application. All paths are absolute."""

    program_dir: Path
    db_path: Path
    backup_dir: Path
    backup_max: int
    cache_dir: Path
    base: str = DEFAULT_BASE
    server_lang: str = "auto"
    export_fe_fn: bool = False
    enable_shutdown: bool = False
    is_dev: bool = False
    log_file: Path | None = None  # written by servers only
    trend_max_tags: int = DEFAULT_TREND_TAGS
    access: AccessSettings = field(default_factory=AccessSettings)
    metadata: MetadataSettings = field(default_factory=MetadataSettings)
    index: IndexSettings = field(default_factory=IndexSettings)
    ai: AiSettings = field(default_factory=AiSettings)
    host: HostSettings = field(default_factory=HostSettings)
    files: FileSettings = field(default_factory=FileSettings)

    @property
    def cover_dir(self) -> Path:
        """Folder of custom covers: next to the database, since they are not a cache."""
        return self.db_path.parent / "iib_covers"


INTERNAL_OPTIONS = frozenset(("watch", "update_in_background"))  # not part of the public signature


@dataclass(frozen=True, slots=True)
class Options:
    """Options of the Python integration and the command line, see docs/reference/settings.md."""

    sd_webui_config: str | None = None
    update_image_index: bool = False
    extra_paths: tuple[str, ...] = ()
    sd_webui_path_relative_to_config: bool = False
    allow_cors: bool = False
    enable_shutdown: bool = False
    sd_webui_dir: str | None = None
    base: str | None = None
    export_fe_fn: bool = False
    watch: bool = True
    update_in_background: bool = False

    @classmethod
    def public_names(cls) -> tuple[str, ...]:
        """Return the names of the public options in the order of the signature."""
        return tuple(item.name for item in fields(cls) if item.name not in INTERNAL_OPTIONS)

    @classmethod
    def from_keywords(cls, keywords: Mapping[str, object]) -> Options:
        """Create options from keywords. Unknown keywords are ignored; None means the default."""
        names = {item.name for item in fields(cls)}
        values = {name: value for name, value in keywords.items() if name in names and value is not None}
        if "extra_paths" in values:
            paths = values["extra_paths"]
            values["extra_paths"] = (paths,) if isinstance(paths, str) else tuple(paths)  # type: ignore[arg-type]
        return cls(**values)  # type: ignore[arg-type]


def normalise_base(base: str | None) -> str:
    """Return a base path with a leading slash and without a trailing one; None means the default.

    >>> [normalise_base(base) for base in ("foo/", "/", "", None)]
    ['/foo', '', '', '/infinite_image_browsing']
    """
    if base is None:
        return DEFAULT_BASE
    stripped = base.strip("/")
    return f"/{stripped}" if stripped else ""


def find_program_dir() -> Path:
    """Return the folder of the checkout that contains this module, else the user's data folder."""
    checkout = Path(__file__).resolve().parents[2]
    if (checkout / "app.py").is_file():
        return checkout
    return Path(platformdirs.user_data_dir("iib", appauthor=False))


def load_settings(options: Options | None = None, *, program_dir: Path | None = None) -> Settings:
    """Read the environment and `.env`, and combine them with the options. Raises `SettingsError`."""
    chosen = options or Options()
    home = (program_dir or find_program_dir()).resolve()
    try:
        env = Environment(_env_file=_dotenv_files(home))  # type: ignore[call-arg]
    except ValidationError as error:
        names = ", ".join(f"{item['loc'][0]}: {item['msg']}" for item in error.errors())
        raise SettingsError(f"invalid configuration: {names}") from error
    db_path = home / Path(env.db_path).expanduser()
    if chosen.sd_webui_dir and env.db_path == "iib.db":
        db_path = Path(chosen.sd_webui_dir) / "extensions" / "sd-webui-infinite-image-browsing" / "iib.db"
    cache_parent = Path(env.cache_dir).expanduser() if env.cache_dir else _temporary_dir()
    return Settings(
        program_dir=home,
        db_path=db_path,
        backup_dir=db_path.parent / "iib_db_backup",
        backup_max=env.db_backup_max,
        cache_dir=cache_parent / "iib_cache",
        base=normalise_base(chosen.base),
        server_lang=env.server_lang,
        export_fe_fn=chosen.export_fe_fn,
        enable_shutdown=chosen.enable_shutdown,
        is_dev=env.app_env == "dev",
        log_file=None if env.log_file.lower() == "off" else db_path.parent / Path(env.log_file).expanduser(),
        trend_max_tags=env.trend_max_tags,
        access=AccessSettings(
            secret_key=env.secret_key,
            control=env.access_control,
            allowed_paths=_split(env.allowed_paths),
            permission=env.permission,
            allow_cors=chosen.allow_cors,
            cors_origins=_split(env.cors_origins),
            allowed_hosts=_split(env.allowed_hosts),
            requires_key=env.require_key,
        ),
        metadata=MetadataSettings(stealth=env.stealth, extract_all_prompts=env.extract_all_prompts),
        index=IndexSettings(
            extra_paths=chosen.extra_paths,
            update_on_start=chosen.update_image_index or chosen.update_in_background,
            waits_for_update=not chosen.update_in_background,
            watch=chosen.watch,
        ),
        ai=_ai_settings(env),
        host=HostSettings(
            sd_webui_config=chosen.sd_webui_config,
            sd_webui_dir=chosen.sd_webui_dir,
            relative_to_config=chosen.sd_webui_path_relative_to_config,
        ),
        files=FileSettings(trash_days=env.trash_days, delete_permanently=env.delete_permanently),
    )


def _ai_settings(env: Environment) -> AiSettings:
    return AiSettings(
        engine=env.ai_engine,
        api_key=env.openai_key,
        base_url=env.openai_url.strip().rstrip("/"),
        chat_model=env.chat_model,
        embedding_model=env.embedding_model,
        title_model=env.title_model or env.chat_model,
        normalize=env.normalize_prompts,
        normalize_mode=env.normalize_mode,
        debug=env.embedding_debug,
        graph=GraphSettings(env.graph_tags, env.graph_max_tags, env.graph_timeout_s, env.graph_attempts),
    )


def describe_settings(settings: Settings) -> list[tuple[str, str, str]]:
    """Return (variable, value, source) of every environment setting; secrets are masked."""
    rows: list[tuple[str, str, str]] = []
    env = Environment(_env_file=_dotenv_files(settings.program_dir))  # type: ignore[call-arg]
    for name, info in Environment.model_fields.items():
        variable = str(info.validation_alias)
        value = getattr(env, name)
        shown = (
            "********" if isinstance(value, SecretStr) else "" if value is None else str(getattr(value, "value", value))
        )
        fallback = ".env" if name in env.model_fields_set else "default"
        source = "environment" if os.environ.get(variable) else fallback
        rows.append((variable, shown, source))
    return rows


def home_dir() -> str:
    """Return the home folder of the user, as the page shows it."""
    return os.environ.get("HOME") or os.environ.get("USERPROFILE") or str(Path.home())


def windows_dir() -> str:
    """Return the folder of Windows; meaningful on Windows only."""
    return os.environ.get("SYSTEMROOT") or r"C:\Windows"


def is_windows() -> bool:
    """True if this program runs on Windows."""
    return sys.platform == "win32"


def _temporary_dir() -> Path:
    """Return the first of `TMPDIR`, `TMP` and `TEMP` that is a folder, else the default of the platform.

    Python itself uses another order: TMPDIR, TEMP, TMP.
    """
    for name in ("TMPDIR", "TMP", "TEMP"):
        value = os.environ.get(name)
        if value and Path(value).is_dir():
            return Path(value).absolute()
    return Path(tempfile.gettempdir())


def _dotenv_files(home: Path) -> tuple[Path, ...]:
    """Return the nearest `.env` at or above the folder of the program; empty if there is none."""
    for folder in (home, *home.parents):
        candidate = folder / ".env"
        if candidate.is_file():
            return (candidate,)
    return ()


def _split(text: str) -> tuple[str, ...]:
    """Split comma-separated text into words; empty words are left out."""
    return tuple(part.strip() for part in text.split(",") if part.strip())
