"""Columns of the input as a model takes them, as nodes of a graph: what ``_changes`` has read."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._encoder_nodes import Cells
from ._graph import Graph
from ._parts import Source
from ._steps import Affine, Binned, Change, Clipped, Filled, Flagged


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
    """Columns of numbers as one matrix of doubles, after what is done to them.

    Steps refuse infinite numbers, and so does the graph.
    """
    numbers = graph.beside(
        [cell.value if cell.kind == "double" else graph.cast(cell.value, np.float64) for cell in cells]
    )
    if changes and _may_be_infinite(cells):
        wrong = graph.node("IsInf", numbers)
        numbers = graph.refuse(numbers, wrong, f"{_named(cells)}: a value is infinite", np.float64)
    for change in changes:
        numbers = _changed(graph, numbers, change)
    return numbers


def finite(graph: Graph, cells: Sequence[Cells], changes: Sequence[Change]) -> str:
    """The same for a model, which refuses what is still missing too."""
    numbers = changed(graph, cells, changes)
    if not _may_be_infinite(cells):
        return numbers
    wrong = graph.node("IsNaN", graph.node("Sub", numbers, numbers))  # NaN if infinite, too
    words = f"{_named(cells)}: a value is missing (NaN) or infinite, and the model takes no such"
    return graph.refuse(numbers, wrong, words, np.float64)


def _may_be_infinite(cells: Sequence[Cells]) -> bool:
    return any(cell.kind != "int64" for cell in cells)


def _named(cells: Sequence[Cells]) -> str:
    # To the graph columns of the input have their own names.
    names = ", ".join(repr(cell.value) for cell in cells)
    return f"Column{'s' * (len(cells) > 1)} {names}"


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
