"""The vocabulary of a column: which values have a slot of their own, and which slot it is."""

from collections.abc import Sequence
from itertools import chain, repeat
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .._input import numbers as _numbers
from .._input import text as _text
from .._input.columns import Kind
from .._input.numbers import Numbers
from .._input.text import Text
from .fingerprints import Fingerprints

# Where one way to look texts up becomes quicker than another (benchmarks/crossovers.py): Arrow builds
# a hash table of the vocabulary at every call, which a batch must be worth and a core's cache must
# hold. Two tables are kept: a dict for Python's own objects, and one of fingerprints.
_WORTH_A_TABLE = 0.5  # texts per slot
_MOST_IN_A_TABLE = 1 << 17  # slots
_WORTH_FINGERPRINTS = 4_000  # texts

Head = NDArray[Any]  # values in slot order, None standing for missing


def vocabularies_of(
    heads: Sequence[Head], kinds: Sequence[Kind | None], before: Sequence["Vocabulary"]
) -> list["Vocabulary"]:
    """A vocabulary for every column; where the one before is of the same values it serves again."""
    return [
        old
        if old is not None and old.values is values and old.kind == kind
        else Vocabulary(values, kind)
        for values, kind, old in zip(heads, kinds, chain(before, repeat(None)))
    ]


class Vocabulary:
    """Finds the slots of values.

    Everything it keeps is made from its two arguments, so a pickle needs only these.

    Parameters
    ----------
    values : ndarray of shape (n_slots,)
        Head values in slot order; None stands for missing.
    kind : {"text", "number"} or None
        What they are.

    Examples
    --------
    >>> Vocabulary(np.array([7, 5]), "number").slots(np.array([5, 6, 7]))
    array([ 1, -1,  0], dtype=int32)
    """

    def __init__(self, values: NDArray[Any], kind: Kind | None) -> None:
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
            self._index.get_indexer(self._index[:1])  # builds its table, before threads share it
        elif kind == "text" and _text.pa is not None:
            self._arrow = _text.in_bulk(values)
            self._fingerprints = Fingerprints(self._arrow)
        self._slot_of = dict(zip(keys.tolist(), slots.tolist()))

    def slot_of(self, key: str | int | bytes) -> int:
        """The slot of one value, a text or the key of a number; -1 where it has none."""
        return self._slot_of.get(key, -1)

    def slots(self, values: Text | Numbers) -> NDArray[np.int32]:
        """Each value's slot; -1 where it has none. What is missing is the caller's to know."""
        if not self._slot_of:
            return np.full(len(values), -1, dtype=np.int32)
        find = self._find_texts if self.kind == "text" else self._find_numbers
        slots = find(values)
        if slots is None:
            objects = _text.objects(values) if self.kind == "text" else _numbers.keys(values)
            return self._probe(objects.tolist())
        if self.missing_slot >= 0:
            # Tables do not hold the missing value: all slots after its own are one further.
            slots = slots + (slots >= self.missing_slot)
        return slots

    def _find_texts(self, text: Text) -> NDArray[np.int32] | None:
        """Places among the texts of the head, or None where the dict is quicker."""
        if not _text.is_arrow(text) or len(text) <= _text.FEW:
            return None
        n_slots = len(self._slot_of)
        if n_slots <= _MOST_IN_A_TABLE and len(text) > _WORTH_A_TABLE * n_slots:
            return _text.find(text, self._arrow)
        worth = len(text) > _WORTH_FINGERPRINTS and self._fingerprints.usable
        return self._fingerprints.find(text) if worth else None

    def _find_numbers(self, numbers: Numbers) -> NDArray[np.int32] | None:
        if len(numbers) <= _text.FEW:
            return None
        keys = pd.Index(_numbers.keys(numbers), copy=False)
        return self._index.get_indexer(keys).astype(np.int32)

    def _probe(self, keys: list[Any]) -> NDArray[np.int32]:
        return np.fromiter(map(self._slot_of.get, keys, repeat(-1)), dtype=np.int32, count=len(keys))
