"""A linear pipeline as nodes of a graph: gather and add weights, without wide rows."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._encoder import HybridHashEncoder
from ._encoder_nodes import InputColumn, encoder_nodes
from ._graph import Graph
from ._models import Encoded, LinearPipeline, Numbers, Output, Source
from ._steps import Bins, Floats


def encoder_inputs(
    graph: Graph, sources: Sequence[Source], inputs: Mapping[int, InputColumn]
) -> list[InputColumn]:
    """Input columns of an encoder, after the binning steps of the pipeline.

    Parameters
    ----------
    graph : Graph
        The graph that gets the nodes.
    sources : sequence of Source
        One per column of the encoder.
    inputs : mapping of int to InputColumn
        Columns of the input by position.
    """
    return [
        inputs[source.column]
        if source.bins is None
        else InputColumn(_binned(graph, inputs[source.column], source.bins), "double")
        for source in sources
    ]


def sums_of_weights(
    graph: Graph,
    pipeline: LinearPipeline,
    inputs: Mapping[int, InputColumn],
    missing: str | None,
    dtype: type,
) -> str:
    """Sums of shape (n, n_outputs), in double.

    Parameters
    ----------
    graph : Graph
        The graph that gets the nodes.
    pipeline : LinearPipeline
        The parts of the sums.
    inputs : mapping of int to InputColumn
        Columns of the input by position.
    missing : str or None
        Text that stands for missing values.
    dtype : type
        Number type in which the weights of encoders are stored.
    """
    total = graph.constant(pipeline.intercept[np.newaxis])
    for part in pipeline.parts:
        if isinstance(part, Encoded):
            columns = encoder_inputs(graph, part.sources, inputs)
            sums = _sums_of_encoded(graph, part, columns, missing, dtype)
        else:
            sums = _sums_of_numbers(graph, part, [inputs[number] for number in part.columns])
        total = graph.node("Add", total, sums)
    return total


def _sums_of_encoded(
    graph: Graph, part: Encoded, columns: Sequence[InputColumn], missing: str | None, dtype: type
) -> str:
    indices = encoder_nodes(graph, part.encoder, columns, missing, indicator=True).indices
    # Index -1 selects the last row, which is zeros.
    table = np.vstack([_scaled_weights(part.encoder, part.weights), np.zeros(part.weights.shape[1])])
    is_single = table.shape[1] == 1  # gathering from a vector is faster
    stored: NDArray[Any] = (table[:, 0] if is_single else table).astype(dtype)
    weights = graph.node("Gather", graph.constant(stored), graph.concat(indices), axis=0)
    if dtype is not np.float64:
        weights = graph.cast(weights, np.float64)
    return graph.node("ReduceSum", weights, graph.constant(np.array([1])), keepdims=int(is_single))


def _scaled_weights(encoder: HybridHashEncoder, weights: Floats) -> Floats:
    """Multiply the weights of buckets by the tail weight."""
    layout = encoder._fitted.layout
    scaled = weights.copy()
    first_buckets = layout.starts[:-1] + layout.n_slots
    for begin, end in zip(first_buckets, first_buckets + layout.n_buckets, strict=True):
        scaled[begin:end] *= encoder._fitted.settings.stored_tail_weight
    return scaled


def _sums_of_numbers(graph: Graph, part: Numbers, columns: Sequence[InputColumn]) -> str:
    numbers = graph.concat([_as_double(graph, column) for column in columns])
    if part.fill is not None:
        fill = graph.constant(part.fill[np.newaxis])
        numbers = graph.node("Where", graph.node("IsNaN", numbers), fill, numbers)
    wrong = graph.node("IsNaN", graph.node("Sub", numbers, numbers))  # inf - inf is NaN too
    message = f"{_label(columns)}: a value is missing (NaN) or infinite, which the model does not accept"
    numbers = graph.fail_where(numbers, wrong, message, np.float64)
    if part.shift.any():
        numbers = graph.node("Sub", numbers, graph.constant(part.shift[np.newaxis]))
    return graph.node("MatMul", numbers, graph.constant(part.weights))


def _binned(graph: Graph, column: InputColumn, bins: Bins) -> str:
    numbers = _as_double(graph, column)
    message = f"{_label([column])}: a value is infinite, which binning does not accept"
    numbers = graph.fail_where(numbers, graph.node("IsInf", numbers), message, np.float64)
    reached = graph.node("GreaterOrEqual", numbers, graph.constant(bins.edges[np.newaxis]))
    count = graph.node(
        "ReduceSum", graph.cast(reached, np.float64), graph.constant(np.array([1])), keepdims=1
    )
    of_missing = graph.scalar(bins.missing, np.float64)
    return graph.node("Where", graph.node("IsNaN", numbers), of_missing, count)


def _as_double(graph: Graph, column: InputColumn) -> str:
    return column.tensor if column.kind == "double" else graph.cast(column.tensor, np.float64)


def _label(columns: Sequence[InputColumn]) -> str:
    # The tensor of an input column has the name of the column.
    names = ", ".join(repr(column.tensor) for column in columns)
    return f"Column{'s' * (len(columns) > 1)} {names}"


def class_label(graph: Graph, sums: str, classes: NDArray[Any]) -> str:
    """The predicted class, of shape (n,)."""
    if len(classes) == 2:
        above = graph.node("Greater", _as_vector(graph, sums), graph.scalar(0, np.float64))
        position = graph.cast(above, np.int64)
    else:
        position = graph.node("ArgMax", sums, axis=1, keepdims=0)
    return graph.node("Gather", graph.constant(classes), position)


def scores(graph: Graph, sums: str, n_outputs: int) -> str:
    """Result of `decision_function`: of shape (n,) for two classes."""
    return _as_vector(graph, sums) if n_outputs == 1 else sums


def probabilities(graph: Graph, sums: str, n_outputs: int, output: Output) -> str:
    """Result of `predict_proba`, of shape (n, n_classes)."""
    if output == "softmax":
        return graph.node("Softmax", sums, axis=1)
    one = graph.scalar(1, np.float64)
    if output == "huber":
        clipped = graph.node("Clip", sums, graph.scalar(-1, np.float64), one)
        each = graph.node("Mul", graph.node("Add", clipped, one), graph.scalar(0.5, np.float64))
    else:
        each = graph.node("Sigmoid", sums)
    if n_outputs == 1:
        return graph.concat([graph.node("Sub", one, each), each])
    total = graph.node("ReduceSum", each, graph.constant(np.array([1])), keepdims=1)
    # Where all are zero, every class has the same probability.
    all_zero = graph.node("Equal", total, graph.scalar(0, np.float64))
    each = graph.node("Where", all_zero, one, each)
    total = graph.node("Where", all_zero, graph.scalar(n_outputs, np.float64), total)
    return graph.node("Div", each, total)


def _as_vector(graph: Graph, column: str) -> str:
    return graph.node("Squeeze", column, graph.constant(np.array([1])))
