"""Converter of the encoder for skl2onnx: makes dense rows of floats, for any model after it."""

import importlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._encoder import HybridHashEncoder
from ._encoder_nodes import InputColumn, encoder_nodes
from ._graph import INPUT_TYPES, Graph, domain_of, onnx
from ._input_types import MISSING, check_columns, check_missing, check_vocabulary, type_of
from ._lookup_keys import lookup_keys
from ._steps import check_fitted

_ALIAS = "HybridEncoderHybridHashEncoder"
_MIN_OPSET = 13
_OPTIONS = {"missing": MISSING, "max_columns": 2**14, "float32": False}


def register_converter() -> None:
    """Register the encoder with skl2onnx, so that it converts pipelines with encoders.

    Call it once before ``skl2onnx.to_onnx`` or ``convert_sklearn``. The converted encoder makes a dense
    row of ``n_features_out_`` floats, for any model that skl2onnx converts. More than 16,384 output
    columns are an error; use `to_onnx` for these.

    Raises
    ------
    ImportError
        If skl2onnx is not installed.

    See Also
    --------
    to_onnx : Exports encoders and a linear model, with any number of output columns.

    Notes
    -----
    Inputs are one tensor of shape (n, 1) per column, or tensors of several columns. Text columns are
    strings; columns of numbers are int64, double, float or a smaller integer type. Inputs with the names
    of the columns may be in any order; other inputs must be in the order of `fit`.

    Options, by class or by ``id(encoder)``:

    - ``{"missing": "<missing>"}``: text that stands for missing values;
    - ``{"max_columns": 16384}``: maximum number of output columns;
    - ``{"float32": False}``: whether the encoder was fitted on float32. If not, FloatTensorType is an
      error, because 0.1 in float32 is not 0.1 in double.

    Numbers with fractions in the vocabulary are an error: skl2onnx has no operator that looks up
    doubles. Scalers and imputers of skl2onnx round differently from scikit-learn, so do not put them
    before an encoder.

    Examples
    --------
    >>> import numpy as np
    >>> import skl2onnx
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from hybrid_encoder import HybridHashEncoder
    >>> from hybrid_encoder.onnx import register_converter
    >>> register_converter()
    >>> X = np.array([["US"], ["FR"], ["US"]], dtype=object)
    >>> model = make_pipeline(HybridHashEncoder(), DecisionTreeClassifier()).fit(X, [1, 0, 1])
    >>> onnx_model = skl2onnx.to_onnx(model, X[:1])
    """
    try:
        skl2onnx = importlib.import_module("skl2onnx")
    except ImportError as error:
        raise ImportError(
            'register_converter needs skl2onnx: pip install "hybrid-encoder[onnx]"'
        ) from error
    skl2onnx.update_registered_converter(
        HybridHashEncoder, _ALIAS, _shapes, _convert, parser=_parse, options=dict.fromkeys(_OPTIONS)
    )


class ContainerGraph(Graph):
    """A part of a skl2onnx model."""

    ml_opset = 3  # skl2onnx allows no later version

    def __init__(self, scope: Any, container: Any) -> None:
        self._scope, self._container = scope, container

    def node(self, op_type: str, *inputs: str, name: str | None = None, **attributes: Any) -> str:
        """Add a node with one output; return the name of the output."""
        output: str = self._scope.get_unique_variable_name(f"hybrid_{op_type}")
        domain = domain_of(op_type)
        self._container.add_node(
            op_type,
            list(inputs),
            [output],
            op_domain=domain,
            # None is the newest version that the user allows.
            op_version={"LabelEncoder": 2, "MurmurHash3": 1}.get(op_type),
            name=name or self._scope.get_unique_operator_name(op_type),
            **attributes,
        )
        return output

    def constant(self, values: NDArray[Any]) -> str:
        """Store an array in the model; return its name."""
        name: str = self._scope.get_unique_variable_name("hybrid_constant")
        kind = onnx.helper.np_dtype_to_tensor_dtype(values.dtype)
        self._container.add_initializer(name, kind, list(values.shape), values.ravel().tolist())
        return name


def _parse(scope: Any, model: Any, inputs: list[Any], custom_parsers: Any = None) -> Any:
    """Declare the operator of an encoder: inputs, and one output."""
    types = importlib.import_module("skl2onnx.common.data_types")
    operator = scope.declare_local_operator(_ALIAS, model)
    operator.inputs = _unmerged(inputs)
    operator.outputs.append(scope.declare_local_variable("variable", types.FloatTensorType()))
    return operator.outputs


def _unmerged(inputs: list[Any]) -> list[Any]:
    """Undo the merge of columns of several types.

    For a ColumnTransformer skl2onnx casts all columns of a transformer to one type, and concatenates
    them. The encoder needs text and numbers with their own types.
    """
    for merge in inputs[0].operators_outputs_ if len(inputs) == 1 else ():
        if merge.type == "SklearnConcat" and len({type(column.type) for column in merge.inputs}) > 1:
            return list(merge.inputs)
    return inputs


def _shapes(operator: Any) -> None:
    check_fitted("", operator.raw_operator)
    types = importlib.import_module("skl2onnx.common.data_types")
    operator.outputs[0].type = types.FloatTensorType([None, operator.raw_operator.n_features_out_])


def _convert(scope: Any, operator: Any, container: Any) -> None:
    encoder: HybridHashEncoder = operator.raw_operator
    options = container.get_options(encoder, dict(_OPTIONS))  # a copy, as skl2onnx changes it
    missing = options["missing"]
    check_missing(missing)
    check_columns(encoder, missing)
    width = encoder.n_features_out_
    if width > options["max_columns"]:
        raise ValueError(
            f"The encoder has {width:,} output columns, and skl2onnx would make dense rows of them. Use "
            "hybrid_encoder.onnx.to_onnx, which makes none; or allow them with "
            f"options={{HybridHashEncoder: {{'max_columns': {width}}}}}."
        )
    if container.target_opset_any_domain("") < _MIN_OPSET:
        raise ValueError(f"The encoder needs target_opset={_MIN_OPSET} or above.")
    graph = ContainerGraph(scope, container)
    columns = _input_columns(graph, encoder, _in_fit_order(encoder, operator.inputs))
    _check_types(encoder, columns, options["float32"])
    container.add_node(
        "Identity",
        [dense_rows(graph, encoder, columns, missing)],
        [operator.outputs[0].full_name],
        name=scope.get_unique_operator_name("HybridHashEncoder"),
    )


def _in_fit_order(encoder: HybridHashEncoder, inputs: Sequence[Any]) -> list[Any]:
    """Sort the inputs as at fit, if they have the names of the columns."""
    names = list(getattr(encoder, "feature_names_in_", ()))
    if sorted(names) != sorted(variable.raw_name for variable in inputs):
        return list(inputs)
    return sorted(inputs, key=lambda variable: names.index(variable.raw_name))


def _check_types(encoder: HybridHashEncoder, columns: Sequence[InputColumn], float32: bool) -> None:
    """Check that no type changes numbers, and that the graph can look up the vocabulary."""
    for number, (fitted, column) in enumerate(zip(encoder._fitted.columns, columns, strict=True)):
        label = fitted.label
        if column.kind == "float" and not float32:
            raise ValueError(
                f"Column {label!r} is a FloatTensorType, in which 0.1 and large integers are other "
                "numbers than in double. Declare a DoubleTensorType or an Int64TensorType; or, if the "
                "encoder was fitted on float32, set options={HybridHashEncoder: {'float32': True}}."
            )
        if column.kind in ("double", "float"):
            fractions = [key for key in lookup_keys(encoder, number).keys if type(key) is float]
            if fractions:
                raise ValueError(
                    f"Column {label!r}: {fractions[0]!r} in the vocabulary has a fraction, and skl2onnx "
                    "has no operator that looks it up. Use hybrid_encoder.onnx.to_onnx."
                )
        check_vocabulary(encoder, number, column.kind)


def _input_columns(graph: Graph, encoder: HybridHashEncoder, inputs: Sequence[Any]) -> list[InputColumn]:
    """Split the inputs into the columns of the encoder."""
    columns: list[InputColumn] = []
    for variable in inputs:
        tensor, kind = _supported_tensor(graph, variable)
        # If the width of the last input is unknown, it has all remaining columns.
        n_columns = variable.type.shape[1] or encoder.n_features_in_ - len(columns)
        if len(columns) + n_columns > encoder.n_features_in_:
            raise ValueError(_wrong_number(encoder, len(columns) + n_columns))
        for number in range(n_columns):
            checked = type_of(encoder, len(columns), kind)
            columns.append(InputColumn(graph.column(tensor, number, n_columns), checked))
    if len(columns) < encoder.n_features_in_:
        raise ValueError(_wrong_number(encoder, len(columns)))
    return columns


def _wrong_number(encoder: HybridHashEncoder, n_columns: int) -> str:
    return f"The encoder takes {encoder.n_features_in_} columns, and the inputs have {n_columns}."


def _supported_tensor(graph: Graph, variable: Any) -> tuple[str, str]:
    """An input and its type; smaller integers are cast to int64."""
    data_type = variable.type._get_element_onnx_type()
    for kind, number in INPUT_TYPES.items():
        if data_type == number:
            return variable.full_name, kind
    dtype = onnx.helper.tensor_dtype_to_np_dtype(data_type)
    if dtype.kind in "biu" and dtype != np.uint64:
        return graph.cast(variable.full_name, np.int64), "int64"
    raise TypeError(
        f"The encoder does not accept the type {type(variable.type).__name__} of the input "
        f"{variable.raw_name!r}. Use StringTensorType for text, and Int64TensorType, DoubleTensorType "
        "or FloatTensorType for numbers."
    )


def dense_rows(
    graph: Graph, encoder: HybridHashEncoder, columns: Sequence[InputColumn], missing: str | None
) -> str:
    """Rows of `transform` as a dense float tensor of shape (n, n_features_out)."""
    encoded = encoder_nodes(graph, encoder, columns, missing, indicator=True)
    width, n_hashes = encoder.n_features_out_, encoder._fitted.settings.n_hashes
    zero, one = (graph.scalar(value, np.float32) for value in (0, 1))
    tail_weight = graph.scalar(encoder._fitted.settings.stored_tail_weight, np.float32)
    values = [
        graph.node(
            "Where",
            encoded.has_slot,
            one if number == 0 else zero,
            tail_weight if number < n_hashes else one,
        )
        for number in range(len(encoded.indices))
    ]
    first = graph.node("Where", graph.column(encoded.has_slot, 0, len(columns)), zero, zero)
    # Index -1 writes into the last column, which is an extra column that Slice removes.
    zeros = graph.node("Expand", first, graph.constant(np.array([1, width + 1])))
    indices, updates = graph.concat(encoded.indices), graph.concat(values)
    rows = graph.node("ScatterElements", zeros, indices, updates, axis=1)
    bounds = [graph.constant(np.array([bound])) for bound in (0, width, 1)]
    return graph.node("Slice", rows, *bounds)
