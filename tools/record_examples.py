"""Records the examples of the OpenAPI document from a running server, into src/iib/api/examples/.

Examples whose content has not changed are not rewritten. The requests are in tests/support/example_journey.py.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from support.example_journey import record  # noqa: E402
from support.example_recorder import kept_if_alike  # noqa: E402

from iib.api import (  # noqa: E402
    EXAMPLES,
    ROUTERS,
    read_examples,
)


def tags() -> dict[str, str]:
    """Return the first tag of each operation of the document."""
    result: dict[str, str] = {}
    for router in ROUTERS:
        for route in router.routes:
            if getattr(route, "include_in_schema", False):
                for method in getattr(route, "methods", ()):
                    result[f"{method} {getattr(route, 'path', '')}"] = str(getattr(route, "tags", ["other"])[0])
    return result


def main() -> None:
    """Record all examples, and write one file per tag."""
    with tempfile.TemporaryDirectory() as home:
        examples = kept_if_alike(read_examples(), record(Path(home)))
    by_tag: dict[str, dict[str, Any]] = {}
    for name, tag in tags().items():
        if name in examples:
            by_tag.setdefault(tag.replace(" ", "_"), {})[name] = examples[name]
    for old in EXAMPLES.glob("*.json"):
        old.unlink()
    for tag, found in by_tag.items():
        text = json.dumps(found, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
        (EXAMPLES / f"{tag}.json").write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
