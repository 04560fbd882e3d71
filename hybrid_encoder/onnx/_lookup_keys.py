"""The values of a column that have a slot, as the keys of a graph's tables."""

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from .._encoder import HybridHashEncoder
from .._input import numbers as _numbers

# A code is a slot, or one of these.
TAIL = -1
MISSING = -2  # missing, where that has no slot

_LEAST_NORMAL = float(np.finfo(np.float64).tiny)


@dataclass(frozen=True, slots=True)
class Head:
    """The values of a column that have a slot.

    Attributes
    ----------
    keys : list
        Texts, or numbers: an int where the key is that of an integer, else a float.
    slots : list of int
        Of each.
    missing_code : int
        The slot of a missing value, or ``MISSING``.
    """

    keys: list[Any]
    slots: list[int]
    missing_code: int

    def whole(self) -> tuple[list[int], list[int]]:
        """What is found among whole numbers: int64 of the same eight bytes, and the slots.

        Another number may have the bytes of a whole one that a double can be.
        """
        keys, slots = [], []
        for number, slot in zip(self.keys, self.slots, strict=True):
            key = _numbers.key(number)
            signed = key - 2**64 if key >= 2**63 else key
            if type(number) is int or float(signed) == signed:
                keys.append(signed)
                slots.append(slot)
        return keys, slots

    def broken(self) -> tuple[list[float], list[int]]:
        """What is found among all other numbers, as doubles, and the slots.

        A large whole number may have the bytes of another one. A small one has those of a double below
        2.3e-308; these are not looked for, or every table would be twice as long.
        """
        keys, slots = [], []
        for number, slot in zip(self.keys, self.slots, strict=True):
            (double,) = struct.unpack("<d", _numbers.key(number).to_bytes(8, "little"))
            fraction = abs(double) >= _LEAST_NORMAL and type(_numbers.canonical(double)) is float
            if type(number) is float or fraction:
                keys.append(double)
                slots.append(slot)
        return keys, slots


def head_of(encoder: HybridHashEncoder, number: int) -> Head:
    """The values of a column that have a slot, as keys."""
    values, kind = encoder.vocabularies_[number], encoder._kinds[number]
    absent = pd.isna(values)
    slots = np.flatnonzero(~absent)
    keys = values[slots].tolist()
    if kind == "number":
        keys = [_numbers.canonical(number) for number in keys]
    missing_code = int(np.argmax(absent)) if absent.any() else MISSING
    return Head(keys, slots.tolist(), missing_code)
