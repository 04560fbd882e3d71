"""Where each value of a column goes: to its slot, to its buckets, or nowhere."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from .._input import numbers as _numbers
from .._input import text as _text
from .._input.columns import Column
from . import hashing as _hashing
from .vocabulary import Vocabulary

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

    def split(self, cuts: Sequence[int]) -> Iterator["Places"]:
        """The places of the cells from each cut up to the next, the last one up to the end."""
        cells = [*cuts, self.n_cells]
        elements = cells
        if self.lengths is not None:
            elements = np.append(0, np.cumsum(self.lengths))[cells].tolist()
        of_tail = np.searchsorted(self.tail, elements).tolist()
        for cell, element, tail in zip(*map(pairwise, (cells, elements, of_tail)), strict=True):
            lengths = None if self.lengths is None else self.lengths[slice(*cell)]
            own = slice(*tail)
            yield Places(
                self.slots[slice(*element)], self.tail[own] - element[0], self.buckets[own], lengths
            )


def place(
    column: Column,
    vocabulary: Vocabulary,
    n_buckets: int,
    seeds: tuple[int, ...],
    ignore_missing: bool,
) -> Places:
    """Find the slot or the buckets of every element of a column."""
    if column.codes is not None:
        codebook = Codebook(column, vocabulary, n_buckets, seeds, ignore_missing)
        return codebook.places(column.codes, column.lengths)
    missing_slot = NOWHERE if ignore_missing else vocabulary.missing_slot
    slots = vocabulary.slots(column.values)
    if column.missing is not None:
        slots = np.where(column.missing, np.int32(missing_slot), slots)
    tail = np.flatnonzero(slots == TAIL)
    return Places(slots, tail, _buckets(column, tail, n_buckets, seeds), column.lengths)


class Codebook:
    """The places of what a column's codes stand for, found once, however many rows have them."""

    def __init__(
        self,
        column: Column,
        vocabulary: Vocabulary,
        n_buckets: int,
        seeds: tuple[int, ...],
        ignore_missing: bool,
    ) -> None:
        values = place(
            replace(column, codes=None, lengths=None), vocabulary, n_buckets, seeds, ignore_missing
        )
        # A code of -1 finds the last entry, a missing value's.
        missing_slot = NOWHERE if ignore_missing else vocabulary.missing_slot
        self._slots = np.append(values.slots, np.int32(missing_slot))
        self._buckets = np.empty((len(self._slots), values.buckets.shape[1]), dtype=np.int32)
        self._buckets[values.tail] = values.buckets
        self._buckets[-1] = _buckets_of_missing(n_buckets, seeds)

    def places(self, codes: NDArray[np.integer], lengths: NDArray[np.int64] | None) -> Places:
        """The places of elements, by their codes."""
        slots = self._slots[codes]
        tail = np.flatnonzero(slots == TAIL)
        return Places(slots, tail, self._buckets.take(codes[tail], axis=0), lengths)


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
