"""Runs npm in web/ with the Node of the set-up: `python tools/npm.py run lint`."""

from __future__ import annotations

import sys

from setup import WEB, npm

if __name__ == "__main__":
    if not (WEB / "package.json").is_file():
        sys.exit("web/package.json is missing: there is no page in this checkout")
    npm("--silent", *sys.argv[1:], shown=True)
