"""An encoder as nodes of a graph: from input columns to indices of output columns.

Columns of one type are concatenated into one matrix, so that the graph has few nodes. Only the lookup
in the vocabulary needs one node per column.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._encoder import HybridHashEncoder
from .._transform import hashing as _hashing
from ._graph import Graph
from ._lookup_keys import MISSING, TAIL, lookup_keys


@dataclass(frozen=True, slots=True)
class InputColumn:
    """A column of the input in the graph.

    Attributes
    ----------
    tensor : str
        Name of a tensor of shape (n, 1).
    kind : {"string", "int64", "double", "float"}
        Type of its elements.
    """

    tensor: str
    kind: str


@dataclass(frozen=True, slots=True)
class OutputIndices:
    """Indices of output columns: int64 tensors of shape (n, n_columns), -1 for none.

    Attributes
    ----------
    indices : list of str
        One tensor per hash function: slots are in the first tensor, buckets in all. If requested, a
        further tensor holds the tail indicators.
    has_slot : str
        Bool tensor: values that have a slot.
    order : list of int
        Input column of each column of these tensors.
    """

    indices: list[str]
    has_slot: str
    order: list[int]


@dataclass(frozen=True, slots=True)
class _Group:
    """Input columns of one type: lookup results, and one tensor of hashes per seed."""

    columns: list[int]
    codes: str
    hashes: list[str]


def encoder_nodes(
    graph: Graph,
    encoder: HybridHashEncoder,
    inputs: Sequence[InputColumn],
    missing: str | None,
    *,
    indicator: bool,
) -> OutputIndices:
    """Add the nodes of an encoder.

    Parameters
    ----------
    graph : Graph
        The graph that gets the nodes.
    encoder : HybridHashEncoder
        Fitted, without list columns.
    inputs : sequence of InputColumn
        One per column of the encoder.
    missing : str or None
        Text that stands for missing values.
    indicator : bool
        Whether to compute the tail indicator, if the encoder has one.
    """
    builder = _Builder(graph, encoder, inputs, missing)
    kinds: list[tuple[set[str], Callable[[list[int]], _Group]]] = [
        ({"string"}, builder.texts),
        ({"int64"}, builder.integers),
        ({"double", "float"}, builder.floats),
    ]
    groups = []
    for included, group_of in kinds:
        columns = [number for number, column in enumerate(inputs) if column.kind in included]
        if columns:
            groups.append(group_of(columns))
    return builder.output_indices(groups, indicator)


class _Builder:
    """Adds the nodes of one encoder."""

    def __init__(
        self,
        graph: Graph,
        encoder: HybridHashEncoder,
        inputs: Sequence[InputColumn],
        missing: str | None,
    ) -> None:
        self._graph, self._inputs, self._missing = graph, inputs, missing
        fitted = encoder._fitted
        self._layout, self._seeds = fitted.layout, fitted.settings.seeds
        self._labels = [column.label for column in fitted.columns]
        self._ignores, self._raises = fitted.settings.ignore_missing, fitted.settings.refuse_missing
        self._keys = [lookup_keys(encoder, number) for number in range(len(inputs))]

    def texts(self, columns: list[int]) -> _Group:
        """Look up and hash text columns."""
        codes = []
        for number in columns:
            keys = self._keys[number]
            texts, slots = list(keys.keys), list(keys.slots)
            if self._missing is not None:
                texts.append(self._missing)
                slots.append(keys.missing_code)
            code = self._look_up(self._inputs[number].tensor, texts, slots, placeholder="")
            if self._raises and self._missing is not None:
                absent = self._graph.node("Equal", code, self._graph.scalar(MISSING))
                code = self._fail_where(code, absent, number, "missing")
            codes.append(code)
        matrix = self._graph.concat([self._inputs[number].tensor for number in columns])
        return _Group(columns, self._graph.concat(codes), self._hashes(matrix))

    def integers(self, columns: list[int]) -> _Group:
        """Look up and hash int64 columns, which have no missing values."""
        tensors = [self._inputs[number].tensor for number in columns]
        codes = [
            self._look_up(tensor, *self._keys[number].integers())
            for number, tensor in zip(columns, tensors, strict=True)
        ]
        return _Group(columns, self._graph.concat(codes), self._hashes(self._graph.concat(tensors)))

    def floats(self, columns: list[int]) -> _Group:
        """Look up and hash double and float columns, where NaN is missing.

        Whole numbers have the keys of integers; the key of any other number is its eight bytes.
        """
        graph, n_columns = self._graph, len(columns)
        numbers = graph.concat([self._as_double(self._inputs[number]) for number in columns])
        absent = graph.node("IsNaN", numbers)
        whole = self._is_whole(numbers)
        integers = self._as_integers(numbers, whole)
        codes = []
        for position, number in enumerate(columns):
            keys = self._keys[number]
            code = self._look_up(graph.column(integers, position, n_columns), *keys.integers())
            fractions, slots = keys.fractions()
            if fractions and graph.ml_opset >= 4:  # older versions cannot look up doubles
                other = self._look_up(graph.column(numbers, position, n_columns), fractions, slots)
            else:
                other = graph.scalar(TAIL)
            code = graph.node("Where", graph.column(whole, position, n_columns), code, other)
            nan = graph.column(absent, position, n_columns)
            code = graph.node("Where", nan, graph.scalar(keys.missing_code), code)
            if self._raises:
                code = self._fail_where(code, nan, number, "missing (NaN)")
                infinite = graph.node("IsInf", graph.column(numbers, position, n_columns))
                code = self._fail_where(code, infinite, number, "infinite")
            codes.append(code)
        hashes = [
            self._where_uint32(whole, *pair)
            for pair in zip(self._hashes(integers), self._hashes(numbers), strict=True)
        ]
        return _Group(columns, graph.concat(codes), hashes)

    def output_indices(self, groups: Sequence[_Group], indicator: bool) -> OutputIndices:
        """Compute indices of output columns from the lookup results and hashes of all columns."""
        graph = self._graph
        columns = [number for group in groups for number in group.columns]
        codes = graph.concat([group.codes for group in groups])
        hashes = [graph.concat(list(same)) for same in zip(*(g.hashes for g in groups), strict=True)]
        has_slot = graph.node("GreaterOrEqual", codes, graph.scalar(0))
        starts = self._layout.starts[:-1][columns]
        tails = self._buckets(hashes, columns)
        of_missing = [*self._buckets_of_missing(columns).T]
        if indicator and self._layout.indicator:
            indicators = starts + self._layout.widths[columns] - 1
            tails.append(self._row(indicators))
            of_missing.append(np.full(len(columns), -1) if self._ignores else indicators)
        if any(self._keys[number].missing_code == MISSING for number in columns):
            absent = graph.node("Equal", codes, graph.scalar(MISSING))
            tails = [
                graph.node("Where", absent, self._row(row), tail)
                for row, tail in zip(of_missing, tails, strict=True)
            ]
        slot = graph.node("Add", codes, self._row(starts))
        indices = [graph.node("Where", has_slot, slot, tails[0])]
        indices += [graph.node("Where", has_slot, graph.scalar(-1), tail) for tail in tails[1:]]
        return OutputIndices(indices, has_slot, columns)

    def _buckets(self, hashes: Sequence[str], columns: list[int]) -> list[str]:
        """Output columns of the buckets, per hash function, computed like ``_hashing.bucket_pairs``."""
        graph = self._graph
        n_buckets = self._layout.n_buckets[columns]
        first_bucket = (self._layout.starts[:-1] + self._layout.n_slots)[columns]
        first = self._modulo(hashes[0], n_buckets)
        found = [self._or_none(n_buckets > 0, graph.node("Add", first, self._row(first_bucket)))]
        for others in hashes[1:]:
            step = graph.node("Add", self._modulo(others, n_buckets - 1), graph.scalar(1))
            # The sum is below 2**32, as there are fewer than 2**31 buckets.
            sums = graph.cast(graph.node("Add", first, step), np.uint32)
            second = self._modulo(sums, n_buckets)
            found.append(
                self._or_none(n_buckets > 1, graph.node("Add", second, self._row(first_bucket)))
            )
        return found

    def _buckets_of_missing(self, columns: list[int]) -> NDArray[np.int64]:
        """Output columns of a missing value that has no slot, per column and hash function."""
        found = np.full((len(columns), len(self._seeds)), -1)
        if not self._ignores:
            for row, number in zip(found, columns, strict=True):
                n_buckets = int(self._layout.n_buckets[number])
                if n_buckets:
                    buckets = _hashing.buckets_of(_hashing.MISSING_KEY, n_buckets, self._seeds)
                    row[: len(buckets)] = buckets
                    row[: len(buckets)] += self._layout.starts[number] + self._layout.n_slots[number]
        return found

    def _hashes(self, values: str) -> list[str]:
        return [self._graph.node("MurmurHash3", values, seed=seed, positive=1) for seed in self._seeds]

    def _where_uint32(self, condition: str, hashes: str, others: str) -> str:
        # Cast to int64 and back, because Where of ONNX Runtime 1.20 does not accept uint32.
        wide = (self._graph.cast(each, np.int64) for each in (hashes, others))
        return self._graph.cast(self._graph.node("Where", condition, *wide), np.uint32)

    def _modulo(self, hashes: str, divisors: NDArray[np.int64]) -> str:
        """Remainders as int64; 0 for divisors below 1."""
        row = self._row(np.maximum(divisors, 1).astype(np.uint32))
        return self._graph.cast(self._graph.node("Mod", hashes, row), np.int64)

    def _or_none(self, condition: NDArray[np.bool_], indices: str) -> str:
        """Replace the indices by -1 in the columns where the condition is false."""
        if condition.all():
            return indices
        return self._graph.node("Where", self._row(condition), indices, self._graph.scalar(-1))

    def _look_up(
        self, tensor: str, keys: Sequence[Any], codes: Sequence[int], placeholder: str | int = 0
    ) -> str:
        # A lookup table must not be empty: the placeholder has the code of a value without a slot.
        return self._graph.look_up(tensor, keys or [placeholder], codes or [TAIL], TAIL)

    def _fail_where(self, code: str, wrong: str, number: int, problem: str) -> str:
        message = f"Column {self._labels[number]!r}: a value is {problem}, and handle_missing='error'"
        return self._graph.fail_where(code, wrong, message)

    def _as_double(self, column: InputColumn) -> str:
        if column.kind == "double":
            return column.tensor
        return self._graph.cast(column.tensor, np.float64)

    def _is_whole(self, numbers: str) -> str:
        """Find the doubles that are whole numbers with the key of an integer."""
        graph = self._graph
        whole = graph.node("Equal", graph.node("Floor", numbers), numbers)
        above = graph.node("GreaterOrEqual", numbers, graph.scalar(-(2.0**63), np.float64))
        below = graph.node("Less", numbers, graph.scalar(2.0**64, np.float64))
        return graph.node("And", whole, graph.node("And", above, below))

    def _as_integers(self, numbers: str, whole: str) -> str:
        """Cast whole doubles to int64 with the same eight bytes; 0 for other numbers."""
        graph = self._graph
        numbers = graph.node("Where", whole, numbers, graph.scalar(0, np.float64))
        unsigned = graph.node("GreaterOrEqual", numbers, graph.scalar(2.0**63, np.float64))
        wrapped = graph.node("Sub", numbers, graph.scalar(2.0**64, np.float64))
        return graph.cast(graph.node("Where", unsigned, wrapped, numbers), np.int64)

    def _row(self, values: NDArray[Any]) -> str:
        """Store one value per column."""
        return self._graph.constant(values[np.newaxis])
