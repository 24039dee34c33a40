"""The `iib` command."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, NoReturn

import orjson
import typer

from iib.api.responses import media_entry
from iib.api.services import Services
from iib.bootstrap import build_services
from iib.bootstrap.hosting import launch_app
from iib.cli.inspect import inspect
from iib.cli.serve import setup_parser
from iib.errors import IIBError
from iib.model.job import JobStatus
from iib.plugins.loader import load_readers
from iib.search.service import TextQuery
from iib.settings import Options, Settings, describe_settings, load_settings

cli = typer.Typer(no_args_is_help=True, add_completion=False, help="Browse, search and organise AI-made pictures.")

cli.command()(inspect)

Folders = Annotated[list[str] | None, typer.Argument(help="Folders of the library, besides the registered ones.")]


@contextmanager
def _services(folders: list[str] | None) -> Iterator[Services]:
    try:
        services = build_services(load_settings(Options(extra_paths=tuple(folders or ()), watch=False)))
    except IIBError as error:
        _fail(error.message)
    try:
        yield services
    except IIBError as error:
        _fail(error.message)
    finally:
        services.close()


@cli.command()
def serve(
    folders: Folders = None,
    host: str = "127.0.0.1",
    port: int = 8000,
    *,
    update: Annotated[bool, typer.Option(help="Bring the index up to date at the start.")] = True,
) -> None:
    """Serve the page and the API."""
    try:
        launch_app(port, host, extra_paths=folders or [], update_image_index=update, export_fe_fn=True)
    except IIBError as error:
        _fail(error.message)


@cli.command()
def index(folders: Folders = None, *, rebuild: bool = False) -> None:
    """Bring the index up to date and stop."""
    with _services(folders) as services:
        job_id = services.index.start_rebuild() if rebuild else services.index.start_update()
        started = time.monotonic()
        while True:
            row = services.jobs.wait(job_id, 0.5)
            rate = row.done / max(0.001, time.monotonic() - started)
            line = f"{row.stage}: {row.done:,} of {row.total:,} files, {rate:,.0f}/s, {row.errors} with problems"
            sys.stderr.write(f"\r{line:<78}")
            if row.status.is_final:
                break
        sys.stderr.write("\n")
        print(f"{row.status.value}: {row.message}")
        if row.status is not JobStatus.COMPLETED:
            raise typer.Exit(1)


@cli.command()
def search(
    text: str,
    *,
    regex: bool = False,
    limit: int = 50,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Print the newest files whose path or generation text holds TEXT."""
    with _services(None) as services:
        with services.store.read() as unit:
            known = [row.path for row in unit.folders.tops()]
        services.search.views.set_scopes(lambda: known)
        query = TextQuery(text="" if regex else text, regexp=text if regex else "", size=limit)
        for row in services.search.by_text(query).rows:
            print(orjson.dumps(media_entry(row)).decode() if as_json else row.path)


@cli.command()
def doctor() -> None:
    """Look whether everything is as it should be."""
    settings = load_settings()
    problems = 0
    for name, is_good, hint in _checks(settings):
        problems += not is_good
        print(f"{'ok     ' if is_good else 'PROBLEM'} {name}{'' if is_good else ' - ' + hint}")
    if problems:
        raise typer.Exit(1)


@cli.command("settings")
def show_settings() -> None:
    """Print every setting, its value and where it comes from; secrets are masked."""
    for variable, value, source in describe_settings(load_settings()):
        print(f"{variable:<40} {value:<30} {source}")


def _checks(settings: Settings) -> Iterator[tuple[str, bool, str]]:
    yield f"Python {sys.version.split()[0]}", sys.version_info >= (3, 10), "3.10 or newer is needed"
    page = Path(__file__).resolve().parents[1] / "web_dist" / "index.html"
    yield "page is built", page.is_file(), "run `make web`"
    free = shutil.disk_usage(settings.program_dir).free
    for plugin in load_readers(settings).plugins:
        yield f"plug-in {plugin.name} ({plugin.origin})", plugin.is_good, plugin.detail
    yield f"{free / 2**30:.1f} GiB free", free > 2**30, "less than 1 GiB is left on this disk"
    try:
        services = build_services(settings)
    except IIBError as error:
        yield "database", False, error.message
        return
    try:
        with services.store.read() as unit:
            yield f"database {settings.db_path}", unit.is_intact(), "the integrity check failed; restore a backup"
            total, _rows = unit.media.problems(1)
            yield f"{unit.media.count():,} files, {total} with problems", True, ""
        for entry in services.roots.all():
            yield f"folder {entry.path}", Path(entry.path).is_dir(), "it does not exist right now"
    finally:
        services.close()


def _fail(message: str) -> NoReturn:
    sys.stderr.write(f"iib: {message}\n")
    raise typer.Exit(1)


def main() -> None:
    """Entry point."""
    cli()


__all__ = ["cli", "main", "setup_parser"]
