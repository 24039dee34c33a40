"""Tests for the sources of settings, and for settings that refuse to start."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from support.process import CHECKOUT

from iib.errors import SettingsError
from iib.settings import (
    AccessControl,
    Environment,
    Options,
    Permission,
    describe_settings,
    load_settings,
    normalise_base,
)

VARIABLES = [str(info.validation_alias) for info in Environment.model_fields.values()]


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


def dotenv(folder: Path, **values: str) -> Path:
    (folder / ".env").write_text("".join(f"{name}={value}\n" for name, value in values.items()), encoding="utf-8")
    return folder


def test_defaults(tmp_path: Path) -> None:
    settings = load_settings(program_dir=tmp_path)

    assert settings.db_path == tmp_path / "iib.db"
    assert settings.backup_dir == tmp_path / "iib_db_backup"
    assert settings.backup_max == 8
    assert settings.cache_dir.name == "iib_cache"
    assert settings.base == "/infinite_image_browsing"
    assert settings.access.secret_key is None
    assert settings.access.control is AccessControl.AUTO
    assert settings.access.permission is Permission.READ_WRITE


@pytest.mark.parametrize("name", VARIABLES)
def test_an_empty_variable_is_not_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    expected = load_settings(program_dir=tmp_path)

    monkeypatch.setenv(name, "")
    assert load_settings(program_dir=tmp_path) == expected
    monkeypatch.delenv(name)
    dotenv(tmp_path, **{name: ""})
    assert load_settings(program_dir=tmp_path) == expected


def test_the_environment_overrides_the_file_unless_it_is_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dotenv(tmp_path, IIB_DB_FILE_BACKUP_MAX="3")
    assert load_settings(program_dir=tmp_path).backup_max == 3

    monkeypatch.setenv("IIB_DB_FILE_BACKUP_MAX", "5")
    assert load_settings(program_dir=tmp_path).backup_max == 5
    monkeypatch.setenv("IIB_DB_FILE_BACKUP_MAX", "")
    assert load_settings(program_dir=tmp_path).backup_max == 3


def test_the_nearest_dotenv_file_above_the_folder_is_read(tmp_path: Path) -> None:
    home = tmp_path / "a" / "b"
    home.mkdir(parents=True)
    dotenv(tmp_path, IIB_DB_FILE_BACKUP_MAX="1")
    assert load_settings(program_dir=home).backup_max == 1

    dotenv(home, IIB_DB_FILE_BACKUP_MAX="2")
    assert load_settings(program_dir=home).backup_max == 2


def test_places_of_database_and_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IIB_DB_PATH", str(Path("data") / "my.db"))
    monkeypatch.setenv("IIB_CACHE_DIR", str(tmp_path / "cache"))
    settings = load_settings(program_dir=tmp_path)

    assert settings.db_path == tmp_path / "data" / "my.db"
    assert settings.cache_dir == tmp_path / "cache" / "iib_cache"


def test_the_cache_goes_to_the_first_folder_for_temporary_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("TMPDIR", "TMP", "TEMP"):
        (tmp_path / name).mkdir()
        monkeypatch.setenv(name, str(tmp_path / name))

    for name, following in (("TMPDIR", "TMP"), ("TMP", "TEMP")):
        assert load_settings(program_dir=tmp_path).cache_dir == tmp_path / name / "iib_cache"
        monkeypatch.setenv(name, "")
        assert load_settings(program_dir=tmp_path).cache_dir == tmp_path / following / "iib_cache"


def test_a_webui_folder_sets_the_database_unless_a_path_is_configured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = Options(sd_webui_dir=str(tmp_path / "webui"))
    extension = tmp_path / "webui" / "extensions" / "sd-webui-infinite-image-browsing"
    assert load_settings(options, program_dir=tmp_path).db_path == extension / "iib.db"

    monkeypatch.setenv("IIB_DB_PATH", "own.db")
    assert load_settings(options, program_dir=tmp_path).db_path == tmp_path / "own.db"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("IIB_ACCESS_CONTROL_PERMISSION", "everything"),
        ("IIB_ACCESS_CONTROL", "yes"),
        ("IIB_DB_FILE_BACKUP_MAX", "many"),
        ("IIB_ENABLE_SD_WEBUI_STEALTH_PARSER", "perhaps"),
    ],
)
def test_an_invalid_value_prevents_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(SettingsError, match=name):
        load_settings(program_dir=tmp_path)


def test_lists_are_split_at_commas(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IIB_ACCESS_CONTROL_ALLOWED_PATHS", " /a , txt2img,, ")
    monkeypatch.setenv("IIB_CORS_ORIGINS", "https://a.example")
    access = load_settings(program_dir=tmp_path).access

    assert (access.allowed_paths, access.cors_origins) == (("/a", "txt2img"), ("https://a.example",))


@pytest.mark.parametrize(
    ("given", "base"),
    [(None, "/infinite_image_browsing"), ("", ""), ("/", ""), ("foo", "/foo"), ("/foo/", "/foo"), ("/a/b//", "/a/b")],
)
def test_base_paths_are_normalised(given: str | None, base: str) -> None:
    assert normalise_base(given) == base


def test_unknown_options_are_ignored_and_none_is_the_default() -> None:
    options = Options.from_keywords({"whatever": 1, "base": None, "extra_paths": ["/a"], "allow_cors": True})

    assert options == Options(extra_paths=("/a",), allow_cors=True)


def test_descriptions_mask_secrets_and_name_the_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dotenv(tmp_path, IIB_SECRET_KEY="s3cret")  # noqa: S106
    monkeypatch.setenv("IIB_DB_FILE_BACKUP_MAX", "2")

    rows = {name: (value, source) for name, value, source in describe_settings(load_settings(program_dir=tmp_path))}

    assert rows["IIB_SECRET_KEY"] == ("********", ".env")
    assert rows["IIB_DB_FILE_BACKUP_MAX"] == ("2", "environment")
    assert rows["IIB_ACCESS_CONTROL"] == ("auto", "default")
    assert "s3cret" not in repr(load_settings(program_dir=tmp_path))


def test_every_variable_is_in_the_example_and_in_the_reference() -> None:
    example = (CHECKOUT / ".env.example").read_text(encoding="utf-8")
    reference = (CHECKOUT / "docs" / "reference" / "settings.md").read_text(encoding="utf-8")

    assert [name for name in VARIABLES if f"\n{name}=" not in example] == []
    assert [name for name in VARIABLES if f"| `{name}` |" not in reference] == []


def test_the_example_means_the_defaults(tmp_path: Path) -> None:
    expected = load_settings(program_dir=tmp_path)
    (tmp_path / ".env").write_bytes((CHECKOUT / ".env.example").read_bytes())

    assert load_settings(program_dir=tmp_path) == expected
    assert os.sep in str(expected.db_path)
