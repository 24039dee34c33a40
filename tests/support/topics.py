"""A small library of three subjects, and helpers that wait for a clustering."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from support.hosted import Hosted, answer_of
from support.library import Library

SUBJECTS = {
    "cat": ("tabby cat", "sleeping kitten", "whiskers", "fluffy tail", "yarn ball", "pink nose"),
    "car": ("red sports car", "racing track", "alloy wheels", "exhaust pipe", "carbon fiber", "tire smoke"),
    "city": ("neon city", "cyberpunk street", "hologram", "wet asphalt", "flying drone", "night rain"),
}
WAIT_S = 60.0


def prompt_of(subject: str, number: int) -> str:
    """A prompt of five of the six phrases of a subject, and one unique word."""
    phrases = [phrase for place, phrase in enumerate(SUBJECTS[subject]) if place != 1 + number % 5]
    return f"masterpiece, {', '.join(phrases)}, {subject}detail{number}"


def fill_topics(library: Library, each: int = 8, folder: str = "") -> dict[str, str]:
    """Write pictures of each subject; returns the subject by path."""
    prefix = f"{folder}/" if folder else ""
    return {
        str(library.add(f"{prefix}{subject}{number}.png", prompt_of(subject, number))): subject
        for subject in SUBJECTS
        for number in range(each)
    }


def wait_for_clusters(api: Hosted, job_id: str) -> dict[str, Any]:
    """Poll until the job has ended; returns its status."""
    end = time.monotonic() + WAIT_S
    while True:
        status: dict[str, Any] = answer_of(api.get("/db/cluster_iib_output_job_status", params={"job_id": job_id}))
        if status["status"] in ("completed", "failed"):
            return status
        assert time.monotonic() < end, status
        time.sleep(0.02)


def cluster(api: Hosted, *folders: Path | str, **body: object) -> dict[str, Any]:
    """Start a clustering and wait for its end."""
    request = {"folder_paths": [str(folder) for folder in folders], **body}
    return wait_for_clusters(api, answer_of(api.post("/db/cluster_iib_output_job_start", request))["job_id"])


def clusters(api: Hosted, *folders: Path | str, **body: object) -> dict[str, Any]:
    """The result of a clustering that must succeed."""
    status = cluster(api, *folders, **body)
    assert status["status"] == "completed", status["error"]
    result: dict[str, Any] = status["result"]
    return result
