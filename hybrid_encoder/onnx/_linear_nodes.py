"""A linear model as nodes of a graph: weights are looked up and added, no row is ever wide."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._encoder import HybridHashEncoder
from ._cells import cells_of, finite
from ._encoder_nodes import Cells, place
from ._graph import Graph
from ._models import Form
from ._parts import Encoded, Linear


def add_up(
    graph: Graph, linear: Linear, inputs: Mapping[int, Cells], missing: str | None, dtype: type
) -> str:
    """Sums of weights, of shape (n, n_outputs), in double.

    Parameters
    ----------
    graph : Graph
        What the nodes are added to.
    linear : Linear
        The model.
    inputs : mapping of int to Cells
        The columns of the input that its parts take, by position.
    missing : str or None
        The text that stands for a missing one.
    dtype : type
        In which the weights are stored.
    """
    total = graph.constant(linear.intercept[np.newaxis])
    for part in linear.parts:
        if isinstance(part, Encoded):
            found = _of_encoded(graph, part, cells_of(graph, part.sources, inputs), missing, dtype)
        else:
            numbers = finite(graph, [inputs[number] for number in part.columns], part.changes)
            found = graph.node("MatMul", numbers, graph.constant(part.weights))
        total = graph.node("Add", total, found)
    return total


def _of_encoded(
    graph: Graph, part: Encoded, cells: Sequence[Cells], missing: str | None, dtype: type
) -> str:
    places = graph.beside(place(graph, part.encoder, cells, missing).places)
    # The last row is that of -1, which counts from the end: nothing.
    table = np.vstack([_scaled(part.encoder, part.weights), np.zeros(part.weights.shape[1])])
    alone = table.shape[1] == 1  # then rows of numbers are quicker than those of vectors
    stored: NDArray[Any] = (table[:, 0] if alone else table).astype(dtype)
    weights = graph.node("Gather", graph.constant(stored), places, axis=0)
    if dtype is not np.float64:
        weights = graph.cast(weights, np.float64)
    return graph.node("ReduceSum", weights, graph.constant(np.array([1])), keepdims=int(alone))


def _scaled(encoder: HybridHashEncoder, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weights times what the output columns hold where they are lit."""
    layout = encoder._layout
    scaled = weights.copy()
    first_buckets = layout.starts[:-1] + layout.n_slots
    for begin, end in zip(first_buckets, first_buckets + layout.n_buckets, strict=True):
        scaled[begin:end] *= encoder._stored_tail_weight()
    return scaled


def label(graph: Graph, sums: str, classes: NDArray[Any]) -> str:
    """The class that a classifier chooses."""
    if len(classes) == 2:
        above = graph.node("Greater", _flat(graph, sums), graph.number(0, np.float64))
        chosen = graph.cast(above, np.int64)
    else:
        chosen = graph.node("ArgMax", sums, axis=1, keepdims=0)
    return graph.node("Gather", graph.constant(classes), chosen)


def scores(graph: Graph, sums: str, n_outputs: int) -> str:
    """What `decision_function` gives: one number per row where there are two classes."""
    return _flat(graph, sums) if n_outputs == 1 else sums


def probabilities(graph: Graph, sums: str, n_outputs: int, form: Form) -> str:
    """What `predict_proba` gives."""
    if form == "softmax":
        return graph.node("Softmax", sums, axis=1)
    one = graph.number(1, np.float64)
    if form == "huber":
        clipped = graph.node("Clip", sums, graph.number(-1, np.float64), one)
        each = graph.node("Mul", graph.node("Add", clipped, one), graph.number(0.5, np.float64))
    else:
        each = graph.node("Sigmoid", sums)
    if n_outputs == 1:
        return graph.beside([graph.node("Sub", one, each), each])
    total = graph.node("ReduceSum", each, graph.constant(np.array([1])), keepdims=1)
    # Where no class has any, all are alike.
    none = graph.node("Equal", total, graph.number(0, np.float64))
    each = graph.node("Where", none, one, each)
    total = graph.node("Where", none, graph.number(n_outputs, np.float64), total)
    return graph.node("Div", each, total)


def _flat(graph: Graph, column: str) -> str:
    """A matrix of one column as a vector."""
    return graph.node("Squeeze", column, graph.constant(np.array([1])))
