"""Convert tables to input tensors for ONNX Runtime."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._input import numbers as _numbers
from .._input import tables as _tables
from .._input import text as _text
from .._input.columns import Column, Kind, check_kind
from .._input.errors import column_errors
from .._input.reading import read_column
from ._graph import INPUT_TYPES, onnx
from ._input_uses import uses_of
from ._models import Part

# Keys of the model's metadata. The values are JSON: a text or null, and the uses of each input by name.
_MISSING_KEY, _USES_KEY = "hybrid_encoder.missing", "hybrid_encoder.uses"


@dataclass(frozen=True, slots=True)
class Input:
    """An input of a model.

    Attributes
    ----------
    name : str
        Name of the column.
    kind : {"string", "int64", "double", "float"}
        Type of its elements.
    uses : list of {"key", "number"}
        How the model uses it.
    """

    name: str
    kind: str
    uses: list[str]


def feed(X: Any, model: Any) -> dict[str, NDArray[Any]]:
    """Convert a table to input tensors for ONNX Runtime.

    Parameters
    ----------
    X : dataframe or array-like of shape (n_samples, n_features)
        Any container that the encoder takes, with the columns of `fit`. Columns that the model does not
        need are ignored.
    model : onnx.ModelProto, bytes or onnxruntime.InferenceSession
        The result of `to_onnx`, its bytes, or a session of it.

    Returns
    -------
    inputs : dict of str to ndarray of shape (n_samples, 1)
        For ``session.run(None, inputs)``. Missing texts are replaced by the text `missing` of
        `to_onnx`; missing numbers are NaN.

    Raises
    ------
    TypeError
        If a column holds text where the model takes numbers, or numbers where it takes text; or if
        `model` is of another type.
    ValueError
        If `to_onnx` did not make the model, if a column does not exist, or if the type of the input
        cannot hold a value.

    Examples
    --------
    >>> from hybrid_encoder import HybridHashEncoder
    >>> from hybrid_encoder.onnx import feed, to_onnx
    >>> onnx_model = to_onnx(HybridHashEncoder().fit([["US", 1], ["FR", 2]]))
    >>> feed([["US", 3], [None, 4]], onnx_model)
    {'x0': array([['US'],
           ['<missing>']], dtype=object), 'x1': array([[3],
           [4]])}
    """
    inputs, missing = _read_inputs(model)
    columns = _read_columns(X, inputs)
    return {
        spec.name: _as_tensor(column, spec, missing)
        for spec, column in zip(inputs, columns, strict=True)
    }


def metadata(
    names: Sequence[str], parts: Sequence[Part], types: Mapping[int, str], missing: str | None
) -> dict[str, str]:
    """Metadata of a model that `feed` needs."""
    uses = {names[column]: sorted(each) for column, each in uses_of(parts, types).items()}
    return {_MISSING_KEY: json.dumps(missing), _USES_KEY: json.dumps(uses)}


def _read_inputs(model: Any) -> tuple[list[Input], str | None]:
    """Inputs of a model, and the text that stands for missing values."""
    if isinstance(model, bytes):
        model = onnx.load_model_from_string(model)
    if isinstance(model, onnx.ModelProto):
        properties = {entry.key: entry.value for entry in model.metadata_props}
        names = {number: kind for kind, number in INPUT_TYPES.items()}
        kinds = {i.name: names.get(i.type.tensor_type.elem_type, "") for i in model.graph.input}
    elif hasattr(model, "get_modelmeta"):
        properties = model.get_modelmeta().custom_metadata_map
        kinds = {i.name: i.type[len("tensor(") : -1] for i in model.get_inputs()}
    else:
        raise TypeError(
            "model must be made by to_onnx: a ModelProto, its bytes, or an InferenceSession of it; "
            f"got {type(model).__name__}."
        )
    if _MISSING_KEY not in properties:
        raise ValueError(
            "This model was not made by hybrid_encoder.onnx.to_onnx, so feed does not know which text "
            "stands for missing values. Make the tensors yourself."
        )
    uses = json.loads(properties[_USES_KEY])
    inputs = [Input(name, kind, uses[name]) for name, kind in kinds.items()]
    return inputs, json.loads(properties[_MISSING_KEY])


def _read_columns(X: Any, inputs: Sequence[Input]) -> list[Column]:
    """Read the columns of a table that a model takes."""
    table = _tables.open_table(X, least_rows=0)
    raw = _tables.raw_columns(table)
    names = _tables.feature_names_out(_tables.feature_names(table), len(raw))
    by_name = dict(zip(names, raw, strict=True))
    for spec in inputs:
        if spec.name not in by_name:
            raise ValueError(
                f"X has no column {spec.name!r}, which the model takes. Columns: {', '.join(names)}."
            )
    columns = []
    for spec in inputs:
        with column_errors(spec.name):
            columns.append(_read_column(by_name[spec.name], spec))
    return columns


def _read_column(raw: Any, spec: Input) -> Column:
    kind: Kind = "text" if spec.kind == "string" else "number"
    return check_kind(read_column(raw), kind, multi_hot=False)


def _as_tensor(column: Column, spec: Input, missing: str | None) -> NDArray[Any]:
    """Convert a column to a tensor of shape (n, 1)."""
    absent, values = column.missing_elements(), _elements(column)
    if absent.any() and (spec.kind == "int64" or (spec.kind == "string" and missing is None)):
        row = int(np.argmax(absent))
        remedy = f"inputs={{{spec.name!r}: 'double'}}" if spec.kind == "int64" else "missing='<missing>'"
        raise ValueError(
            f"Column {spec.name!r}, row {row}: the value is missing, which the input of type "
            f"{spec.kind!r} cannot hold. Export the model with {remedy}."
        )
    if spec.kind == "string":
        values = _replace_missing_texts(values, absent, missing, spec.name)
    elif spec.kind == "int64":
        values = _as_int64(values, spec)
    else:
        dtype = np.dtype(np.float32 if spec.kind == "float" else np.float64)
        if "key" in spec.uses:
            _check_exact(values, dtype, absent, spec)
        values = values.astype(dtype)
        values[absent] = np.nan
    return values[:, np.newaxis]


def _elements(column: Column) -> NDArray[Any]:
    """One value per row; missing values are replaced by an arbitrary value."""
    if column.kind is None:
        return np.zeros(column.n_elements)
    values = _text.objects(column.values) if column.kind == "text" else column.values
    return values if column.codes is None else values.take(column.codes)


def _replace_missing_texts(
    values: NDArray[Any], absent: NDArray[np.bool_], missing: str | None, label: str
) -> NDArray[np.object_]:
    values = values.astype(object)  # makes a copy
    # Compare objects, because NumPy's text arrays remove a NUL character at the end.
    ambiguous = ~absent & (values == np.array(missing, dtype=object))
    if ambiguous.any():
        raise ValueError(
            f"Column {label!r}, row {int(np.argmax(ambiguous))}: the value is the text {missing!r}, "
            "which stands for missing values in this model. Export the model with another text: "
            "to_onnx(..., missing=...)."
        )
    values[absent] = missing
    return values


def _check_exact(
    numbers: NDArray[Any], dtype: np.dtype[Any], absent: NDArray[np.bool_], spec: Input
) -> None:
    """Raise if the type of the input would change a number."""
    if numbers.dtype == dtype:
        return
    with np.errstate(over="ignore"):
        rounded = numbers.astype(dtype)
    # Python compares an integer with a float exactly.
    changed = ~absent & ~np.isnan(rounded) & (rounded.astype(object) != numbers.astype(object))
    if changed.any():
        row = int(np.argmax(changed))
        number = numbers[row : row + 1].tolist()[0]
        better = "int64" if isinstance(number, int) else "double"
        raise ValueError(
            f"Column {spec.name!r}, row {row}: the input has the type {spec.kind!r}, which cannot hold "
            f"{number!r} exactly. Export the model with inputs={{{spec.name!r}: {better!r}}}."
        )


def _as_int64(numbers: NDArray[Any], spec: Input) -> NDArray[np.int64]:
    """Convert whole numbers to int64 with the same bytes: 2**63 and larger numbers become negative."""
    compacted = _numbers.compact(numbers)
    if compacted.dtype != np.int64:
        for row, number in enumerate(compacted.tolist()):
            where = f"Column {spec.name!r}, row {row}: {number!r}"
            if not isinstance(_numbers.canonical(number), int):
                raise ValueError(
                    f"{where} is not a whole number, and the input has the type 'int64'. Export the "
                    f"model with inputs={{{spec.name!r}: 'double'}}."
                )
            if number >= 2**63 and "number" in spec.uses:
                raise ValueError(
                    f"{where} is too large for 'int64' in a column that another step uses as a number. "
                    "Pass the column twice: as a category to the encoder, and as a number to the step."
                )
    return _numbers.keys(compacted).view(np.int64)
