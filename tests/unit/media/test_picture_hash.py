"""Tests for the perceptual hash of pictures: the edits that change it and those that do not."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from PIL import Image
from support.scenes import Transform, blank, gradient, recoloured, relative, resized, saved, scene

from iib.duplicates.near_duplicates import DEFAULT_NEAR_THRESHOLD, MAX_COLOUR, MIN_CERTAIN
from iib.media.picture_hash import picture_hash
from iib.model.media import PictureHash

SEEDS = range(12)
TRANSFORMS: dict[str, Transform] = {
    "half": resized(0.5),
    "double": resized(2),
    "a quarter": resized(0.25),
    "JPEG 60": saved("JPEG", quality=60),
    "JPEG 30": saved("JPEG", quality=30),
    "WebP": saved("WEBP", quality=60),
    "JPEG 60 of a third": lambda image: saved("JPEG", quality=60)(resized(1 / 3)(image)),
}


def small(image: Image.Image) -> PictureHash:
    """The hash of a reduced copy, as it is made for thumbnails."""
    copy = image.copy()
    copy.thumbnail((100, 100), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return picture_hash(copy)


def distance(one: PictureHash, other: PictureHash) -> int:
    return (one.bits ^ other.bits).bit_count()


def colour_distance(one: PictureHash, other: PictureHash) -> int:
    first, second = (np.frombuffer(item.colours, np.uint8).astype(int) for item in (one, other))
    return int(np.abs(first - second).max())


@pytest.mark.parametrize("name", TRANSFORMS)
def test_saving_again_and_resizing_change_few_bits(name: str):
    for seed in SEEDS:
        before = small(scene(seed))
        after = small(TRANSFORMS[name](scene(seed)))

        assert distance(before, after) <= 2
        assert colour_distance(before, after) <= MAX_COLOUR // 2


def test_other_pictures_are_far_away():
    hashes = [small(scene(seed)) for seed in range(40)]

    assert min(distance(one, other) for one, other in combinations(hashes, 2)) > 2 * DEFAULT_NEAR_THRESHOLD


@pytest.mark.parametrize("make", [relative, recoloured])
def test_relatives_of_the_same_seed_differ_in_bits_or_in_colours(make):
    for seed in SEEDS:
        one, other = small(scene(seed)), small(make(seed))

        assert distance(one, other) > DEFAULT_NEAR_THRESHOLD or colour_distance(one, other) > MAX_COLOUR


def test_plain_images_are_recognised():
    plain = [blank(seed) for seed in SEEDS]
    plain += [gradient(seed, is_round=is_round) for seed in SEEDS for is_round in (True, False)]
    plain += [Image.new("RGB", (64, 64), level) for level in ("black", "white", "#123456")]

    assert max(small(image).certain for image in plain) < MIN_CERTAIN
    assert min(small(scene(seed)).certain for seed in range(40)) >= MIN_CERTAIN + 10


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "LA", "CMYK"])
def test_an_image_of_any_mode_has_a_hash(mode: str):
    image = scene(1).convert(mode)

    found = picture_hash(image)

    assert 0 <= found.bits < 2**64
    assert len(found.colours) == 48
    if mode in ("RGBA", "CMYK"):
        assert distance(found, picture_hash(scene(1))) <= 2


def test_transparent_parts_count_as_grey():
    clear = Image.new("RGBA", (64, 64), (255, 0, 0, 0))

    assert set(picture_hash(clear).colours) == {128}
