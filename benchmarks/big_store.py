"""Builds a store of a million synthetic files directly in the database, for benchmarks of search.

The vocabulary follows Zipf's law, as prompts do; everything is drawn from one seed, so that two runs are alike.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from iib.metadata import derive_tags, render_text
from iib.model import FileStamp, GenerationInfo, LoraRef, MediaKind, MediaRecord, ModelRef, ParsedMedia, to_record
from iib.store import Store, join_path

BATCH = 5_000
FILES_PER_FOLDER = 1_000
EPOCH_NS = 1_790_000_000_000_000_000
SIZES = ((832, 1216), (1216, 832), (1024, 1024), (768, 1344), (1536, 640), (512, 512))
SAMPLERS = ("Euler a", "DPM++ 2M", "DPM++ SDE", "UniPC", "DDIM", "Heun")
SYLLABLES = ("ka", "lo", "mi", "ren", "sta", "vor", "ty", "bel", "dra", "gon", "fi", "osh", "qua", "nel", "pri", "zu")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Synthetic words in order of falling frequency, with cumulative weights for random choice."""

    words: tuple[str, ...]
    weights: tuple[float, ...]

    @staticmethod
    def make(chance: random.Random, size: int) -> Vocabulary:
        """Distinct synthetic words; the frequent ones are short."""
        words: dict[str, None] = {"masterpiece": None, "best quality": None, "landscape": None, "1girl": None}
        while len(words) < size:
            count = chance.choice((2, 3) if len(words) < size // 50 else (3, 3, 4))
            words["".join(chance.choices(SYLLABLES, k=count))] = None
        total, weights = 0.0, []
        for rank in range(1, size + 1):
            total += 1 / rank
            weights.append(total)
        return Vocabulary(tuple(words), tuple(weights))


def make_store(path: Path, count: int, seed: int = 1) -> Store:
    """Open the store, and build it first if it does not exist (a few minutes for a million files)."""
    store = Store.open(path, backup_max=0)
    with store.read() as unit:
        have = unit.media.count()
    if have >= count:
        return store
    started = time.perf_counter()
    batch: list[tuple[str, MediaRecord]] = []
    for done, item in enumerate(_files(count, seed), 1):
        batch.append(item)
        if len(batch) == BATCH or done == count:
            with store.write() as write:
                folders = {folder: write.folders.ensure(folder) for folder in {folder for folder, _record in batch}}
                write.media.upsert([(folders[folder], record, None) for folder, record in batch])
            batch = []
            if done % (BATCH * 20) == 0:
                print(f"{done:,} files, {done / (time.perf_counter() - started):,.0f}/s", flush=True)
    return store


def _files(count: int, seed: int) -> Iterator[tuple[str, MediaRecord]]:
    chance = random.Random(seed)
    vocabulary = Vocabulary.make(chance, 20_000)
    models = [f"model_{number:03}" for number in range(120)]
    loras = [f"lora_{number:04}" for number in range(1_500)]
    for number in range(count):
        folder = f"/library/set {number // FILES_PER_FOLDER // 40:03}/{number // FILES_PER_FOLDER:05}"
        name = f"{number:07}.{'png' if chance.random() < 0.9 else 'webp'}"
        width, height = chance.choice(SIZES)
        words = chance.choices(vocabulary.words, cum_weights=vocabulary.weights, k=chance.randint(12, 32))
        info = GenerationInfo(
            tool=chance.choice(("A1111", "Forge", "ComfyUI")),
            prompt=", ".join(words),
            negative_prompt=", ".join(chance.choices(vocabulary.words, cum_weights=vocabulary.weights, k=8)),
            models=(ModelRef(models[int(chance.random() ** 3 * len(models))]),),
            loras=tuple(
                LoraRef(loras[int(chance.random() ** 2 * len(loras))], 0.8) for _ in range(chance.choice((0, 0, 1, 2)))
            ),
            sampler=chance.choice(SAMPLERS),
            scheduler=chance.choice(("Karras", "Simple", None)),
            steps=chance.choice((20, 25, 28, 30, 40)),
            cfg=chance.choice((3.5, 5.0, 7.0)),
            seed=chance.getrandbits(32),
            width=width,
            height=height,
        )
        parsed = ParsedMedia(
            name=name,
            kind=MediaKind.IMAGE,
            stamp=FileStamp(chance.randint(200_000, 3_000_000), EPOCH_NS - number * 37_000_000_000, EPOCH_NS, number),
            content_hash=number.to_bytes(16, "little"),
            width_px=width,
            height_px=height,
            duration_ms=None,
            geninfo=info,
            text=render_text(info),
            tags=tuple(derive_tags(info, MediaKind.IMAGE, width, height)),
            problem=None,
        )
        yield folder, to_record(join_path(folder, name), parsed)
