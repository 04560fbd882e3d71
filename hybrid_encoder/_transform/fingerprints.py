"""Look-up of texts by 64 bits of their hashes, in a table that is built once and kept."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .._input import text as _text
from .._input.text import Text
from . import hashing as _hashing

# Any two seeds do: no bit of them reaches the output.
_SEEDS = _hashing.seeds_of(0, 2)


class Fingerprints:
    """Finds texts among others.

    A text's fingerprint tells where it must be if it is there at all; whether it is, its bytes tell. So
    the answer is exact, whatever an attacker makes collide.

    Parameters
    ----------
    among : pyarrow.LargeStringArray
        Different texts, without nulls.
    """

    def __init__(self, among: Text) -> None:
        self._among = among
        self._index = pd.Index(_fingerprints(among))
        # Builds the table, before threads share it; no text is lost if two share a fingerprint.
        self.usable = bool(self._index.is_unique)

    def find(self, text: Text) -> NDArray[np.int32]:
        """Each text's position among the others; -1 where it is not there, or null."""
        found = self._index.get_indexer(pd.Index(_fingerprints(text), copy=False)).astype(np.int32)
        where = np.flatnonzero(found >= 0)
        same = _text.equal(_text.take(text, where), _text.take(self._among, found[where]))
        found[where[~same]] = -1
        return found


def _fingerprints(text: Text) -> NDArray[np.uint64]:
    high, low = _hashing.hash_texts(*_text.utf8(text, slice(0, len(text))), _SEEDS)
    fingerprints = high.astype(np.uint64)
    fingerprints <<= np.uint64(32)
    fingerprints |= low
    return fingerprints
