"""`Vocabulary`: the values of a column that have a slot, and the slot of each."""

from itertools import repeat
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .._input import numbers as _numbers
from .._input import text as _text
from .._input.columns import Kind
from .._input.numbers import Numbers
from .._input.text import Text
from . import hashing as _hashing

if TYPE_CHECKING:
    from pyarrow import LargeStringArray

# Limits for the choice between three ways to look up text (benchmarks/crossovers.py). Arrow builds a
# hash table of the vocabulary at every call. That is fast if the batch is large relative to the
# vocabulary, and if the table fits into the cache of a core. The other two tables are built once: a dict
# of Python objects, and a table of fingerprints.
_ARROW_MIN_TEXTS_PER_SLOT = 0.5
_ARROW_MAX_SLOTS = 1 << 17
_FINGERPRINTS_MIN_TEXTS = 4_000

# Seeds of the fingerprints. Results do not depend on them.
_SEEDS = _hashing.seeds_of(0, 2)

Head = NDArray[Any]  # values in slot order; None is a missing value


class Vocabulary:
    """Finds the slots of values. Its state depends on its two arguments only.

    Parameters
    ----------
    values : ndarray of shape (n_slots,)
        Values in slot order; None is a missing value.
    kind : {"text", "number"} or None
        Kind of the values; None if there is no value, or only a missing one.

    Examples
    --------
    >>> Vocabulary(np.array([7, 5]), "number").slots(np.array([5, 6, 7]))
    array([ 1, -1,  0], dtype=int32)
    """

    def __init__(self, values: NDArray[Any], kind: Kind | None) -> None:
        values.setflags(write=False)  # a public attribute returns this array
        self.values, self.kind = values, kind
        slots, self.missing_slot = np.arange(len(values)), -1
        is_missing = pd.isna(values)
        if is_missing.any():
            self.missing_slot = int(np.argmax(is_missing))
            slots = np.delete(slots, self.missing_slot)
            values = values[slots]
        keys = values
        if kind == "number":
            keys = _numbers.keys(_numbers.compact(values))
            self._index = pd.Index(keys)
            self._index.get_indexer(self._index[:1])  # this builds the table, before threads share it
        elif kind == "text" and _text.pa is not None:
            self._arrow = _text.to_arrow(values)
            self._fingerprints = Fingerprints(self._arrow)
        self._slot_of = dict(zip(keys.tolist(), slots.tolist()))

    def slot_of(self, key: str | int | bytes) -> int:
        """The slot of one value, given as text or as the key of a number; -1 if it has none."""
        return self._slot_of.get(key, -1)

    def slots(self, values: Text | Numbers) -> NDArray[np.int32]:
        """The slot of each value; -1 if it has none. The caller handles missing values."""
        if not self._slot_of:
            return np.full(len(values), -1, dtype=np.int32)
        find = self._find_texts if self.kind == "text" else self._find_numbers
        slots = find(values)
        if slots is None:
            objects = _text.objects(values) if self.kind == "text" else _numbers.keys(values)
            return self._probe(objects.tolist())
        if self.missing_slot >= 0:
            # The tables leave out the missing value, so the slots after it are one higher.
            slots = slots + (slots >= self.missing_slot)
        return slots

    def _find_texts(self, text: Text) -> NDArray[np.int32] | None:
        """Positions among the texts of the vocabulary; None where the dict is faster."""
        if isinstance(text, np.ndarray) or len(text) <= _text.FEW:
            return None
        n_slots = len(self._slot_of)
        if n_slots <= _ARROW_MAX_SLOTS and len(text) > _ARROW_MIN_TEXTS_PER_SLOT * n_slots:
            return _text.find(text, self._arrow)
        worth = len(text) > _FINGERPRINTS_MIN_TEXTS and self._fingerprints.usable
        return self._fingerprints.find(text) if worth else None

    def _find_numbers(self, numbers: Numbers) -> NDArray[np.int32] | None:
        if len(numbers) <= _text.FEW:
            return None
        keys = pd.Index(_numbers.keys(numbers), copy=False)
        return self._index.get_indexer(keys).astype(np.int32)

    def _probe(self, keys: list[Any]) -> NDArray[np.int32]:
        return np.fromiter(map(self._slot_of.get, keys, repeat(-1)), dtype=np.int32, count=len(keys))


class Fingerprints:
    """Looks up texts by 64 bits of their hashes, in a table that is built once.

    A fingerprint leads to at most one text, and the bytes of both texts are compared. So results are
    exact, even if an attacker chooses texts with equal fingerprints.

    Parameters
    ----------
    among : pyarrow.LargeStringArray
        Distinct texts, without nulls.
    """

    def __init__(self, among: "LargeStringArray") -> None:
        self._among = among
        self._index = pd.Index(_fingerprints(among))
        # This builds the table, before threads share it. With equal fingerprints the table is not used.
        self.usable = bool(self._index.is_unique)

    def find(self, text: "LargeStringArray") -> NDArray[np.int32]:
        """Position of each text among the others; -1 if it is not there or null."""
        found = self._index.get_indexer(pd.Index(_fingerprints(text), copy=False)).astype(np.int32)
        where = np.flatnonzero(found >= 0)
        same = _text.equal(_text.take(text, where), _text.take(self._among, found[where]))
        found[where[~same]] = -1
        return found


def _fingerprints(text: "LargeStringArray") -> NDArray[np.uint64]:
    high, low = _hashing.hash_texts(*_text.utf8(text, slice(0, len(text))), _SEEDS)
    fingerprints = high.astype(np.uint64)
    fingerprints <<= np.uint64(32)
    fingerprints |= low
    return fingerprints
