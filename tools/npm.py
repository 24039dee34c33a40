"""Run npm in web/ with the Node that the set-up chose: `python tools/npm.py run lint`."""

from __future__ import annotations

import sys

from setup import WEB, ensure_node, run

if __name__ == "__main__":
    run([*ensure_node(), "--silent", *sys.argv[1:]], cwd=WEB)
