"""Columns of the input as a model takes them, as nodes of a graph: what ``_changes`` has read."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._changes import Affine, Binned, Change, Clipped, Filled, Flagged
from ._graph import Graph
from ._linear import Source
from ._places import Cells


def cells_of(graph: Graph, sources: Sequence[Source], inputs: Mapping[int, Cells]) -> list[Cells]:
    """The columns of an encoder.

    Parameters
    ----------
    graph : Graph
        What the nodes are added to.
    sources : sequence of Source
        Where each of them comes from.
    inputs : mapping of int to Cells
        Columns of the input by their position.
    """
    return [
        Cells(changed(graph, [inputs[source.column]], source.changes), "double")
        if source.changes
        else inputs[source.column]
        for source in sources
    ]


def changed(graph: Graph, cells: Sequence[Cells], changes: Sequence[Change]) -> str:
    """Columns of numbers as one matrix of doubles, after what is done to them."""
    numbers = graph.beside(
        [cell.value if cell.kind == "double" else graph.cast(cell.value, np.float64) for cell in cells]
    )
    for change in changes:
        numbers = _changed(graph, numbers, change)
    return numbers


def _changed(graph: Graph, numbers: str, change: Change) -> str:
    match change:
        case Affine():
            return _scaled(graph, numbers, change)
        case Clipped(least, most):
            bounds = [graph.number(bound, np.float64) for bound in (least, most)]
            return graph.node("Clip", numbers, *bounds)
        case Filled(fill):
            return graph.node("Where", graph.node("IsNaN", numbers), _row(graph, fill), numbers)
        case Flagged():
            return graph.cast(graph.node("IsNaN", numbers), np.float64)
        case Binned(edges):
            columns = [
                _bin(graph, graph.column(numbers, number, len(edges)), own)
                for number, own in enumerate(edges)
            ]
            return graph.beside(columns)


def _scaled(graph: Graph, numbers: str, change: Affine) -> str:
    steps = (
        ("Sub", change.shift, 0),
        ("Div", change.divisor, 1),
        ("Mul", change.factor, 1),
        ("Add", change.offset, 0),
    )
    for op_type, by, idle in steps:
        if (by != idle).any():
            numbers = graph.node(op_type, numbers, _row(graph, by))
    return numbers


def _bin(graph: Graph, column: str, edges: NDArray[Any]) -> str:
    reached = graph.cast(graph.node("GreaterOrEqual", column, _row(graph, edges)), np.float64)
    count = graph.node("ReduceSum", reached, graph.constant(np.array([1])), keepdims=1)
    return graph.node("Where", graph.node("IsNaN", column), column, count)


def _row(graph: Graph, values: NDArray[Any]) -> str:
    return graph.constant(values[np.newaxis].astype(np.float64))
