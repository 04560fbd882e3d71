"""Which type each input of an ONNX model has, and what stands for a missing text in it."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from .._encoder import HybridHashEncoder
from .._input import numbers as _numbers

MISSING = "<missing>"  # what stands for a missing text, if nothing else is said

TYPES = ("string", "int64", "double", "float")


def check_missing(missing: object) -> None:
    """Refuse what cannot stand for a missing text.

    Raises
    ------
    TypeError
        If it is neither a text nor None.
    ValueError
        If it is a text that no tensor holds.
    """
    if missing is not None and not isinstance(missing, str):
        raise TypeError(
            f"missing must be a text that stands for missing ones, or None; it is {missing!r}."
        )
    if missing is not None and any("\ud800" <= character <= "\udfff" for character in missing):
        raise ValueError(
            f"missing is {missing!r}, which has no UTF-8 bytes. Take a text of whole characters."
        )


def check_mapping(inputs: object) -> Mapping[Any, str]:
    """What is given as types of inputs, if it is a mapping or nothing.

    Raises
    ------
    TypeError
        If it is something else.
    """
    if inputs is None:
        return {}
    if not isinstance(inputs, Mapping):
        raise TypeError(
            f"inputs must be a mapping of columns to their types, such as {{'age': 'double'}}; it is "
            f"{inputs!r}."
        )
    return inputs


def check_columns(encoder: HybridHashEncoder, missing: str | None) -> None:
    """Refuse columns that a graph cannot take.

    Raises
    ------
    ValueError
        If a column holds lists, or if its head holds the very text that is to stand for missing.
    """
    for column in encoder._settled:
        label, is_text = column.label, column.kind == "text"
        if column.multi_hot:
            raise ValueError(
                f"Column {label!r} holds lists, which an ONNX model takes no column of. Fit on single "
                "values, or leave the column to Python."
            )
        if missing is not None and is_text and missing in column.vocabulary.values.tolist():
            raise ValueError(
                f"Column {label!r} holds the text {missing!r}, which was to stand for a missing one. "
                'Name another text that no column holds, such as missing="\\x00".'
            )


def check_given(given: Mapping[Any, str], names: Sequence[str]) -> dict[int, str]:
    """The types that are asked for, by the position of their columns.

    Parameters
    ----------
    given : mapping of str or int to str
        By the name of a column, or by its position.
    names : sequence of str
        Of all columns.

    Raises
    ------
    ValueError
        If there is no such column, or no such type.
    """
    found = {}
    for column, kind in given.items():
        if kind not in TYPES:
            raise ValueError(
                f"inputs[{column!r}] is {kind!r}; a column is one of {', '.join(map(repr, TYPES))}."
            )
        if column in names:
            found[list(names).index(column)] = kind
        elif isinstance(column, int) and 0 <= column < len(names):
            found[column] = kind
        else:
            raise ValueError(
                f"inputs names the column {column!r}, which there is not. Columns: {', '.join(names)}."
            )
    return found


def kind_of(encoder: HybridHashEncoder, number: int, given: str | None) -> str:
    """The type of one of an encoder's columns.

    Text is "string". Numbers are "int64" if all that is known of them is whole and none was missing at
    fit, else "double".

    Raises
    ------
    ValueError
        If the type that is given is not one for what the column holds, or if none is and nothing tells.
    """
    label, kind = encoder._labels()[number], encoder._kinds[number]
    if given is not None:
        held = "text" if given == "string" else "number"
        if kind is not None and held != kind:
            raise ValueError(
                f"Column {label!r} cannot be of type {given!r}: it held {kind}s at fit. "
                + ("Take 'string'." if kind == "text" else "Take 'int64', 'double' or 'float'.")
            )
        return given
    if kind == "text":
        return "string"
    values = encoder.vocabularies_[number]
    present = values[~pd.isna(values)]
    if len(present) == 0:
        why = "held nothing but missing values at fit" if kind is None else "has no slot of a number"
        types = "'string', 'int64' or 'double'" if kind is None else "'int64' or 'double'"
        raise ValueError(
            f"Column {label!r} {why}, so that nothing tells its type. Say it, as one of {types}: "
            f"inputs={{{label!r}: 'double'}}."
        )
    ever_missing = len(present) < len(values) or encoder._description["missing_share"][number] > 0
    whole = all(isinstance(value, int | np.integer) for value in present.tolist())
    return "int64" if whole and not ever_missing else "double"


def check_held(encoder: HybridHashEncoder, number: int, kind: str, is_number: bool = False) -> None:
    """Refuse a type for a column that cannot hold a number that has a slot.

    Parameters
    ----------
    encoder : HybridHashEncoder
        Fitted.
    number : int
        Of the column, in it.
    kind : {"string", "int64", "double", "float"}
        The type.
    is_number : bool, default=False
        Whether the column is a number to another step, which would see the same bytes.

    Raises
    ------
    ValueError
        If there is such a number.
    """
    if kind == "string":
        return
    values = encoder.vocabularies_[number]
    for value in map(_numbers.canonical, values[~pd.isna(values)].tolist()):
        if not _holds(kind, value) or (is_number and kind == "int64" and value >= 2**63):
            label = encoder._labels()[number]
            raise ValueError(
                f"Column {label!r}: {value!r} has a slot, and the type {kind!r} cannot hold it. "
                + _remedy(label, value, kind)
            )


def _remedy(label: object, value: float, kind: str) -> str:
    """A type that holds a number which another does not; or what else there is to do."""
    if _holds("double", value):
        return f"Use 'double': inputs={{{label!r}: 'double'}}."
    if kind == "int64":
        return "To another step it is a number: pass it in two columns, one of them for the encoder."
    return (
        f"Use 'int64', if no value will be missing or have a fraction: inputs={{{label!r}: 'int64'}}. "
        "Or fit on texts, by .astype(str)."
    )


def _holds(kind: str, value: float) -> bool:
    """Whether a type has a number; integers from 2**63 on are those of int64 with the same bytes."""
    if kind == "int64":
        return isinstance(value, int)
    with np.errstate(over="ignore"):
        return float(np.float32(value) if kind == "float" else value) == value
