"""From cells to numbers of output columns, as nodes of a graph: what ``_placement`` does with arrays.

The columns go side by side, as one matrix with a column each, so that a graph has as few nodes as can
be. Only looking up needs one node per column.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._encoder import HybridHashEncoder
from .._transform import hashing as _hashing
from ._graph import Graph
from ._lookup_keys import MISSING, TAIL, head_of


@dataclass(frozen=True, slots=True)
class Cells:
    """A column of the input as the graph has it.

    Attributes
    ----------
    value : str
        A tensor of shape (n, 1).
    kind : {"string", "int64", "double", "float"}
        Of its elements.
    """

    value: str
    kind: str


@dataclass(frozen=True, slots=True)
class Lit:
    """The output columns that cells light: tensors of int64 of shape (n, n_columns).

    Attributes
    ----------
    places : list of str
        Per hash function, in hash order, the output column: a slot comes first, and -1 after it; -1
        stands for nothing. Last, where the encoder has indicators, the indicator or -1.
    head : str
        Which cells are in the head, a tensor of bool.
    columns : list of int
        The input columns in the order in which they stand here.
    """

    places: list[str]
    head: str
    columns: list[int]


@dataclass(frozen=True, slots=True)
class _Codes:
    """What is known of some columns before their layout: codes, and hashes with every seed."""

    columns: list[int]
    codes: str
    hashes: list[str]


def place(graph: Graph, encoder: HybridHashEncoder, cells: Sequence[Cells], missing: str | None) -> Lit:
    """Find the output columns of every cell.

    Parameters
    ----------
    graph : Graph
        What the nodes are added to.
    encoder : HybridHashEncoder
        Fitted, without columns of lists.
    cells : sequence of Cells
        One per column, in the encoder's order, of the kind that it held at fit.
    missing : str or None
        The text that stands for a missing one.
    """
    builder = _Builder(graph, encoder, cells, missing)
    groups: list[tuple[set[str], Callable[[list[int]], _Codes]]] = [
        ({"string"}, builder.texts),
        ({"int64"}, builder.integers),
        ({"double", "float"}, builder.floats),
    ]
    found = []
    for kinds, codes_of in groups:
        columns = [number for number, cell in enumerate(cells) if cell.kind in kinds]
        if columns:
            found.append(codes_of(columns))
    return builder.lit(found)


class _Builder:
    """Adds the nodes for one encoder."""

    def __init__(
        self, graph: Graph, encoder: HybridHashEncoder, cells: Sequence[Cells], missing: str | None
    ) -> None:
        self._graph, self._cells, self._missing = graph, cells, missing
        self._layout = encoder._layout
        self._seeds = encoder._settled[0].seeds
        self._labels = encoder._labels()
        handling = encoder._settings["handle_missing"]
        self._ignores, self._refuses = handling == "ignore", handling == "error"
        self._heads = [head_of(encoder, number) for number in range(len(cells))]

    def texts(self, columns: list[int]) -> _Codes:
        """Codes and hashes of columns of text."""
        codes = []
        for number in columns:
            head, cell = self._heads[number], self._cells[number].value
            texts, slots = list(head.keys), list(head.slots)
            if self._missing is not None:
                texts.append(self._missing)
                slots.append(head.missing_code)
            code = self._look_up(cell, texts, slots, stand_in="")
            if self._refuses and self._missing is not None:
                absent = self._graph.node("Equal", code, self._graph.number(MISSING))
                code = self._refuse(code, absent, number, "missing")
            codes.append(code)
        matrix = self._graph.beside([self._cells[number].value for number in columns])
        return _Codes(columns, self._graph.beside(codes), self._hashes(matrix))

    def integers(self, columns: list[int]) -> _Codes:
        """Codes and hashes of columns of whole numbers, none of them missing."""
        cells = [self._cells[number].value for number in columns]
        return _Codes(
            columns,
            self._graph.beside(
                [
                    self._look_up(cell, *self._heads[number].whole())
                    for number, cell in zip(columns, cells, strict=True)
                ]
            ),
            self._hashes(self._graph.beside(cells)),
        )

    def floats(self, columns: list[int]) -> _Codes:
        """Codes and hashes of columns of floats, in which NaN is missing.

        What is whole has the key of an integer, the rest its own eight bytes.
        """
        graph, n = self._graph, len(columns)
        numbers = graph.beside([self._double(self._cells[number]) for number in columns])
        absent = graph.node("IsNaN", numbers)
        whole = self._is_whole(numbers)
        integers = self._as_integers(numbers, whole)
        codes = []
        for position, number in enumerate(columns):
            head = self._heads[number]
            code = self._look_up(graph.column(integers, position, n), *head.whole())
            # Where nothing with a fraction has a slot, all of it is tail.
            other = graph.number(TAIL)
            broken, slots = head.broken()
            if broken and graph.ml_opset >= 4:  # before, doubles could not be looked up
                other = self._look_up(graph.column(numbers, position, n), broken, slots)
            code = graph.node("Where", graph.column(whole, position, n), code, other)
            nan = graph.column(absent, position, n)
            code = graph.node("Where", nan, graph.number(head.missing_code), code)
            if self._refuses:
                code = self._refuse(code, nan, number, "missing (NaN)")
                infinite = graph.node("IsInf", graph.column(numbers, position, n))
                code = self._refuse(code, infinite, number, "infinite")
            codes.append(code)
        hashes = [
            self._either(whole, *pair)
            for pair in zip(self._hashes(integers), self._hashes(numbers), strict=True)
        ]
        return _Codes(columns, graph.beside(codes), hashes)

    def lit(self, groups: Sequence[_Codes]) -> Lit:
        """The output columns, from the codes and hashes of all columns."""
        graph = self._graph
        columns = [number for group in groups for number in group.columns]
        codes = graph.beside([group.codes for group in groups])
        hashes = [graph.beside(list(parts)) for parts in zip(*(g.hashes for g in groups), strict=True)]
        head = graph.node("GreaterOrEqual", codes, graph.number(0))
        starts = self._layout.starts[:-1][columns]
        slots = [graph.node("Add", codes, self._row(starts))]
        slots += [graph.number(-1)] * len(self._seeds)
        tails = self._buckets(hashes, columns)
        of_missing = [*self._buckets_of_missing(columns).T]
        if self._layout.indicator:
            indicators = starts + self._layout.widths[columns] - 1
            tails.append(self._row(indicators))
            of_missing.append(np.full(len(columns), -1) if self._ignores else indicators)
        if any(self._heads[number].missing_code == MISSING for number in columns):
            absent = graph.node("Equal", codes, graph.number(MISSING))
            tails = [
                graph.node("Where", absent, self._row(of_none), tail)
                for of_none, tail in zip(of_missing, tails, strict=True)
            ]
        places = [
            graph.node("Where", head, slot, tail) for slot, tail in zip(slots, tails, strict=False)
        ]
        return Lit(places, head, columns)

    def _buckets(self, hashes: Sequence[str], columns: list[int]) -> list[str]:
        """Output columns of the buckets, for every hash function: ``_hashing.bucket_pairs``."""
        graph = self._graph
        n_buckets = self._layout.n_buckets[columns]
        first_bucket = (self._layout.starts[:-1] + self._layout.n_slots)[columns]
        first = self._modulo(hashes[0], n_buckets)
        found = [self._where(n_buckets > 0, graph.node("Add", first, self._row(first_bucket)))]
        for others in hashes[1:]:
            step = graph.node("Add", self._modulo(others, n_buckets - 1), graph.number(1))
            # Below 2**32, as there are fewer than 2**31 buckets.
            sums = graph.cast(graph.node("Add", first, step), np.uint32)
            second = self._modulo(sums, n_buckets)
            found.append(self._where(n_buckets > 1, graph.node("Add", second, self._row(first_bucket))))
        return found

    def _buckets_of_missing(self, columns: list[int]) -> NDArray[np.int64]:
        """Output columns of a missing value that has no slot, per column and hash function."""
        found = np.full((len(columns), len(self._seeds)), -1)
        if not self._ignores:
            for row, number in zip(found, columns, strict=True):
                n_buckets = int(self._layout.n_buckets[number])
                if n_buckets:
                    own = _hashing.buckets_of(_hashing.MISSING_KEY, n_buckets, self._seeds)
                    row[: len(own)] = own
                    row[: len(own)] += self._layout.starts[number] + self._layout.n_slots[number]
        return found

    def _hashes(self, values: str) -> list[str]:
        return [self._graph.node("MurmurHash3", values, seed=seed, positive=1) for seed in self._seeds]

    def _either(self, chosen: str, hashes: str, others: str) -> str:
        # By way of int64: in ONNX Runtime 1.20 Where knows no uint32.
        wide = (self._graph.cast(each, np.int64) for each in (hashes, others))
        return self._graph.cast(self._graph.node("Where", chosen, *wide), np.uint32)

    def _modulo(self, hashes: str, divisors: NDArray[np.int64]) -> str:
        """The remainder, as int64; 0 where nothing is to be divided by."""
        row = self._row(np.maximum(divisors, 1).astype(np.uint32))
        return self._graph.cast(self._graph.node("Mod", hashes, row), np.int64)

    def _where(self, chosen: NDArray[np.bool_], places: str) -> str:
        """The places in some columns, and -1 in the others."""
        if chosen.all():
            return places
        return self._graph.node("Where", self._row(chosen), places, self._graph.number(-1))

    def _look_up(
        self, cell: str, keys: Sequence[Any], codes: Sequence[int], stand_in: str | int = 0
    ) -> str:
        # A table may not be empty: a key that is in the tail like any other changes nothing.
        return self._graph.look_up(cell, keys or [stand_in], codes or [TAIL], TAIL)

    def _refuse(self, code: str, wrong: str, number: int, what: str) -> str:
        words = f"Column {self._labels[number]!r}: a value is {what}, and handle_missing='error'"
        return self._graph.refuse(code, wrong, words)

    def _double(self, cell: Cells) -> str:
        return cell.value if cell.kind == "double" else self._graph.cast(cell.value, np.float64)

    def _is_whole(self, numbers: str) -> str:
        """Which doubles are whole and have the key of an integer."""
        graph = self._graph
        whole = graph.node("Equal", graph.node("Floor", numbers), numbers)
        least = graph.node("GreaterOrEqual", numbers, graph.number(-(2.0**63), np.float64))
        beyond = graph.node("Less", numbers, graph.number(2.0**64, np.float64))
        return graph.node("And", whole, graph.node("And", least, beyond))

    def _as_integers(self, numbers: str, whole: str) -> str:
        """Whole doubles as int64 of the same eight bytes; 0 in place of the others."""
        graph = self._graph
        numbers = graph.node("Where", whole, numbers, graph.number(0, np.float64))
        unsigned = graph.node("GreaterOrEqual", numbers, graph.number(2.0**63, np.float64))
        wrapped = graph.node("Sub", numbers, graph.number(2.0**64, np.float64))
        return graph.cast(graph.node("Where", unsigned, wrapped, numbers), np.int64)

    def _row(self, values: NDArray[Any]) -> str:
        """A constant with one value per column."""
        return self._graph.constant(values[np.newaxis])
