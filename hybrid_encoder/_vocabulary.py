"""The vocabulary of a column: which values have a slot of their own, and which slot it is."""

from itertools import repeat
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from . import _numbers, _text
from ._columns import Kind
from ._counts import Counts
from ._numbers import Numbers
from ._text import Text

# Arrow builds a hash table of the vocabulary at every call; a dict that is kept is quicker until a
# batch is about half as large as the vocabulary (benchmarks/crossovers.py).
_BULK = 0.5


def head_values(counts: Counts, order: NDArray[np.intp]) -> NDArray[Any]:
    """The values at the positions `order` as a vocabulary: an array, None standing for missing.

    Text comes as an object array; numbers in the narrowest of int64, uint64, float64 and object
    that holds them exactly, whatever dtype they had.
    """
    present = order < counts.n_values
    values = counts.take(order[present])
    if counts.kind == "text":
        head = np.empty(len(values), dtype=object)
        head[:] = _text.objects(values)
    else:
        head = _numbers.compact(values)
    if present.all():
        return head
    with_missing = np.full(len(order), None, dtype=object)
    with_missing[present] = head
    return with_missing


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
        self.kind = kind
        self._slot_of: dict[Any, int] = {}
        listed = values.tolist()
        is_missing = [value is None for value in listed] if values.dtype == object else []
        self.missing_slot = is_missing.index(True) if True in is_missing else -1
        if kind == "text":
            self._slot_of = {value: slot for slot, value in enumerate(listed)}
            self._arrow = None if _text.pa is None else _text.pa.array(listed, _text.pa.large_string())
        elif kind == "number":
            slots = np.arange(len(listed))
            if self.missing_slot >= 0:
                slots = np.delete(slots, self.missing_slot)
                values = _numbers.from_objects(values[slots].tolist())
            keys = _numbers.keys(values)
            self._slot_of = dict(zip(keys.tolist(), slots.tolist(), strict=True))
            self._index = pd.Index(keys)
            self._index.get_indexer(self._index[:1])  # builds its table, before threads share it

    def slot_of(self, key: str | int | bytes) -> int:
        """The slot of one value, a text or the key of a number; -1 where it has none."""
        return self._slot_of.get(key, -1)

    def slots(self, values: Text | Numbers) -> NDArray[np.int32]:
        """Each value's slot; -1 where it has none. What is missing is the caller's to know."""
        if self.kind is None or not self._slot_of:
            return np.full(len(values), -1, dtype=np.int32)
        return self._of_text(values) if self.kind == "text" else self._of_numbers(values)

    def _of_text(self, text: Text) -> NDArray[np.int32]:
        if _text.is_arrow(text) and len(text) > max(_text.FEW, _BULK * len(self._slot_of)):
            return _text.find(text, self._arrow)
        return self._probe(_text.objects(text).tolist())

    def _of_numbers(self, numbers: Numbers) -> NDArray[np.int32]:
        keys = _numbers.keys(numbers)
        if len(keys) <= _text.FEW:
            return self._probe(keys.tolist())
        slots = self._index.get_indexer(pd.Index(keys, copy=False)).astype(np.int32)
        if self.missing_slot >= 0:
            # The index does not hold the missing value: all slots after its own are one further.
            slots += slots >= self.missing_slot
        return slots

    def _probe(self, keys: list[Any]) -> NDArray[np.int32]:
        return np.fromiter(map(self._slot_of.get, keys, repeat(-1)), dtype=np.int32, count=len(keys))
