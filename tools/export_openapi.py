"""Write the OpenAPI document to tests/snapshots/openapi.json, or to the file that is named."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from iib.api import create_api
from iib.settings import AccessSettings

TARGET = Path(__file__).resolve().parents[1] / "tests" / "snapshots" / "openapi.json"


class NoServices:
    """The document needs no running services."""

    running = None

    def services(self) -> None:
        """Never asked."""

    def close(self) -> None:
        """Nothing to end."""


def document() -> str:
    """The document as stable text; the version is left out."""
    api = create_api(NoServices(), AccessSettings())  # type: ignore[arg-type]
    found = api.openapi()
    found["info"]["version"] = "0"
    return json.dumps(found, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(document(), encoding="utf-8", newline="\n")
