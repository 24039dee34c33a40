"""Writes the OpenAPI document to tests/snapshots/openapi.json, or to the file that is named."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from iib.api import create_api
from iib.settings import AccessSettings

TARGET = Path(__file__).resolve().parents[1] / "tests" / "snapshots" / "openapi.json"


class NoServices:
    """Runtime without services: the document does not need them."""

    running = None

    def services(self) -> None:
        """Do nothing; the document does not use services."""

    def close(self) -> None:
        """Do nothing; no services are running."""


def document() -> str:
    """Return the document as JSON with sorted keys, without the version of the program."""
    api = create_api(NoServices(), AccessSettings())  # type: ignore[arg-type]
    document_json = api.openapi()
    document_json["info"]["version"] = "0"
    return json.dumps(document_json, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(document(), encoding="utf-8", newline="\n")
