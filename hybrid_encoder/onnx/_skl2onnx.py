"""The encoder as skl2onnx knows it: a wide row of floats, for whatever model stands behind."""

import importlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._encoder import HybridHashEncoder
from ._encoder_nodes import Cells, place
from ._graph import INPUT_TYPES, Graph, domain_of, onnx
from ._input_types import MISSING, check_columns, check_held, check_missing, kind_of
from ._lookup_keys import head_of
from ._steps import check_fitted

MOST_COLUMNS = 2**14

_ALIAS = "HybridEncoderHybridHashEncoder"
_LEAST_OPSET = 13
_OPTIONS = {"missing": MISSING, "max_columns": MOST_COLUMNS, "float32": False}


def register_converter() -> None:
    """Teach skl2onnx the encoder, so that it converts pipelines with one.

    Call it once, before ``skl2onnx.to_onnx`` or ``convert_sklearn``. What these make of the encoder is
    a dense row of ``n_features_out_`` floats, for any model that skl2onnx knows. At large widths take
    `to_onnx`, which never makes such a row; more than 16,384 output columns are refused.

    Raises
    ------
    ImportError
        If skl2onnx is not installed.

    See Also
    --------
    to_onnx : Exports an encoder and a linear model as a whole, at any width.

    Notes
    -----
    Inputs may be one tensor per column, of shape (n, 1), or tensors of several columns. Columns of
    text are strings, those of numbers int64, double or float, or narrower integers. Inputs with the
    names of the columns may stand in any order; all others stand in the order of `fit`.

    Options, by class or by ``id(encoder)``: ``{"missing": "<missing>"}``, the text that stands for a
    missing one; ``{"max_columns": 16384}``, the width to refuse above; ``{"float32": False}``, whether
    the encoder was fitted on float32. Without that columns of float are refused, as 0.1 is another
    number in double.

    An encoder takes values by their bits. Where steps stand before it that scale or fill numbers, take
    `to_onnx`: those of skl2onnx give other bits.

    Heads of numbers with fractions are refused: no operator that skl2onnx allows looks them up.

    To have columns of text and of numbers before one encoder in a ColumnTransformer, the encoder joins
    skl2onnx's list of transformers whose columns are not merged into one tensor.

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
        HybridHashEncoder, _ALIAS, _shapes, _convert, options=dict.fromkeys(_OPTIONS)
    )
    parsing: Any = importlib.import_module("skl2onnx._parse")
    apart = getattr(parsing, "do_not_merge_columns", ())
    if HybridHashEncoder not in apart:
        parsing.do_not_merge_columns = (*apart, HybridHashEncoder)


class ContainerGraph(Graph):
    """A graph that skl2onnx keeps."""

    ml_opset = 3  # it refuses later ones

    def __init__(self, scope: Any, container: Any) -> None:
        self._scope, self._container = scope, container

    def node(self, op_type: str, *inputs: str, name: str | None = None, **attributes: Any) -> str:
        """Add a node of one output, and return the name of that."""
        output: str = self._scope.get_unique_variable_name(f"hybrid_{op_type}")
        domain = domain_of(op_type)
        self._container.add_node(
            op_type,
            list(inputs),
            [output],
            op_domain=domain,
            op_version=self._version(op_type),
            name=name or self._scope.get_unique_operator_name(op_type),
            **attributes,
        )
        return output

    def _version(self, op_type: str) -> int | None:
        """Version of an operator; None stands for the newest that is asked for."""
        return {"LabelEncoder": 2, "MurmurHash3": 1}.get(op_type)

    def constant(self, values: NDArray[Any]) -> str:
        """Keep an array in the model, and return its name."""
        name: str = self._scope.get_unique_variable_name("hybrid_constant")
        kind = onnx.helper.np_dtype_to_tensor_dtype(values.dtype)
        self._container.add_initializer(name, kind, list(values.shape), values.ravel().tolist())
        return name


def _shapes(operator: Any) -> None:
    check_fitted("", operator.raw_operator)
    types = importlib.import_module("skl2onnx.common.data_types")
    operator.outputs[0].type = types.FloatTensorType([None, operator.raw_operator.n_features_out_])


def _convert(scope: Any, operator: Any, container: Any) -> None:
    encoder: HybridHashEncoder = operator.raw_operator
    options = container.get_options(encoder, dict(_OPTIONS))  # which it writes into
    missing = options["missing"]
    check_missing(missing)
    check_columns(encoder, missing)
    width = encoder.n_features_out_
    if width > options["max_columns"]:
        raise ValueError(
            f"The encoder has {width:,} output columns, and skl2onnx would make a dense "
            "row of as many. Use hybrid_encoder.onnx.to_onnx, which does not; or allow it with "
            f"options={{HybridHashEncoder: {{'max_columns': {width}}}}}."
        )
    if container.target_opset_any_domain("") < _LEAST_OPSET:
        raise ValueError(f"The encoder needs target_opset={_LEAST_OPSET} or above.")
    graph = ContainerGraph(scope, container)
    cells = _cells(graph, encoder, _in_order(encoder, operator.inputs))
    _refuse_other_numbers(encoder, cells, options["float32"])
    dense = spread(graph, encoder, cells, missing)
    container.add_node(
        "Identity",
        [dense],
        [operator.outputs[0].full_name],
        name=scope.get_unique_operator_name("HybridHashEncoder"),
    )


def _in_order(encoder: HybridHashEncoder, inputs: Sequence[Any]) -> list[Any]:
    """Inputs as the columns stood at fit, where they have the names of these; else as they stand."""
    names = list(getattr(encoder, "feature_names_in_", ()))
    if sorted(names) != sorted(variable.raw_name for variable in inputs):
        return list(inputs)
    return sorted(inputs, key=lambda variable: names.index(variable.raw_name))


def _refuse_other_numbers(encoder: HybridHashEncoder, cells: Sequence[Cells], float32: bool) -> None:
    """Refuse types in which numbers would be others than at fit, and heads that nothing looks up."""
    for number, (label, cell) in enumerate(zip(encoder._labels(), cells, strict=True)):
        if cell.kind == "float" and not float32:
            raise ValueError(
                f"Column {label!r} is a FloatTensorType, in which 0.1 and large integers are other "
                "numbers than in double, with other columns. Declare a DoubleTensorType or an "
                "Int64TensorType; or, if the encoder was fitted on float32, say "
                "options={HybridHashEncoder: {'float32': True}}."
            )
        if cell.kind in ("double", "float"):
            broken = [key for key in head_of(encoder, number).keys if type(key) is float]
            if broken:
                raise ValueError(
                    f"Column {label!r}: {broken[0]!r} has a fraction, which none of skl2onnx's "
                    "operators can look up. Use hybrid_encoder.onnx.to_onnx."
                )
        check_held(encoder, number, cell.kind)


def _cells(graph: Graph, encoder: HybridHashEncoder, inputs: Any) -> list[Cells]:
    """The columns, one by one."""
    cells: list[Cells] = []
    for variable in inputs:
        value, kind = _as_known(graph, variable)
        # Where columns have been merged, nobody knows how many they are.
        n_columns = variable.type.shape[1] or encoder.n_features_in_ - len(cells)
        if n_columns > encoder.n_features_in_ - len(cells):
            raise ValueError(
                f"The encoder takes {encoder.n_features_in_} columns, and is given "
                f"{len(cells) + n_columns}."
            )
        for number in range(n_columns):
            given = kind_of(encoder, len(cells), kind)
            cells.append(Cells(graph.column(value, number, n_columns), given))
    if len(cells) < encoder.n_features_in_:
        raise ValueError(
            f"The encoder takes {encoder.n_features_in_} columns, and is given {len(cells)}."
        )
    return cells


def _as_known(graph: Graph, variable: Any) -> tuple[str, str]:
    """A tensor of the input, and its type: of narrow numbers, the wide ones of the same values."""
    held = variable.type._get_element_onnx_type()
    for kind, number in INPUT_TYPES.items():
        if held == number:
            return variable.full_name, kind
    narrow = onnx.helper.tensor_dtype_to_np_dtype(held)
    if narrow.kind in "biu" and narrow != np.uint64:
        return graph.cast(variable.full_name, np.int64), "int64"
    raise TypeError(
        f"The input {variable.raw_name!r} is a {type(variable.type).__name__}, which the encoder "
        "cannot take. Columns of text are StringTensorType, those of numbers Int64TensorType, "
        "DoubleTensorType or FloatTensorType."
    )


def spread(graph: Graph, encoder: HybridHashEncoder, cells: list[Cells], missing: str | None) -> str:
    """Rows as `transform` gives them, but dense and in float: of shape (n, n_features_out)."""
    lit = place(graph, encoder, cells, missing)
    width = encoder.n_features_out_
    none, one = (graph.number(value, np.float32) for value in (0, 1))
    weight = graph.number(encoder._stored_tail_weight(), np.float32)
    n_hashes = encoder._settings["n_hashes"]
    values = [
        graph.node("Where", lit.head, one if number == 0 else none, weight if number < n_hashes else one)
        for number in range(len(lit.places))
    ]
    first = graph.column(lit.head, 0, len(cells))
    zeros = graph.node(
        "Expand", graph.node("Where", first, none, none), graph.constant(np.array([1, width + 1]))
    )
    # One column more takes what is -1, which counts from the end.
    rows = graph.node("ScatterElements", zeros, graph.beside(lit.places), graph.beside(values), axis=1)
    bounds = [graph.constant(np.array([bound])) for bound in (0, width, 1)]
    return graph.node("Slice", rows, *bounds)
