"""Types of the inputs of a model, and the text that stands for missing values."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from .._encoder import HybridHashEncoder
from .._input import numbers as _numbers

MISSING = "<missing>"  # default text for missing values

TYPES = ("string", "int64", "double", "float")


def check_missing(missing: object) -> None:
    """Validate the text that stands for missing values.

    Raises
    ------
    TypeError
        If it is neither a str nor None.
    ValueError
        If it cannot be encoded in UTF-8.
    """
    if missing is not None and not isinstance(missing, str):
        raise TypeError(f"missing must be a str or None, got {missing!r}.")
    if missing is not None and any("\ud800" <= character <= "\udfff" for character in missing):
        raise ValueError(
            f"missing={missing!r} cannot be encoded in UTF-8. Use a text without lone surrogates."
        )


def check_mapping(inputs: object) -> Mapping[Any, str]:
    """Validate the parameter ``inputs``.

    Raises
    ------
    TypeError
        If it is neither a mapping nor None.
    """
    if inputs is None:
        return {}
    if not isinstance(inputs, Mapping):
        raise TypeError(
            f"inputs must be a mapping of columns to types, like {{'age': 'double'}}, got {inputs!r}."
        )
    return inputs


def check_columns(encoder: HybridHashEncoder, missing: str | None) -> None:
    """Validate the columns of an encoder.

    Raises
    ------
    ValueError
        If a column holds lists, or if its vocabulary holds the text ``missing``.
    """
    for column in encoder._fitted.columns:
        label, is_text = column.label, column.kind == "text"
        if column.multi_hot:
            raise ValueError(
                f"Column {label!r}: list columns cannot be exported to ONNX. Fit on single values, or "
                "leave the column out."
            )
        if missing is not None and is_text and missing in column.vocabulary.values.tolist():
            raise ValueError(
                f"Column {label!r} holds the text {missing!r}, which stands for missing values. Use "
                'another text that is not in the data, for example missing="\\x00".'
            )


def types_by_position(inputs: Mapping[Any, str], names: Sequence[str]) -> dict[int, str]:
    """Requested types by the position of the column.

    Parameters
    ----------
    inputs : mapping of str or int to str
        Types by name or position.
    names : sequence of str
        Names of all columns.

    Raises
    ------
    ValueError
        If a column or a type does not exist.
    """
    found = {}
    for column, kind in inputs.items():
        if kind not in TYPES:
            raise ValueError(f"inputs[{column!r}] must be one of {TYPES}, got {kind!r}.")
        if column in names:
            found[list(names).index(column)] = kind
        elif isinstance(column, int) and 0 <= column < len(names):
            found[column] = kind
        else:
            raise ValueError(
                f"inputs has the column {column!r}, which does not exist. Columns: {', '.join(names)}."
            )
    return found


def type_of(encoder: HybridHashEncoder, number: int, requested: str | None) -> str:
    """Type of one column of an encoder.

    Text is "string". Numbers are "int64" if the vocabulary has whole numbers only and `fit` saw no
    missing value, else "double".

    Raises
    ------
    ValueError
        If the column cannot have the requested type, or if no type is requested and the fitted column
        has no value from which to infer it.
    """
    fitted = encoder._fitted
    label, kind = fitted.columns[number].label, fitted.columns[number].kind
    if requested is not None:
        if kind is not None and kind != ("text" if requested == "string" else "number"):
            suitable = "'string'" if kind == "text" else "'int64', 'double' or 'float'"
            raise ValueError(
                f"Column {label!r} held {kind}s at fit and cannot have the type {requested!r}. Use "
                f"{suitable}."
            )
        return requested
    if kind == "text":
        return "string"
    values = encoder.vocabularies_[number]
    present = values[~pd.isna(values)]
    if len(present) == 0:
        why = "held only missing values at fit" if kind is None else "has no number in its vocabulary"
        types = "'string', 'int64' or 'double'" if kind is None else "'int64' or 'double'"
        raise ValueError(
            f"Column {label!r} {why}, so its type is unknown. Set it to {types}, for example "
            f"inputs={{{label!r}: 'double'}}."
        )
    had_missing = len(present) < len(values) or fitted.coverages[number].missing_share > 0
    whole = all(isinstance(value, int | np.integer) for value in present.tolist())
    return "int64" if whole and not had_missing else "double"


def check_vocabulary(
    encoder: HybridHashEncoder, number: int, kind: str, is_number: bool = False
) -> None:
    """Raise if the type of a column cannot hold a number of its vocabulary.

    Parameters
    ----------
    encoder : HybridHashEncoder
        Fitted.
    number : int
        Position of the column in the encoder.
    kind : {"string", "int64", "double", "float"}
        Type of the column.
    is_number : bool, default=False
        Whether another step uses the column as a number. Integers of 2**63 and more, which "int64" holds
        as negative numbers, are then not allowed.

    Raises
    ------
    ValueError
        The message names a type that can hold the number, or another remedy.
    """
    if kind == "string":
        return
    values = encoder.vocabularies_[number]
    for value in map(_numbers.canonical, values[~pd.isna(values)].tolist()):
        if not _holds(kind, value) or (is_number and kind == "int64" and value >= 2**63):
            label = encoder._fitted.columns[number].label
            raise ValueError(
                f"Column {label!r}: the type {kind!r} cannot hold {value!r}, which is in the "
                f"vocabulary. {_remedy(label, value, kind)}"
            )


def _remedy(label: object, value: float, kind: str) -> str:
    if _holds("double", value):
        return f"Use 'double': inputs={{{label!r}: 'double'}}."
    if kind == "int64":
        return "Pass the column twice: as a category to the encoder, and as a number to the other step."
    return (
        f"Use 'int64', if no value will be missing or have a fraction: inputs={{{label!r}: 'int64'}}. "
        "Or fit on texts, with .astype(str)."
    )


def _holds(kind: str, value: float) -> bool:
    """Whether a type can hold a number. "int64" holds 2**63 and larger integers as negative ones."""
    if kind == "int64":
        return isinstance(value, int)
    with np.errstate(over="ignore"):
        return float(np.float32(value) if kind == "float" else value) == value
