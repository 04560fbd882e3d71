"""The slot or the buckets of each value of a column."""

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

TAIL = -1  # no slot: the value is in the tail, and has buckets if the column has any
IGNORED = -2  # a missing value that sets no output column


@dataclass(frozen=True, slots=True)
class Locations:
    """Slots and buckets of the elements of one column.

    Attributes
    ----------
    slots : ndarray of int32 of shape (n_elements,)
        The slot of each element, ``TAIL`` or ``IGNORED``.
    tail : ndarray of intp of shape (n_tail,)
        Positions of the elements in the tail, ascending.
    buckets : ndarray of int32 of shape (n_tail, n_hashes)
        Buckets of the elements in the tail in hash order; -1 for none. Without buckets, of shape
        (n_tail, 0).
    lengths : ndarray of int64, or None
        Number of elements of each cell, in a column of lists.
    """

    slots: NDArray[np.int32]
    tail: NDArray[np.intp]
    buckets: NDArray[np.int32]
    lengths: NDArray[np.int64] | None

    @property
    def n_cells(self) -> int:
        return len(self.slots if self.lengths is None else self.lengths)

    def split(self, cuts: Sequence[int]) -> Iterator["Locations"]:
        """The locations of the cells from each cut to the next, and from the last cut to the end."""
        cells = [*cuts, self.n_cells]
        elements = cells
        if self.lengths is not None:
            elements = np.append(0, np.cumsum(self.lengths))[cells].tolist()
        of_tail = np.searchsorted(self.tail, elements).tolist()
        for cell, element, tail in zip(*map(pairwise, (cells, elements, of_tail)), strict=True):
            lengths = None if self.lengths is None else self.lengths[slice(*cell)]
            part = slice(*tail)
            yield Locations(
                self.slots[slice(*element)], self.tail[part] - element[0], self.buckets[part], lengths
            )


@dataclass(frozen=True, slots=True)
class Locator:
    """Finds the slots and buckets of the values of one column.

    Attributes
    ----------
    vocabulary : Vocabulary
        The values that have a slot.
    n_buckets : int
        Number of buckets; with 0, tail values set no bucket column.
    seeds : tuple of int
        Seeds of the hash functions.
    ignore_missing : bool
        Whether a missing value sets no output column.
    """

    vocabulary: Vocabulary
    n_buckets: int
    seeds: tuple[int, ...]
    ignore_missing: bool

    @property
    def missing_slot(self) -> int:
        """The slot of a missing value, ``TAIL`` or ``IGNORED``."""
        return IGNORED if self.ignore_missing else self.vocabulary.missing_slot

    def locate(self, column: Column) -> Locations:
        """Find the slot or the buckets of every element of a column."""
        if column.codes is not None:
            return CodedLocations(column, self).locate(column.codes, column.lengths)
        slots = self.vocabulary.slots(column.values)
        if column.missing is not None:
            slots = np.where(column.missing, np.int32(self.missing_slot), slots)
        tail = np.flatnonzero(slots == TAIL)
        return Locations(slots, tail, self._buckets(column, tail), column.lengths)

    def buckets_of_missing(self) -> NDArray[np.int32]:
        """Buckets of a missing value, of shape (1, n_hashes)."""
        if self.n_buckets == 0:
            return np.empty((1, 0), dtype=np.int32)
        hashes = _hashing.hash_key(_hashing.MISSING_KEY, self.seeds)
        return _hashing.bucket_pairs(hashes, self.n_buckets)

    def _buckets(self, column: Column, where: NDArray[np.intp]) -> NDArray[np.int32]:
        """Buckets of the values at some positions of a column."""
        if self.n_buckets == 0:
            return np.empty((len(where), 0), dtype=np.int32)
        if column.missing is not None:
            absent = column.missing[where]
            buckets = np.repeat(self.buckets_of_missing(), len(where), axis=0)
            present = replace(column, missing=None)
            buckets[~absent] = self._buckets(present, where[~absent])
            return buckets
        if column.kind == "text":
            hashes = _hashing.hash_texts(*_text.utf8(column.values, where), self.seeds)
        else:
            hashes = _hashing.hash_words(_numbers.keys(column.values[where]), self.seeds)
        return _hashing.bucket_pairs(hashes, self.n_buckets)


class CodedLocations:
    """Locations of a column of codes: each coded value is located once, for any number of rows.

    Parameters
    ----------
    column : Column
        A column with codes.
    locator : Locator
        Finds slots and buckets.
    """

    def __init__(self, column: Column, locator: Locator) -> None:
        values = locator.locate(replace(column, codes=None, lengths=None))
        # A code of -1 selects the last entry, that of a missing value.
        self._slots = np.append(values.slots, np.int32(locator.missing_slot))
        self._buckets = np.empty((len(self._slots), values.buckets.shape[1]), dtype=np.int32)
        self._buckets[values.tail] = values.buckets
        self._buckets[-1] = locator.buckets_of_missing()

    def locate(self, codes: NDArray[np.integer], lengths: NDArray[np.int64] | None) -> Locations:
        """The locations of elements, by their codes."""
        slots = self._slots[codes]
        tail = np.flatnonzero(slots == TAIL)
        return Locations(slots, tail, self._buckets.take(codes[tail], axis=0), lengths)
