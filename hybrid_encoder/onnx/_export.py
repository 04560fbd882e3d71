"""Export an encoder, or a pipeline with a linear model."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import DTypeLike
from sklearn.pipeline import Pipeline

from .. import __version__
from .._encoder import HybridHashEncoder
from ._encoder_nodes import InputColumn, encoder_nodes
from ._feed import metadata
from ._graph import ModelGraph, onnx
from ._input_types import MISSING, check_mapping, check_missing, types_by_position
from ._input_uses import types_of
from ._linear_nodes import class_label, encoder_inputs, probabilities, scores, sums_of_weights
from ._models import Encoded, LinearPipeline
from ._pipeline import flatten, read_encoder, read_linear

_DESCRIPTION = "Text that stands for missing values: {missing}. Missing numbers are NaN."


def to_onnx(
    model: Any,
    *,
    inputs: Mapping[Any, str] | None = None,
    missing: str | None = MISSING,
    dtype: DTypeLike = np.float64,
) -> "onnx.ModelProto":
    """Export an encoder, or a pipeline of encoders and a linear model, to ONNX.

    The model of an encoder computes `HybridHashEncoder.encode_indices`. The model of a pipeline looks up
    or hashes each value, gathers the weights of its output columns and adds them up. It never makes a
    row as wide as the encoder's output. So more output columns take more memory, but no more time.

    Parameters
    ----------
    model : HybridHashEncoder or Pipeline
        Fitted. A pipeline ends with an encoder or with a linear model. Before the linear model comes an
        encoder, or a :class:`sklearn.compose.ColumnTransformer` with encoders and columns of numbers.
    inputs : mapping of str or int to {"string", "int64", "double", "float"}, default=None
        Types of some inputs, by name or position of the column. By default text is "string". Numbers
        that an encoder takes are "int64" if its vocabulary has whole numbers only and `fit` saw no
        missing value. All other numbers are "double", which holds integers up to 2**53. Use "float" only
        for columns that were float32 at `fit`.
    missing : str or None, default="<missing>"
        Text that stands for missing values, as string tensors have no null. With None no text is
        missing.
    dtype : {numpy.float64, numpy.float32}, default=numpy.float64
        Number type of the weights of encoders, and of the output. float32 makes the file smaller;
        predictions then differ from Python's in the seventh digit.

    Returns
    -------
    onnx_model : onnx.ModelProto
        It has one input of shape (n, 1) per column, with the name of the column; x0, x1, ... if columns
        have no names. Its outputs are:

        - encoder: ``indices``, int32 of shape (n, n_columns, n_hashes);
        - classifier: ``label`` of shape (n,), and ``probabilities`` of shape (n, n_classes). Without
          ``predict_proba``, ``scores`` of the shape that ``decision_function`` gives;
        - regressor: ``variable`` of shape (n, n_targets).

    Raises
    ------
    TypeError
        If the model, or a step of it, is of a type that cannot be exported.
    ValueError
        If a step has parameters that cannot be exported; if an encoder has list columns; if the type of
        a column is unknown or cannot hold its values; if `missing` is in a vocabulary; if class labels
        have no ONNX type; if two inputs, or an input and an output, have the same name; or if the model
        is larger than two gigabytes.
    NotFittedError
        If a step is not fitted.

    See Also
    --------
    feed : Convert a table to input tensors.
    register_converter : Register the encoder with skl2onnx, for models that to_onnx cannot export.

    Notes
    -----
    The following can be exported:

    - Linear models: LogisticRegression, RidgeClassifier, SGDClassifier, Perceptron,
      PassiveAggressiveClassifier, LinearSVC; LinearRegression, Ridge, Lasso, ElasticNet, SGDRegressor,
      PassiveAggressiveRegressor, HuberRegressor, LinearSVR, PoissonRegressor, GammaRegressor; and the
      versions of these with built-in cross-validation.
    - Beside encoders: "passthrough", "drop", SimpleImputer, StandardScaler, MinMaxScaler, MaxAbsScaler,
      RobustScaler and feature selection.
    - Between an encoder and the model: these scalers and feature selection.
    - Before an encoder: KBinsDiscretizer, SimpleImputer followed by KBinsDiscretizer, and
      MissingIndicator.

    Missing values are the text `missing`, or NaN in "double" and "float" inputs; "int64" inputs have
    none. A run fails if a value is missing or infinite and ``handle_missing="error"``, or if a number
    that the model uses is infinite, or missing and not imputed. The error message names the column.

    The model uses version 18 of the ONNX operators, version 4 of ``ai.onnx.ml`` and IR version 9, which
    ONNX Runtime 1.20 supports.

    Examples
    --------
    >>> import pandas as pd
    >>> from hybrid_encoder import HybridHashEncoder
    >>> from hybrid_encoder.onnx import feed, to_onnx
    >>> X = pd.DataFrame({"city": ["Oslo", "Rome", "Oslo", None], "device": [7, 9, 7, 3]})
    >>> encoder = HybridHashEncoder(top_k=1, n_buckets=5).fit(X)
    >>> onnx_model = to_onnx(encoder)
    >>> [column.name for column in onnx_model.graph.input]
    ['city', 'device']

    >>> import onnxruntime
    >>> session = onnxruntime.InferenceSession(onnx_model.SerializeToString())
    >>> (indices,) = session.run(["indices"], feed(X, session))
    >>> bool((indices == encoder.encode_indices(X)).all())
    True
    """
    check_missing(missing)
    requested = check_mapping(inputs)
    number_type = _check_dtype(dtype)
    if not isinstance(model, HybridHashEncoder | Pipeline):
        raise TypeError(
            "model must be a HybridHashEncoder, or a Pipeline of encoders and a linear model, got "
            f"{type(model).__name__}. {_remedy(model)}"
        )
    steps = flatten(model)
    if steps and isinstance(steps[-1][1], HybridHashEncoder):
        return _export_encoder(*read_encoder(steps), requested, missing)
    return _export_linear(read_linear(steps), requested, missing, number_type)


def _remedy(model: Any) -> str:
    """The remedy in the error for a model that cannot be exported."""
    if hasattr(model, "best_estimator_"):
        return "Pass its fitted pipeline: model.best_estimator_."
    if hasattr(model, "calibrated_classifiers_"):
        return (
            "Its calibration cannot be exported. To export one of its pipelines without calibration, "
            "pass model.calibrated_classifiers_[0].estimator."
        )
    if hasattr(model, "transform"):
        return "Pass a fitted Pipeline of it and a linear model or an encoder."
    return "Pass a fitted Pipeline of an encoder and the model."


def _check_dtype(dtype: DTypeLike) -> type:
    try:
        found = np.dtype(dtype).type
    except TypeError:
        found = None
    if found not in (np.float64, np.float32):
        raise ValueError(f"dtype must be numpy.float64 or numpy.float32, got {dtype!r}.")
    return found


def _export_encoder(
    names: list[str], part: Encoded, requested: Mapping[Any, str], missing: str | None
) -> "onnx.ModelProto":
    graph = ModelGraph()
    types = types_of(names, [part], types_by_position(requested, names), missing)
    columns = encoder_inputs(graph, part.sources, _declare_inputs(graph, names, types))
    encoded = encoder_nodes(graph, part.encoder, columns, missing, indicator=False)
    last_axis = graph.constant(np.array([2]))
    matrices = [graph.node("Unsqueeze", matrix, last_axis) for matrix in encoded.indices]
    indices = matrices[0] if len(matrices) == 1 else graph.node("Concat", *matrices, axis=2)
    if encoded.order != sorted(encoded.order):
        order = graph.constant(np.argsort(encoded.order))
        indices = graph.node("Gather", indices, order, axis=1)
    shape = [None, len(columns), len(matrices)]
    graph.output("indices", graph.cast(indices, np.int32), np.int32, shape)
    return _build(graph, metadata(names, [part], types, missing), missing)


def _export_linear(
    pipeline: LinearPipeline, requested: Mapping[Any, str], missing: str | None, dtype: type
) -> "onnx.ModelProto":
    graph, names, parts = ModelGraph(), pipeline.names, pipeline.parts
    types = types_of(names, parts, types_by_position(requested, names), missing)
    inputs = _declare_inputs(graph, names, types)
    sums = sums_of_weights(graph, pipeline, inputs, missing, dtype)
    n_outputs, classes = len(pipeline.intercept), pipeline.classes
    if classes is None:
        name, shape = "variable", [None, n_outputs]
        values = graph.node("Exp", sums) if pipeline.output == "exp" else sums
    else:
        graph.output("label", class_label(graph, sums, classes), classes.dtype, [None])
        if pipeline.output == "scores":
            name, shape = "scores", [None] if n_outputs == 1 else [None, n_outputs]
            values = scores(graph, sums, n_outputs)
        else:
            name, shape = "probabilities", [None, len(classes)]
            values = probabilities(graph, sums, n_outputs, pipeline.output)
    values = values if dtype is np.float64 else graph.cast(values, dtype)
    graph.output(name, values, dtype, shape)
    return _build(graph, metadata(names, parts, types, missing), missing)


def _declare_inputs(
    graph: ModelGraph, names: list[str], types: Mapping[int, str]
) -> dict[int, InputColumn]:
    return {
        column: InputColumn(graph.input(names[column], kind), kind)
        for column, kind in sorted(types.items())
    }


def _build(graph: ModelGraph, properties: dict[str, str], missing: str | None) -> "onnx.ModelProto":
    description = _DESCRIPTION.format(missing="none" if missing is None else repr(missing))
    return graph.model(description, __version__, properties)
