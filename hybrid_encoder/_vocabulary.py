"""The vocabulary of a column: which values have a slot of their own, and which slot it is."""

from collections.abc import Sequence
from itertools import chain, repeat
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from . import _numbers, _text
from ._columns import Kind
from ._counts import Counts
from ._fingerprints import Fingerprints
from ._numbers import Numbers
from ._text import Text

# Where one way to look texts up becomes quicker than another (benchmarks/crossovers.py): Arrow builds
# a hash table of the vocabulary at every call, which a batch must be worth and a core's cache must
# hold. Two tables are kept: a dict for Python's own objects, and one of fingerprints.
_WORTH_A_TABLE = 0.5  # texts per slot
_MOST_IN_A_TABLE = 1 << 17  # slots
_WORTH_FINGERPRINTS = 4_000  # texts

Head = NDArray[Any]  # values in slot order, None standing for missing
SlotOf = NDArray[np.integer]  # of each value counted, and last of missing ones; -1 for none


def head_values(counts: Counts, order: NDArray[np.intp]) -> Head:
    """The values at the positions `order` as a vocabulary: an array, None standing for missing.

    Text comes as an object array; numbers in the narrowest of int64, uint64, float64 and object
    that holds them exactly, whatever dtype they had.
    """
    present = order < counts.n_values
    values = counts.take(order[present])
    if counts.kind == "number" and present.all():
        return _numbers.compact(values)
    head = np.full(len(order), None, dtype=object)
    head[present] = _text.objects(values) if counts.kind == "text" else _numbers.compact(values)
    return head


def _in_own_dtype(head: Head, kind: Kind | None) -> Head:
    """Numbers as an array of numbers, if there is no missing value among them."""
    if kind != "number" or pd.isna(head).any():
        return head
    return _numbers.compact(head)


def revised_values(values: Head, slots: NDArray[np.integer], newcomers: Head, kind: Kind | None) -> Head:
    """A vocabulary in which some slots have other values, and free ones their first.

    Examples
    --------
    >>> revised_values(np.array([7, 5]), np.array([2, 0]), np.array([0.5, 3.0]), "number")
    array([3. , 5. , 0.5])
    """
    if len(slots) == 0 and len(values):
        return values
    revised = np.empty(max(len(values), int(slots.max(initial=-1)) + 1), dtype=object)
    revised[: len(values)] = values.tolist()
    revised[slots] = newcomers.tolist()
    return _in_own_dtype(revised, kind)


def seated(order: NDArray[np.intp], n_values: int) -> SlotOf:
    """The slot of each value counted, and last of missing ones, from who has each slot.

    Examples
    --------
    >>> seated(np.array([3, 0]), 3)
    array([ 1, -1, -1,  0])
    """
    slots = np.full(n_values + 1, -1)
    slots[order] = np.arange(len(order))
    return slots


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


def slots_of(counts: Counts, vocabulary: "Vocabulary") -> SlotOf:
    """The slot of each value counted, and last of missing ones."""
    return np.append(vocabulary.slots(counts.values), vocabulary.missing_slot)


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
