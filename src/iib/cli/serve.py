"""`python app.py`: serves the page and the API. Its flags are public, see docs/reference/settings.md."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence
from dataclasses import replace
from types import FrameType
from typing import Any

from iib.bootstrap import build_services, launch_app
from iib.cli.generate import generate
from iib.cli.logs import configure_logs
from iib.errors import IIBError, InvalidRequest
from iib.media import parse_box
from iib.settings import Options, load_settings


def setup_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line of `app.py`."""
    parser = argparse.ArgumentParser(prog="app.py", description="Browse, search and organise AI-made pictures.")
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
    add("--port", type=int, default=8000, help="port to listen on")
    add("--sd_webui_config", help="config.json of a Stable Diffusion WebUI; its output folders become roots")
    add(
        "--sd_webui_path_relative_to_config",
        action="store_true",
        help="its relative folders start at its own folder",
    )
    add("--sd_webui_dir", help="installation of a Stable Diffusion WebUI: its config and database are used")
    add("--update_image_index", action="store_true", help="update the index before the server starts")
    add("--update_in_background", action="store_true", help="update the index while the server runs")
    add("--extra_paths", nargs="+", default=[], metavar="PATH", help="additional folders for this run")
    add("--allow_cors", action="store_true", help="allow other origins (without credentials)")
    add("--enable_shutdown", action="store_true", help="enable POST /shutdown")
    add(
        "--export_fe_fn",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="allow an embedding page to call functions of the page",
    )
    add("--base", help="base path of the API (default /infinite_image_browsing)")
    add("--generate_image_cache", action="store_true", help="create the thumbnails of all pictures, then exit")
    add(
        "--generate_image_cache_size",
        type=_box,
        default="512x512",
        metavar="WxH",
        help="thumbnail size (default 512x512)",
    )
    add("--generate_video_cover", action="store_true", help="create the covers of all videos, then exit")
    add("--gen_cache_verbose", action="store_true", help="print a line for each file")
    return parser


def _box(text: str) -> tuple[int, int]:
    try:
        return parse_box(text)
    except InvalidRequest as error:
        raise argparse.ArgumentTypeError(error.message) from error


def _generate(options: dict[str, Any]) -> None:
    """Create thumbnails and covers, without an index run and without a server."""
    settings = replace(load_settings(Options.from_keywords({**options, "watch": False})), backup_max=0)
    services = build_services(settings)
    try:
        for warning in services.roots.warnings():
            sys.stderr.write(f"{warning}\n")
        box = options["generate_image_cache_size"] if options["generate_image_cache"] else None
        covers, verbose = options["generate_video_cover"], options["gen_cache_verbose"]
        generate(services, image_box=box, covers=covers, verbose=verbose)
    finally:
        services.close()


def _stop(number: int, _frame: FrameType | None) -> None:
    """Exit on a signal with the usual code, 128 plus its number."""
    raise SystemExit(128 + number)


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the arguments, then serve or create thumbnails. Return the exit code."""
    parser = setup_parser()
    options = vars(parser.parse_args(arguments))
    port, host = options.pop("port"), options.pop("host")
    # While the index is updated, no server runs yet that handles the signal.
    signal.signal(signal.SIGTERM, _stop)
    try:
        settings = load_settings(Options.from_keywords(options))
        configure_logs(is_verbose=settings.is_dev, file=settings.log_file)
        if options["generate_image_cache"] or options["generate_video_cover"]:
            _generate(options)
        else:
            launch_app(port, host, **options)
    except IIBError as error:
        parser.exit(1, f"{parser.prog}: {error.message}\n")
    except KeyboardInterrupt:
        return 0
    return 0
