"""Where each value of a column goes: to its slot, to its buckets, or nowhere."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from . import _hashing, _numbers, _text
from ._columns import Column
from ._vocabulary import Vocabulary

TAIL = -1  # no slot: the value lives in its buckets, if the column has any
NOWHERE = -2  # no output column at all: a missing value that is ignored


@dataclass(frozen=True, slots=True)
class Places:
    """The places of one column's elements.

    Attributes
    ----------
    slots : ndarray of int32 of shape (n_elements,)
        The slot of each, ``TAIL`` or ``NOWHERE``.
    tail : ndarray of intp of shape (n_tail,)
        Which elements are in the tail, in order.
    buckets : ndarray of int32 of shape (n_tail, n_hashes)
        Their buckets in hash order, -1 where there is none; no column where the tail has no buckets.
    lengths : ndarray of int64, or None
        In a column of lists, the number of elements of each cell.
    """

    slots: NDArray[np.int32]
    tail: NDArray[np.intp]
    buckets: NDArray[np.int32]
    lengths: NDArray[np.int64] | None

    @property
    def n_cells(self) -> int:
        return len(self.slots if self.lengths is None else self.lengths)


def place(
    column: Column,
    vocabulary: Vocabulary,
    n_buckets: int,
    seeds: tuple[int, ...],
    ignore_missing: bool,
) -> Places:
    """Find the slot or the buckets of every element of a column."""
    missing_slot = NOWHERE if ignore_missing else vocabulary.missing_slot
    slots = vocabulary.slots(column.values)
    if column.missing is not None:
        slots = np.where(column.missing, np.int32(missing_slot), slots)
    if column.codes is None:
        tail = np.flatnonzero(slots == TAIL)
        buckets = _buckets(column, tail, n_buckets, seeds)
        return Places(slots, tail, buckets, column.lengths)
    # What the codes point to is placed once; a code of -1 finds the last entry, a missing value's.
    homeless = np.flatnonzero(slots == TAIL)
    slots = np.append(slots, np.int32(missing_slot))
    number = np.full(len(slots), len(homeless))
    number[homeless] = np.arange(len(homeless))
    buckets = np.concatenate(
        [
            _buckets(column, homeless, n_buckets, seeds),
            _buckets_of_missing(n_buckets, seeds),
        ]
    )
    slots = slots[column.codes]
    tail = np.flatnonzero(slots == TAIL)
    return Places(slots, tail, buckets[number[column.codes[tail]]], column.lengths)


def _buckets(
    column: Column, where: NDArray[np.intp], n_buckets: int, seeds: tuple[int, ...]
) -> NDArray[np.int32]:
    """Buckets of the values at some positions of a column."""
    if n_buckets == 0:
        return np.empty((len(where), 0), dtype=np.int32)
    if column.missing is not None:
        absent = column.missing[where]
        buckets = np.repeat(_buckets_of_missing(n_buckets, seeds), len(where), axis=0)
        present = replace(column, missing=None)
        buckets[~absent] = _buckets(present, where[~absent], n_buckets, seeds)
        return buckets
    if column.kind == "text":
        hashes = _hashing.hash_texts(*_text.utf8(column.values, where), seeds)
    else:
        hashes = _hashing.hash_words(_numbers.keys(column.values[where]), seeds)
    return _hashing.bucket_pairs(hashes, n_buckets)


def _buckets_of_missing(n_buckets: int, seeds: tuple[int, ...]) -> NDArray[np.int32]:
    if n_buckets == 0:
        return np.empty((1, 0), dtype=np.int32)
    return _hashing.bucket_pairs(_hashing.hash_key(_hashing.MISSING_KEY, seeds), n_buckets)
