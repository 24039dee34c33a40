"""The `iib` command: its subcommands, their options and their exit codes."""

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
    list_dimensions,
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

DEFAULT_LIMIT, NO_LIMIT = 50, 2**31

Folders = Annotated[list[str] | None, typer.Argument(help="Additional folders of the library.")]


@contextmanager
def _printed_errors() -> Iterator[None]:
    """Print an `IIBError` as one line on stderr and exit with code 1."""
    try:
        yield
    except IIBError as error:
        sys.stderr.write(f"iib: {error.message}\n")
        raise typer.Exit(1) from error


@contextmanager
def _services(folders: list[str] | None, *, writes: bool = False) -> Iterator[Services]:
    """Build the services without a server and close them. A backup is made only if `writes` is true."""
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
    update: Annotated[bool, typer.Option(help="Update the index at startup.")] = True,
) -> None:
    """Serve the page and the API."""
    with _printed_errors():
        settings = load_settings()
        configure_logs(is_verbose=settings.is_dev, file=settings.log_file)
        launch_app(port, host, extra_paths=folders or [], update_in_background=update, export_fe_fn=True)


@cli.command()
def index(folders: Folders = None, *, rebuild: bool = False) -> None:
    """Update the index and exit."""
    with _printed_errors(), _services(folders, writes=True) as services:
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
    sort: Annotated[str, typer.Option(help="Order: newest, oldest, name, size, random, rating.")] = "newest",
    limit: Annotated[int | None, typer.Option(help="Maximum number of files (50; all with --format).")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")] = False,
    kind: Annotated[str, typer.Option("--format", help="Rows with all parameters: jsonl, csv, parquet.")] = "",
    output: Annotated[Path | None, typer.Option(help="File for --format; default: standard output.")] = None,
) -> None:
    """Print the newest files whose path or generation text contains TEXT."""
    with _printed_errors(), _services(None) as services:
        use_whole_library(services)
        grid_query = GridQuery(text=text, regex=regex, language=query, sort=sort)
        if kind:
            count = export_matches(services, grid_query, kind, output, NO_LIMIT if limit is None else limit)
            if output is not None:
                sys.stderr.write(f"{count:,} files written to {output}\n")
        else:
            print_matches(services, grid_query, DEFAULT_LIMIT if limit is None else limit, as_json=as_json)


@cli.command()
def stats(
    text: Annotated[str, typer.Argument(help="A query; default: the whole library.")] = "",
    *,
    by: Annotated[str, typer.Option(help=f"Split by {list_dimensions()}.")] = "",
    per: Annotated[str, typer.Option(help="day, month or year.")] = "month",
    limit: int = 10,
) -> None:
    """Count the files of a query over time and by model, LoRA, sampler and other properties."""
    with _printed_errors(), _services(None) as services:
        use_whole_library(services)
        for line in statistics_lines(services, text, by, per, limit):
            sys.stdout.write(f"{line}\n")


@cli.command("import")
def import_database(
    path: Annotated[Path, typer.Argument(help="The database (iib.db) of the earlier program; it is not changed.")],
    moved: Annotated[list[str] | None, typer.Option("--map", metavar="OLD=NEW", help="A moved folder.")] = None,
    *,
    dry_run: Annotated[bool, typer.Option(help="Only count; import nothing.")] = False,
) -> None:
    """Import tags, folders, settings and rules of the earlier program."""
    with _services(None) as services:
        for line in import_from(services, path, moved or [], dry_run=dry_run):
            print(line)


@cli.command()
def doctor(
    repair: Annotated[
        bool, typer.Option(help="Rebuild the full-text index and the tag sets if they are wrong.")
    ] = False,
) -> None:
    """Check the installation and report problems."""
    problems = 0
    with _printed_errors():
        settings = load_settings()
        configure_logs(is_verbose=settings.is_dev)
    for name, is_good, hint in examine(replace(settings, backup_max=0), repair=repair):
        problems += not is_good
        print(f"{'ok     ' if is_good else 'PROBLEM'} {name}{'' if is_good else ' - ' + hint}")
    if problems:
        raise typer.Exit(1)


@cli.command("settings")
def show_settings() -> None:
    """Print every setting with its value and source; secrets are masked."""
    with _printed_errors():
        for variable, value, source in describe_settings(load_settings()):
            print(f"{variable:<40} {value:<30} {source}")


def main() -> None:
    """Run the `iib` command with the arguments of the process."""
    cli()


__all__ = ["cli", "main", "setup_parser"]
