"""The `iib` command."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from iib.api import Services
from iib.bootstrap import build_services, launch_app
from iib.cli.doctor import examine
from iib.cli.importing import import_from
from iib.cli.inspect import inspect
from iib.cli.logs import configure_logs
from iib.cli.querying import (
    export_matches,
    known_dimensions,
    print_matches,
    statistics_lines,
    use_whole_library,
)
from iib.cli.serve import setup_parser
from iib.errors import IIBError
from iib.model import JobStatus
from iib.search import GridQuery
from iib.settings import Options, describe_settings, load_settings

cli = typer.Typer(no_args_is_help=True, add_completion=False, help="Browse, search and organise AI-made pictures.")

cli.command()(inspect)

DEFAULT_LIMIT, EVERYTHING = 50, 2**31

Folders = Annotated[list[str] | None, typer.Argument(help="Folders of the library, besides the registered ones.")]


@contextmanager
def _told_errors() -> Iterator[None]:
    """What goes wrong on purpose becomes one line and exit code 1."""
    try:
        yield
    except IIBError as error:
        sys.stderr.write(f"iib: {error.message}\n")
        raise typer.Exit(1) from error


@contextmanager
def _services(folders: list[str] | None, *, writes: bool = False) -> Iterator[Services]:
    """The program without its server; a backup is made only by what changes something."""
    settings = load_settings(Options(extra_paths=tuple(folders or ()), watch=False))
    configure_logs(is_verbose=settings.is_dev)
    services = build_services(settings if writes else replace(settings, backup_max=0))
    try:
        yield services
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
    with _told_errors():
        settings = load_settings()
        configure_logs(is_verbose=settings.is_dev, file=settings.log_file)
        launch_app(port, host, extra_paths=folders or [], update_in_background=update, export_fe_fn=True)


@cli.command()
def index(folders: Folders = None, *, rebuild: bool = False) -> None:
    """Bring the index up to date and stop."""
    with _told_errors(), _services(folders, writes=True) as services:
        for warning in services.roots.warnings():
            sys.stderr.write(f"iib: {warning}\n")
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
    regex: Annotated[bool, typer.Option(help="TEXT is a regular expression.")] = False,
    query: Annotated[bool, typer.Option("--query", help="TEXT is a query: model:sdxl steps:>30 -blurry.")] = False,
    sort: Annotated[str, typer.Option(help="newest, oldest, name, size, random, rating.")] = "newest",
    limit: Annotated[int | None, typer.Option(help="At most so many; 50, or all with --format.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    kind: Annotated[str, typer.Option("--format", help="Rows with all parameters: jsonl, csv, parquet.")] = "",
    output: Annotated[Path | None, typer.Option(help="File for --format; none: standard output.")] = None,
) -> None:
    """Print the newest files whose path or generation text holds TEXT."""
    with _told_errors(), _services(None) as services:
        use_whole_library(services)
        asked = GridQuery(text=text, regex=regex, language=query, sort=sort)
        if kind:
            count = export_matches(services, asked, kind, output, EVERYTHING if limit is None else limit)
            if output is not None:
                sys.stderr.write(f"{count:,} files written to {output}\n")
        else:
            print_matches(services, asked, DEFAULT_LIMIT if limit is None else limit, as_json=as_json)


@cli.command()
def stats(
    text: Annotated[str, typer.Argument(help="A query; none: the whole library.")] = "",
    *,
    by: Annotated[str, typer.Option(help=f"Split by {known_dimensions()}.")] = "",
    per: Annotated[str, typer.Option(help="day, month or year.")] = "month",
    limit: int = 10,
) -> None:
    """Count the files of a query over time and by model, LoRA, sampler and so on."""
    with _told_errors(), _services(None) as services:
        use_whole_library(services)
        for line in statistics_lines(services, text, by, per, limit):
            sys.stdout.write(f"{line}\n")


@cli.command("import")
def import_database(
    path: Annotated[Path, typer.Argument(help="The database (iib.db) of the earlier program; it is not changed.")],
    moved: Annotated[list[str] | None, typer.Option("--map", metavar="OLD=NEW", help="A folder that moved.")] = None,
    *,
    dry_run: Annotated[bool, typer.Option(help="Only count.")] = False,
) -> None:
    """Take over tags, folders, settings and rules of the earlier program."""
    with _services(None) as services:
        for line in import_from(services, path, moved or [], dry_run=dry_run):
            print(line)


@cli.command()
def doctor(
    repair: Annotated[
        bool, typer.Option(help="Make the full-text index and the tag sets again if they are wrong.")
    ] = False,
) -> None:
    """Look whether everything is as it should be."""
    problems = 0
    with _told_errors():
        settings = load_settings()
        configure_logs(is_verbose=settings.is_dev)
    for name, is_good, hint in examine(replace(settings, backup_max=0), repair=repair):
        problems += not is_good
        print(f"{'ok     ' if is_good else 'PROBLEM'} {name}{'' if is_good else ' - ' + hint}")
    if problems:
        raise typer.Exit(1)


@cli.command("settings")
def show_settings() -> None:
    """Print every setting, its value and where it comes from; secrets are masked."""
    with _told_errors():
        for variable, value, source in describe_settings(load_settings()):
            print(f"{variable:<40} {value:<30} {source}")


def main() -> None:
    """Entry point."""
    cli()


__all__ = ["cli", "main", "setup_parser"]
