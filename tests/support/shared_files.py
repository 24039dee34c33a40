"""Files that some tests read and that are not part of the repository: the specification, real samples, their tools.

They are looked for in the folder `shared` beside the checkout, or in the folder that `IIB_SHARED_FILES` names.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from support.process import CHECKOUT

SHARED = Path(os.environ.get("IIB_SHARED_FILES") or CHECKOUT.parent / "shared")


def needs_shared(*names: str) -> pytest.MarkDecorator:
    """Skip unless all of these are files below the shared folder; the reason names those that are missing."""
    missing = [name for name in names if not (SHARED / name).is_file()]
    return pytest.mark.skipif(
        bool(missing), reason=f"{', '.join(missing)} not found in {SHARED} (see tests/support/shared_files.py)"
    )
