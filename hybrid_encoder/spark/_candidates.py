"""The candidates for the slots of every column, found by tasks on executors.

A group is a value, with a class perhaps, and what its rows weigh. What a task finds comes back as one
row of bytes, and so does the error that it met.
"""

import functools
import pickle
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyspark import cloudpickle
from pyspark.sql import DataFrame
from pyspark.sql import types as T

from .._fit.counts import ROUNDING, Classes, Counts, count
from .._fit.importance import UNSUPERVISED
from .._fit.merging import join
from .._fit.plan import Plan
from .._fit.selection import Candidates, candidates
from .._input.reading import read_column
from ._frame import Rows, is_float

# A row per column: its number, and what a task has found of it.
_FOUND = T.StructType([T.StructField("number", T.IntegerType()), T.StructField("found", T.BinaryType())])

# Groups of which a task looks at a time, where it may.
SOME_GROUPS = 1 << 20


def find(
    rows: Rows,
    plan: Plan,
    labels: NDArray[Any] | None,
    weights: NDArray[np.float64],
    multi_hot: list[bool],
    no_missing: bool,
) -> list[Candidates]:
    """The candidates of every column: all of them are one job."""
    one_by_one = isinstance(plan.importance, str) and plan.importance in UNSUPERVISED
    finders = [
        Finder(
            plan,
            number,
            labels,
            weights,
            is_list,
            no_missing,
            # Two floats from 2**63 on may share a key, and so be one value.
            one_by_one and plan.limit(number) is not None and not is_float(rows.data_type(column)),
        )
        for number, (column, is_list) in enumerate(zip(rows.columns, multi_hot, strict=True))
    ]
    tasks = [
        _asked(rows.groups(column, labels is not None), finder)
        for finder, column in zip(finders, rows.columns, strict=True)
    ]
    answers: dict[int, bytes] = dict(iter(functools.reduce(DataFrame.union, tasks).collect()))
    return [answer(answers.get(finder.number), finder) for finder in finders]


def _asked(groups: DataFrame, finder: "Finder") -> DataFrame:
    """One row with what is found of a column."""
    if finder.one_by_one:
        # Each task keeps its own best alone, and one puts these together.
        return groups.mapInArrow(finder.part, _FOUND).repartition(1).mapInArrow(finder.whole, _FOUND)
    return groups.coalesce(1).mapInArrow(finder.all, _FOUND)


def answer(pickled: bytes | None, finder: "Finder") -> Candidates:
    """What a task has found; if Spark asked none, as it saw no groups, it is found here."""
    return finder.candidates([]) if pickled is None else unpickled_or_raised(pickled)


def unpickled_or_raised(pickled: bytes) -> Any:
    found = pickle.loads(pickled)
    if isinstance(found, Exception):
        raise found
    return found


# Counts of some values of a column, beside the weight of all rows; and the weight of those counted.
_Part = tuple[Counts, NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class Finder:
    """Finds the candidates of one column, on executors.

    Attributes
    ----------
    plan : Plan
        What the parameters ask for.
    number : int
        Which column it is.
    labels : ndarray of shape (n_classes,), or None
        What the classes are called, if they are told apart.
    totals : ndarray of float64 of shape (n_classes,) or (1,)
        The weight of all rows.
    multi_hot : bool
        Whether the cells are lists.
    no_missing : bool
        Whether missing values are refused.
    one_by_one : bool
        Whether a value ranks as it does whatever the others are. Then every task keeps the best of
        its own values alone, and the column may have any number.
    """

    plan: Plan
    number: int
    labels: NDArray[Any] | None
    totals: NDArray[np.float64]
    multi_hot: bool
    no_missing: bool
    one_by_one: bool

    def all(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """The candidates, from all groups of the column."""
        return self._row(lambda: self.candidates(self._parts(batches, None)))

    def part(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """What may be among the candidates of some of the groups, the others summed up."""
        return self._row(lambda: self._best(self._parts(batches, SOME_GROUPS)))

    def whole(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """The candidates, from what `part` has found."""
        return self._row(lambda: self.candidates(_unpacked(batches)))

    def _row(self, find: Callable[[], Any]) -> Iterator[pa.RecordBatch]:
        """One row with what is found, or with the error that is to be raised on the driver."""
        found: Any
        try:
            found = find()
        except Exception as error:  # whatever a function of one's own raises
            error.add_note(f"On an executor:\n{traceback.format_exc()}")
            found = error
        yield pa.RecordBatch.from_pydict(
            {"number": pa.array([self.number], pa.int32()), "found": [cloudpickle.dumps(found)]}
        )

    def _parts(self, batches: Iterable[pa.RecordBatch], most: int | None) -> Iterator[_Part]:
        """The counts of groups, so many of these at a time."""
        for groups in _some_at_a_time(batches, most):
            counts = self.count(groups)
            yield replace(counts, class_totals=self.totals), counts.class_totals

    def _best(self, parts: Iterable[_Part]) -> _Part:
        """What may be among the candidates of several parts."""
        best, seen = self.nothing(), np.zeros(len(self.totals))
        for counts, weight in parts:
            best, seen = join(best, counts), seen + weight
            if self.one_by_one:
                best = candidates(best, self.plan, self.number).counts
        return best, seen

    def candidates(self, parts: Iterable[_Part]) -> Candidates:
        """The candidates among all parts, if their rows are those that were counted before."""
        counts, weight = self._best(parts)
        changed = np.abs(weight - self.totals) > ROUNDING * self.totals.sum()
        if changed.any() and not self.multi_hot:
            raise self.other_rows()
        return candidates(counts, self.plan, self.number)

    def nothing(self) -> Counts:
        """The counts of no values."""
        none = np.zeros(len(self.totals))
        return Counts(None, np.zeros(0), none[None, :][:0], none, self.totals, self.multi_hot)

    def count(self, groups: pa.Table) -> Counts:
        """The counts of some groups of equal rows."""
        values, label = groups["value"], self.plan.labels[self.number]
        if pa.types.is_string(values.type):
            values = values.cast(pa.large_string())  # whose offsets do for any number of bytes
        column = read_column(values, label)
        if self.no_missing:
            missing = column.missing_elements().any()
            if missing or column.infinite_elements().any():
                what = "missing (NaN or null)" if missing else "infinite (inf)"
                raise ValueError(
                    f"Column {label!r} has values that are {what}, and handle_missing='error'. Replace "
                    "them, or set handle_missing to 'value' or 'ignore'."
                )
        return count(column, groups["weight"].to_numpy(), self.classes(groups))

    def classes(self, groups: pa.Table) -> Classes | None:
        """The class of every group."""
        if self.labels is None:
            return None
        known = pa.array(self.labels).cast(groups["target"].type)
        codes = pc.index_in(groups["target"], value_set=known).fill_null(-1).to_numpy()
        if (codes < 0).any():
            raise self.other_rows()
        return Classes(codes.astype(np.intp), self.labels)

    def other_rows(self) -> ValueError:
        """The error for rows that change from job to job."""
        return ValueError(
            f"Column {self.plan.labels[self.number]!r}: df had other rows when they were counted "
            "before. It is read once per column, and must be the same each time: seed what is random in "
            "it, or write it to a table first."
        )


def _unpacked(batches: Iterable[pa.RecordBatch]) -> Iterator[_Part]:
    """What `Finder.part` has found; its errors are raised."""
    for batch in batches:
        yield from map(unpickled_or_raised, batch["found"].to_pylist())


def _some_at_a_time(batches: Iterable[pa.RecordBatch], most: int | None) -> Iterator[pa.Table]:
    """Groups in tables of about so many, or all in one."""
    some: list[pa.RecordBatch] = []
    for batch in batches:
        some.append(batch)
        if most is not None and sum(map(len, some)) >= most:
            yield pa.Table.from_batches(some)
            some = []
    if some:
        yield pa.Table.from_batches(some)
