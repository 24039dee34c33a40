"""The hashes stay what they were: they are stored, and pages hold them."""

from __future__ import annotations

import pytest
from PIL import Image

from iib.media.thumbhash import encode_thumbhash


def picture(mode: str, width: int, height: int) -> Image.Image:
    """Waves of different lengths in every band, so that no two terms are alike."""
    bands = len(mode)
    data = bytes(
        (37 * band + 11 * x * (band + 2) // 3 + 7 * y * y // (band + 3) + 13) % 256
        for y in range(height)
        for x in range(width)
        for band in range(bands)
    )
    return Image.frombytes(mode, (width, height), data)


@pytest.mark.parametrize(
    ("mode", "size", "expected"),
    [
        ("RGB", (32, 32), "2008020f04760a4549238569877044816225046451700a09"),
        ("RGB", (30, 9), "e007062a8c761256063559a90555088651"),
        ("RGB", (9, 30), "a0f7051a0674447784425120878052066a"),
        ("L", (17, 23), "1e0806050052874279276206878349db0000000000"),
        ("RGBA", (32, 20), "1f08821382189a45116508605a26908498f89aaa885879"),
        ("RGBA", (5, 31), "60e78519021897751716067a8087042975976f975ea756"),
        ("LA", (16, 16), "20088605001896686277508a7b000000000053760b96190975"),
        ("RGB", (200, 113), "20080204809a9bbf2b58196b5aa8bf678d0c51"),
        ("RGBA", (90, 260), "20f881020008be43b9467009b6f7951557768badb325fa"),
    ],
)
def test_the_hash_of_an_image_is_stable(mode: str, size: tuple[int, int], expected: str):
    assert encode_thumbhash(picture(mode, *size)).hex() == expected
