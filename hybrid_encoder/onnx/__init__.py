"""Encoders, and linear models behind them, as ONNX models that need no Python to serve.

Everything is made of standard operators and ONNX Runtime's own ``com.microsoft.MurmurHash3``, which
gives the bits that this package's hash functions give. The guide is docs/guide/onnx.md.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray
from sklearn.pipeline import Pipeline

from .. import __version__
from .._encoder import HybridHashEncoder
from ._cells import cells_of
from ._encoder_nodes import Cells, place
from ._feed import columns_of, filled, metadata, signature
from ._graph import ModelGraph, onnx
from ._input_types import MISSING, check_given, check_mapping, check_missing
from ._input_uses import kinds_of
from ._linear_nodes import add_up, label, probabilities, scores
from ._parts import Encoded, Linear
from ._pipeline import flat, read, read_encoder
from ._skl2onnx import register_converter

__all__ = ["feed", "register_converter", "to_onnx"]

_DESCRIPTION = "Text inputs that are missing: {missing}. Missing numbers: NaN."


def to_onnx(
    model: Any,
    *,
    inputs: Mapping[Any, str] | None = None,
    missing: str | None = MISSING,
    dtype: DTypeLike = np.float64,
) -> "onnx.ModelProto":
    """Export an encoder, or a pipeline of encoders and a linear model, to ONNX.

    An encoder's model gives what `HybridHashEncoder.encode_indices` gives, for an embedding layer
    behind it. A pipeline is exported as a whole: values are looked up or hashed, the weights that
    they light are gathered and added up, and no row is ever as wide as the encoder's output. So it
    serves models of millions of columns.

    Parameters
    ----------
    model : HybridHashEncoder or Pipeline
        Fitted. A pipeline ends with a linear model of scikit-learn, or with the encoder itself. Before
        the model stands the encoder, or a :class:`sklearn.compose.ColumnTransformer` with one or
        several, and with numbers that pass through or are scaled or imputed (see Notes).
    inputs : mapping of str or int to {"string", "int64", "double", "float"}, default=None
        Types of some columns, by name or position. By default text is "string"; numbers an encoder
        takes are "int64" if all that it knows of them is whole and `fit` saw none missing; all
        other numbers are "double", in which integers up to 2**53 are exact. "float" is for columns
        that were float32 at `fit`, and that no step scales or fills before an encoder or bins.
    missing : str or None, default="<missing>"
        The text that stands for a missing one, as tensors of strings have no null. With None every
        text is a value.
    dtype : {numpy.float64, numpy.float32}, default=numpy.float64
        Number type of the weights and of the output. With float32 the file is smaller, and scores
        differ from Python's in the seventh digit.

    Returns
    -------
    onnx_model : onnx.ModelProto
        Its inputs are one tensor of shape (n, 1) per column that is needed, by the names of the
        columns, or x0, x1, ... where these have none. Its outputs:

        - of an encoder: ``indices``, int32 of shape (n, n_columns, n_hashes);
        - of a classifier: ``label`` of shape (n,), and ``probabilities`` of shape (n, n_classes), or,
          where it has no ``predict_proba``, ``scores`` as ``decision_function`` gives them;
        - of a regressor: ``variable`` of shape (n, n_targets).

    Raises
    ------
    TypeError
        If a step, the model, or what was passed is of a kind that cannot be exported. So is what is
        made of HybridHashEncoder or ColumnTransformer by inheritance.
    ValueError
        If a column holds lists or no known type, if its head holds the text `missing`, or a number that
        its type cannot hold; if `inputs` names a column or type that there is not; if steps were fitted
        on float32 where the last bit counts; if class labels are of a type that ONNX has not; if two
        columns, or a column and an output, have the same name; or if the model is larger than the two
        gigabytes of an ONNX file.
    NotFittedError
        If something is not fitted.

    See Also
    --------
    feed : The columns of a table as ONNX Runtime takes them.
    register_converter : Teaches skl2onnx the encoder, for pipelines that to_onnx does not know.

    Notes
    -----
    Known models: LogisticRegression, RidgeClassifier, SGDClassifier, Perceptron,
    PassiveAggressiveClassifier, LinearSVC; LinearRegression, Ridge, Lasso, ElasticNet, SGDRegressor,
    PassiveAggressiveRegressor, HuberRegressor, LinearSVR, PoissonRegressor, GammaRegressor; and those of
    these with cross-validation built in. Known beside encoders: "passthrough", "drop", StandardScaler,
    MinMaxScaler, MaxAbsScaler, RobustScaler, SimpleImputer, and pipelines of these. Before an encoder
    numbers may go through these too, or through KBinsDiscretizer or MissingIndicator; between encoder
    and model may stand scalers and feature selection.

    Missing values are the text `missing`, and NaN in columns of "double" or "float"; a column of "int64"
    has none. ``handle_missing="ignore"`` gives -1, or adds nothing. With ``handle_missing="error"`` such
    a value, or an infinite number, makes the run fail: the message of ONNX Runtime names the column. So
    do numbers beside the encoder that are infinite, or missing with nothing to fill them.

    The model uses version 18 of ONNX's operators, 4 of those for machine learning, and IR version 9;
    ONNX Runtime 1.20 reads it.

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
    given = check_mapping(inputs)
    stored = _stored(dtype)
    if not isinstance(model, HybridHashEncoder | Pipeline):
        raise TypeError(
            "model must be a HybridHashEncoder, or a Pipeline of encoders and a linear model; it is a "
            f"{type(model).__name__}. {_instead_of(model)}"
        )
    steps = flat(model)
    if steps and isinstance(steps[-1][1], HybridHashEncoder):
        return _of_encoder(*read_encoder(steps), given, missing)
    return _of_linear(read(steps), given, missing, stored)


def _instead_of(model: Any) -> str:
    """What to pass in place of a model that is none."""
    if hasattr(model, "best_estimator_"):
        return "Pass the fitted one in it: model.best_estimator_."
    if hasattr(model, "calibrated_classifiers_"):
        return (
            "Its calibration cannot be exported. Without it, pass a pipeline in it: "
            "model.calibrated_classifiers_[0].estimator."
        )
    if hasattr(model, "transform"):
        return "Put it before a linear model, or an encoder, in a fitted Pipeline."
    return "Put it behind the encoder, in a fitted Pipeline."


def _stored(dtype: DTypeLike) -> type:
    try:
        found = np.dtype(dtype).type
    except TypeError:
        found = None
    if found not in (np.float64, np.float32):
        raise ValueError(f"dtype must be numpy.float64 or numpy.float32; it is {dtype!r}.")
    return found


def _of_encoder(
    names: list[str], part: Encoded, inputs: Mapping[Any, str], missing: str | None
) -> "onnx.ModelProto":
    graph, encoder = ModelGraph(), part.encoder
    kinds = kinds_of(names, [part], check_given(inputs, names), missing)
    cells = cells_of(graph, part.sources, _declared(graph, names, kinds))
    lit = place(graph, encoder, cells, missing)
    n_hashes = encoder._settings["n_hashes"]
    last = graph.constant(np.array([2]))
    planes = [graph.node("Unsqueeze", plane, last) for plane in lit.places[:n_hashes]]
    indices = planes[0] if n_hashes == 1 else graph.node("Concat", *planes, axis=2)
    if lit.columns != sorted(lit.columns):
        order = graph.constant(np.argsort(lit.columns))
        indices = graph.node("Gather", indices, order, axis=1)
    graph.output("indices", graph.cast(indices, np.int32), np.int32, [None, len(cells), n_hashes])
    return _finished(graph, metadata(names, [part], kinds, missing), missing)


def _of_linear(
    linear: Linear, inputs: Mapping[Any, str], missing: str | None, dtype: type
) -> "onnx.ModelProto":
    graph = ModelGraph()
    kinds = kinds_of(linear.names, linear.parts, check_given(inputs, linear.names), missing)
    sums = add_up(graph, linear, _declared(graph, linear.names, kinds), missing, dtype)
    known = metadata(linear.names, linear.parts, kinds, missing)
    n_outputs = len(linear.intercept)
    if linear.classes is None:
        numbers = graph.node("Exp", sums) if linear.form == "exp" else sums
        graph.output("variable", _in(graph, numbers, dtype), dtype, [None, n_outputs])
        return _finished(graph, known, missing)
    classes = linear.classes
    graph.output("label", label(graph, sums, classes), classes.dtype, [None])
    if linear.form == "scores":
        found = _in(graph, scores(graph, sums, n_outputs), dtype)
        graph.output("scores", found, dtype, [None] if n_outputs == 1 else [None, n_outputs])
    else:
        found = _in(graph, probabilities(graph, sums, n_outputs, linear.form), dtype)
        graph.output("probabilities", found, dtype, [None, len(classes)])
    return _finished(graph, known, missing)


def _declared(graph: ModelGraph, names: list[str], kinds: Mapping[int, str]) -> dict[int, Cells]:
    return {
        number: Cells(graph.input(names[number], kinds[number]), kinds[number])
        for number in sorted(kinds)
    }


def _in(graph: ModelGraph, numbers: str, dtype: type) -> str:
    return numbers if dtype is np.float64 else graph.cast(numbers, dtype)


def _finished(graph: ModelGraph, properties: dict[str, str], missing: str | None) -> "onnx.ModelProto":
    described = _DESCRIPTION.format(missing="none" if missing is None else repr(missing))
    return graph.model(described, __version__, properties)


def feed(X: Any, model: Any) -> dict[str, NDArray[Any]]:
    """The columns of a table as ONNX Runtime takes them.

    Parameters
    ----------
    X : dataframe or array-like of shape (n_samples, n_features)
        The columns that the encoder or the pipeline saw, in any container that these take; more than
        the model needs may be there.
    model : onnx.ModelProto, bytes or onnxruntime.InferenceSession
        What `to_onnx` made, a file of it, or a session.

    Returns
    -------
    inputs : dict of str to ndarray of shape (n_samples, 1)
        For ``session.run(None, inputs)``: text as objects, the text that stands for a missing one in
        its place; numbers as the model wants them, NaN where they are missing.

    Raises
    ------
    TypeError
        If a column holds text where the model wants numbers, or the reverse; if it holds float32, and
        is scaled or filled before its last bit counts; or if `model` is none.
    ValueError
        If `to_onnx` did not make the model, if a column is not there, or if a value is missing, has a
        fraction or is too large where the model takes no such.

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
    inputs, missing = signature(model)
    return {
        own.name: filled(column, own, missing)
        for own, column in zip(inputs, columns_of(X, inputs), strict=True)
    }
