"""Columns of any table in the form that ONNX Runtime takes."""

import json
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import _get_feature_names

from .. import _numbers, _tables, _text
from .._columns import Column, check_kind
from .._reading import read_column
from ._graph import INPUT_TYPES, onnx

MISSING_KEY = "hybrid_encoder.missing"  # in a model's metadata, as JSON


def signature(model: Any) -> tuple[dict[str, str], str | None]:
    """The type of each input of a model or a session, and the text that stands for a missing one.

    Raises
    ------
    ValueError
        If the model has not been made by `to_onnx`.
    """
    if isinstance(model, onnx.ModelProto):
        metadata = {entry.key: entry.value for entry in model.metadata_props}
    else:
        metadata = model.get_modelmeta().custom_metadata_map
    if MISSING_KEY not in metadata:
        raise ValueError(
            "This model was not made by hybrid_encoder.onnx.to_onnx, so nothing tells what stands for a "
            "missing text in it. Make its tensors by hand."
        )
    missing = json.loads(metadata[MISSING_KEY])
    if isinstance(model, onnx.ModelProto):
        kinds = {number: kind for kind, number in INPUT_TYPES.items()}
        return {i.name: kinds[i.type.tensor_type.elem_type] for i in model.graph.input}, missing
    return {i.name: i.type[len("tensor(") : -1] for i in model.get_inputs()}, missing


def columns_of(X: Any, names: Iterable[str]) -> dict[str, Column]:
    """Columns of a table by their names.

    Raises
    ------
    ValueError
        If one is not there.
    """
    table = _tables.open_table(X)
    raw = _tables.raw_columns(table)
    known = _get_feature_names(_tables.native(table))
    own = [f"x{number}" for number in range(len(raw))] if known is None else known.tolist()
    found = dict(zip(own, raw, strict=True))
    for name in names:
        if name not in found:
            raise ValueError(
                f"X has no column {name!r}, which the model takes. Columns: {', '.join(own)}."
            )
    return {name: read_column(found[name], name) for name in names}


def filled(column: Column, label: str, kind: str, missing: str | None) -> NDArray[Any]:
    """A column as a tensor of shape (n, 1).

    Parameters
    ----------
    column : Column
        What is in it.
    label : str
        Its name.
    kind : {"string", "int64", "double", "float"}
        Type of the tensor.
    missing : str or None
        The text for what is missing.
    """
    column = check_kind(column, "text" if kind == "string" else "number", False, label)
    absent, values = column.missing_elements(), _elements(column)
    if absent.any() and (kind == "int64" or (kind == "string" and missing is None)):
        row, remedy = int(np.argmax(absent)), f"inputs={{{label!r}: 'double'}}"
        if kind == "string":
            remedy = "a text that stands for missing ones"
        raise ValueError(
            f"Column {label!r}, row {row}: the value is missing, which the model has no input for. "
            f"Export it with {remedy}."
        )
    if kind == "string":
        values = _with_texts_for_missing(values, absent, missing, label)
    elif kind == "int64":
        values = _whole(values, label)
    else:
        values = values.astype(np.float64)
        values[absent] = np.nan
        values = values.astype(np.float32 if kind == "float" else np.float64, copy=False)
    return values[:, np.newaxis]


def _with_texts_for_missing(
    values: NDArray[Any], absent: NDArray[np.bool_], missing: str | None, label: str
) -> NDArray[np.object_]:
    values = values.astype(object)  # a copy, which may be written
    mistaken = ~absent & (values == missing)
    if mistaken.any():
        raise ValueError(
            f"Column {label!r}, row {int(np.argmax(mistaken))}: the value is the text {missing!r}, "
            "which stands for missing ones in this model. Export it with another: to_onnx(..., "
            "missing=...)."
        )
    values[absent] = missing
    return values


def _elements(column: Column) -> NDArray[Any]:
    """One value per row, whatever there may be where it is missing."""
    if column.kind is None:
        return np.zeros(column.n_elements)
    values = _text.objects(column.values) if column.kind == "text" else column.values
    return values if column.codes is None else values.take(column.codes)


def _whole(numbers: NDArray[Any], label: str) -> NDArray[np.int64]:
    """Whole numbers by their keys, so that unsigned ones from 2**63 on are negative."""
    compacted = _numbers.compact(numbers)
    if compacted.dtype.kind in "fO":
        for row, number in enumerate(compacted.tolist()):
            if not isinstance(_numbers.canonical(number), int):
                raise ValueError(
                    f"Column {label!r}, row {row}: {number!r} is no whole number, and the model takes "
                    f"no others. Export it with inputs={{{label!r}: 'double'}}."
                )
    return _numbers.keys(compacted).view(np.int64)
