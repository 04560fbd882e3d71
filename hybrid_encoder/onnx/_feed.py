"""Columns of any table in the form that ONNX Runtime takes."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import _get_feature_names

from .._input import numbers as _numbers
from .._input import tables as _tables
from .._input import text as _text
from .._input.columns import Column, check_kind
from .._input.reading import read_column
from ._graph import INPUT_TYPES, onnx
from ._input_uses import Part, uses_of

# In a model's metadata, as JSON: the text for missing ones, and the uses of each input by its name.
_MISSING_KEY, _USES_KEY = "hybrid_encoder.missing", "hybrid_encoder.uses"

_BEYOND_INT64 = 2**63


@dataclass(frozen=True, slots=True)
class Input:
    """A tensor that a model takes.

    Attributes
    ----------
    name : str
        That of the column.
    kind : {"string", "int64", "double", "float"}
        Type of its elements.
    uses : list of {"key", "number", "rounded"}
        What they are to the model.
    """

    name: str
    kind: str
    uses: list[str]


def metadata(
    names: Sequence[str], parts: Sequence[Part], kinds: Mapping[int, str], missing: str | None
) -> dict[str, str]:
    """What `signature` will read."""
    uses = {names[number]: sorted(own) for number, own in uses_of(parts, kinds).items()}
    return {_MISSING_KEY: json.dumps(missing), _USES_KEY: json.dumps(uses)}


def signature(model: Any) -> tuple[list[Input], str | None]:
    """The inputs of a model or a session, and the text that stands for a missing one.

    Raises
    ------
    TypeError
        If it is neither.
    ValueError
        If the model has not been made by `to_onnx`.
    """
    if isinstance(model, bytes):
        model = onnx.load_model_from_string(model)
    if isinstance(model, onnx.ModelProto):
        known = {entry.key: entry.value for entry in model.metadata_props}
        types = {number: kind for kind, number in INPUT_TYPES.items()}
        kinds = {i.name: types.get(i.type.tensor_type.elem_type, "") for i in model.graph.input}
    elif hasattr(model, "get_modelmeta"):
        known = model.get_modelmeta().custom_metadata_map
        kinds = {i.name: i.type[len("tensor(") : -1] for i in model.get_inputs()}
    else:
        raise TypeError(
            "model must be what to_onnx made, its bytes, or an onnxruntime.InferenceSession of it; it "
            f"is a {type(model).__name__}."
        )
    if _MISSING_KEY not in known:
        raise ValueError(
            "This model was not made by hybrid_encoder.onnx.to_onnx, so nothing tells what stands for a "
            "missing text in it. Make its tensors by hand."
        )
    uses = json.loads(known[_USES_KEY])
    inputs = [Input(name, kind, uses[name]) for name, kind in kinds.items()]
    return inputs, json.loads(known[_MISSING_KEY])


def columns_of(X: Any, inputs: Sequence[Input]) -> list[Column]:
    """The columns of a table that a model takes.

    Raises
    ------
    TypeError
        If one holds float32, and is rounded as double before its last bit counts.
    ValueError
        If one is not there.
    """
    table = _tables.open_table(X, least_rows=0)
    raw = _tables.raw_columns(table)
    known = _get_feature_names(_tables.native(table))
    own = [f"x{number}" for number in range(len(raw))] if known is None else known.tolist()
    found = dict(zip(own, raw, strict=True))
    for name in (one.name for one in inputs):
        if name not in found:
            raise ValueError(
                f"X has no column {name!r}, which the model takes. Columns: {', '.join(own)}."
            )
    rounded = [one.name for one in inputs if "rounded" in one.uses]
    for name in rounded and _in_float32(_tables.native(table), own):
        if name in rounded:
            raise TypeError(
                f"Column {name!r} is float32, which Python would scale or fill in float32, and the "
                "model does in double: their last bits differ, and count. Fit the pipeline on float64, "
                "by .astype(float), and pass float64 here too."
            )
    return [read_column(found[one.name], one.name) for one in inputs]


def _in_float32(table: Any, names: Sequence[str]) -> list[str]:
    """The columns whose numbers are single."""
    if isinstance(table, np.ndarray):
        return list(names) if table.dtype == np.float32 else []
    schema = nw.from_native(table, eager_only=True).schema
    return [name for name, dtype in schema.items() if dtype == nw.Float32]


def filled(column: Column, own: Input, missing: str | None) -> NDArray[Any]:
    """A column as a tensor of shape (n, 1).

    Parameters
    ----------
    column : Column
        What is in it.
    own : Input
        The tensor.
    missing : str or None
        The text for what is missing.
    """
    label, kind = own.name, own.kind
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
        values = _whole(values, own)
    else:
        dtype = np.dtype(np.float32 if kind == "float" else np.float64)
        if "key" in own.uses:
            _check_exact(values, dtype, absent, own)
        values = values.astype(dtype)
        values[absent] = np.nan
    return values[:, np.newaxis]


def _with_texts_for_missing(
    values: NDArray[Any], absent: NDArray[np.bool_], missing: str | None, label: str
) -> NDArray[np.object_]:
    values = values.astype(object)  # a copy, which may be written
    # As an array of objects, since NumPy's own texts would lose a NUL at the end.
    mistaken = ~absent & (values == np.array(missing, dtype=object))
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


def _check_exact(
    numbers: NDArray[Any], dtype: np.dtype[Any], absent: NDArray[np.bool_], own: Input
) -> None:
    """Refuse numbers that would be others in the type of the tensor."""
    if numbers.dtype == dtype:
        return
    with np.errstate(over="ignore"):
        rounded = numbers.astype(dtype)
    # Python compares an integer with a float exactly.
    lost = ~absent & ~np.isnan(rounded) & (rounded.astype(object) != numbers.astype(object))
    if lost.any():
        row = int(np.argmax(lost))
        number = numbers[row : row + 1].tolist()[0]
        better = "int64" if isinstance(number, int) else "double"
        raise ValueError(
            f"Column {own.name!r}, row {row}: {number!r} is another number in {own.kind!r}, the type of "
            f"the tensor. Export it with inputs={{{own.name!r}: {better!r}}}."
        )


def _whole(numbers: NDArray[Any], own: Input) -> NDArray[np.int64]:
    """Whole numbers by their keys, so that unsigned ones from 2**63 on are negative."""
    compacted = _numbers.compact(numbers)
    if compacted.dtype != np.int64:
        for row, number in enumerate(compacted.tolist()):
            where = f"Column {own.name!r}, row {row}: {number!r}"
            if not isinstance(_numbers.canonical(number), int):
                raise ValueError(
                    f"{where} is no whole number, and the model takes no others. Export it with "
                    f"inputs={{{own.name!r}: 'double'}}."
                )
            if number >= _BEYOND_INT64 and "number" in own.uses:
                raise ValueError(
                    f"{where} is beyond int64. As a key its bytes would do, but it is a number to a "
                    "step too. Pass it in two columns, one for the encoder and one for the step."
                )
    return _numbers.keys(compacted).view(np.int64)
