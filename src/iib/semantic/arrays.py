"""Array types of this room: NumPy arrays of single-precision numbers and of 64-bit integers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
