"""Helpers for organising over HTTP: start, wait and confirm."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from support.hosted import Hosted, answer_of
from support.topics import WAIT_S

ENDS = ("completed", "failed")


def status_of(api: Hosted, job_id: str, **options: object) -> dict[str, Any]:
    """The status answer of an organise job."""
    status: dict[str, Any] = answer_of(api.get("/db/organize_files_status", params={"job_id": job_id, **options}))
    return status


def wait_until(api: Hosted, job_id: str, *wanted: str) -> dict[str, Any]:
    """Poll until the job has one of these statuses; fails the test if it ends with another one."""
    end = time.monotonic() + WAIT_S
    while True:
        status = status_of(api, job_id)
        if status["status"] in wanted:
            return status
        assert status["status"] not in ENDS, status["error"]
        assert time.monotonic() < end, status
        time.sleep(0.02)


def start(api: Hosted, *folders: Path | str, **body: object) -> str:
    """Start organising; returns the id of the job."""
    request = {"folder_paths": [str(folder) for folder in folders], **body}
    job_id: str = answer_of(api.post("/db/organize_files_start", request))["job_id"]
    return job_id


def previewed(api: Hosted, *folders: Path | str, **body: object) -> dict[str, Any]:
    """Start organising and return the status with the preview."""
    return wait_until(api, start(api, *folders, **body), "preview_ready")


def confirmed(api: Hosted, job_id: str, **body: object) -> dict[str, Any]:
    """Confirm the preview and wait for the end; returns the final status."""
    answer_of(api.post("/db/organize_files_confirm", {"job_id": job_id, **body}))
    return wait_until(api, job_id, "completed")


def undone(api: Hosted, operation_id: int) -> None:
    """Undo the whole operation; fails the test if a file has a problem."""
    assert answer_of(api.post(f"/v1/operations/{operation_id}/undo"))["errors"] == []
