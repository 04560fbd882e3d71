"""Vocabulary of a column as keys for ONNX lookup tables."""

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from .._encoder import HybridHashEncoder
from .._input import numbers as _numbers

# A lookup gives the slot of a value, or one of these.
TAIL = -1  # no slot
MISSING = -2  # missing, and missing values have no slot

_MIN_NORMAL = float(np.finfo(np.float64).tiny)


@dataclass(frozen=True, slots=True)
class LookupKeys:
    """Values of a column that have a slot.

    Attributes
    ----------
    keys : list
        Texts or canonical numbers.
    slots : list of int
        Slot of each key.
    missing_code : int
        Slot of missing values, or ``MISSING``.
    """

    keys: list[Any]
    slots: list[int]
    missing_code: int

    def integers(self) -> tuple[list[int], list[int]]:
        """Keys to look up among whole numbers, as int64 with the same eight bytes, and their slots.

        A number with a fraction may have the same bytes as a whole number that a double can hold;
        both then have the same slot.
        """
        keys, slots = [], []
        for number, slot in zip(self.keys, self.slots, strict=True):
            key = _numbers.key(number)
            signed = key - 2**64 if key >= 2**63 else key
            if type(number) is int or float(signed) == signed:
                keys.append(signed)
                slots.append(slot)
        return keys, slots

    def fractions(self) -> tuple[list[float], list[int]]:
        """Keys to look up among numbers that are not whole, as doubles, and their slots.

        A large whole number may have the same bytes as a double with a fraction. Small whole numbers
        have the same bytes as doubles below 2.3e-308, which are left out: with them every table would
        be twice as long.
        """
        keys, slots = [], []
        for number, slot in zip(self.keys, self.slots, strict=True):
            (double,) = struct.unpack("<d", _numbers.key(number).to_bytes(8, "little"))
            has_fraction = abs(double) >= _MIN_NORMAL and type(_numbers.canonical(double)) is float
            if type(number) is float or has_fraction:
                keys.append(double)
                slots.append(slot)
        return keys, slots


def lookup_keys(encoder: HybridHashEncoder, number: int) -> LookupKeys:
    """Lookup keys of one column of an encoder."""
    values, kind = encoder.vocabularies_[number], encoder._fitted.columns[number].kind
    absent = pd.isna(values)
    slots = np.flatnonzero(~absent)
    keys = values[slots].tolist()
    if kind == "number":
        keys = [_numbers.canonical(key) for key in keys]
    missing_code = int(np.argmax(absent)) if absent.any() else MISSING
    return LookupKeys(keys, slots.tolist(), missing_code)
