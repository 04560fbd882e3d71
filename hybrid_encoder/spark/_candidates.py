"""Select the candidates of every column (the values that may get a slot), in tasks on executors.

A group is a value, or a value and a class, and the weight of its rows. A task returns one row of bytes:
its pickled result, or the pickled error that occurred.
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
from .._fit.importance import UNSUPERVISED, resolve_importance
from .._fit.merging import join
from .._fit.selection import Candidates, select_candidates
from .._input.errors import ColumnError, column_errors
from .._input.reading import read_column
from .._transform.settings import Settings
from ._frame import Rows, is_float

# A row per column: its number, and the pickled result of a task.
_RESULT = T.StructType(
    [T.StructField("number", T.IntegerType()), T.StructField("found", T.BinaryType())]
)

# Number of groups that a task reads at a time, if the groups of a column may be split.
GROUPS_PER_TABLE = 1 << 20


def select_all(
    rows: Rows,
    settings: Settings,
    class_labels: NDArray[Any] | None,
    weights: NDArray[np.float64],
    multi_hot: list[bool],
) -> list[Candidates]:
    """The candidates of every column, selected in one job.

    Parameters
    ----------
    rows : Rows
        The columns of the DataFrame.
    settings : Settings
        The parameters of the encoder.
    class_labels : ndarray or None
        Labels of the classes, if they are used.
    weights : ndarray of float64
        Weight of all rows by class.
    multi_hot : list of bool
        Whether the cells of each column are lists.
    """
    importance = resolve_importance(settings.importance, class_labels)
    independent = isinstance(importance, str) and importance in UNSUPERVISED
    selectors = []
    for number, column in enumerate(rows.columns):
        limit = settings.slot_limits[number]
        # Different floats may share a key, and so be one value.
        splittable = independent and limit is not None and not is_float(rows.data_type(column))
        selectors.append(
            Selector(
                settings,
                number,
                rows.names[number],
                limit,
                class_labels,
                weights,
                multi_hot[number],
                splittable,
            )
        )
    tasks = [
        _task(rows.groups(column, class_labels is not None), selector)
        for selector, column in zip(selectors, rows.columns, strict=True)
    ]
    results: dict[int, bytes] = dict(iter(functools.reduce(DataFrame.union, tasks).collect()))
    return [result_of(results.get(selector.number), selector) for selector in selectors]


def _task(groups: DataFrame, selector: "Selector") -> DataFrame:
    """One row with the result for a column."""
    if selector.splittable:
        # Each task keeps the best of its groups, and one task combines these.
        partial = groups.mapInArrow(selector.part, _RESULT)
        return partial.repartition(1).mapInArrow(selector.combine, _RESULT)
    return groups.coalesce(1).mapInArrow(selector.all, _RESULT)


def result_of(pickled: bytes | None, selector: "Selector") -> Candidates:
    """The result of a task. Without groups Spark runs no task, and the result is computed here."""
    return selector.candidates([]) if pickled is None else unpickled_or_raised(pickled)


def unpickled_or_raised(pickled: bytes) -> Any:
    """A result, or raise the error of the task."""
    found = pickle.loads(pickled)
    if isinstance(found, Exception):
        raise found
    return found


# Counts of some values of a column, with the weight of all rows; and the weight of the counted rows.
_Part = tuple[Counts, NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class Selector:
    """Selects the candidates of one column, on executors.

    Attributes
    ----------
    settings : Settings
        The parameters of the encoder.
    number : int
        Position of the column.
    label : str
        Its name.
    limit : int or None
        Limit of its slots.
    class_labels : ndarray of shape (n_classes,), or None
        Labels of the classes, if they are used.
    totals : ndarray of float64 of shape (n_classes,) or (1,)
        Weight of all rows by class.
    multi_hot : bool
        Whether the cells are lists.
    splittable : bool
        Whether the score of a value does not depend on other values. Then every task keeps only the
        best of its values, and the column may have any number of values.
    """

    settings: Settings
    number: int
    label: str
    limit: int | None
    class_labels: NDArray[Any] | None
    totals: NDArray[np.float64]
    multi_hot: bool
    splittable: bool

    def all(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """The candidates, from all groups of the column."""
        return self._row(lambda: self.candidates(self._parts(batches, None)))

    def part(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Possible candidates among some of the groups, and sums over all others."""
        return self._row(lambda: self._best(self._parts(batches, GROUPS_PER_TABLE)))

    def combine(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """The candidates, from the results of `part`."""
        return self._row(lambda: self.candidates(_unpickled_parts(batches)))

    def _row(self, compute: Callable[[], Any]) -> Iterator[pa.RecordBatch]:
        """One row with the result, or with the error that is raised on the driver."""
        found: Any
        try:
            with column_errors(self.label):
                found = compute()
        except Exception as error:  # a user-supplied callable may raise anything
            error.add_note(f"On an executor:\n{traceback.format_exc()}")
            found = error
        yield pa.RecordBatch.from_pydict(
            {"number": pa.array([self.number], pa.int32()), "found": [cloudpickle.dumps(found)]}
        )

    def _parts(self, batches: Iterable[pa.RecordBatch], size: int | None) -> Iterator[_Part]:
        """The counts of groups, read in tables of about `size` groups; None: in one table."""
        for groups in _in_tables(batches, size):
            counts = self.count(groups)
            yield replace(counts, class_totals=self.totals), counts.class_totals

    def _best(self, parts: Iterable[_Part]) -> _Part:
        """Possible candidates among several parts."""
        best, seen = self.no_values(), np.zeros(len(self.totals))
        for counts, weight in parts:
            best, seen = join(best, counts), seen + weight
            if self.splittable:
                best = select_candidates(best, self.settings, self.limit).counts
        return best, seen

    def candidates(self, parts: Iterable[_Part]) -> Candidates:
        """The candidates among all parts; checks that the weight of their rows has not changed."""
        counts, weight = self._best(parts)
        changed = np.abs(weight - self.totals) > ROUNDING * self.totals.sum()
        if changed.any() and not self.multi_hot:
            raise _rows_changed()
        return select_candidates(counts, self.settings, self.limit)

    def no_values(self) -> Counts:
        """The counts of no values."""
        none = np.zeros(len(self.totals))
        return Counts(
            None, np.zeros(0), none[None, :][:0], none, self.totals, self.multi_hot, self.class_labels
        )

    def count(self, groups: pa.Table) -> Counts:
        """The counts of some groups of equal rows."""
        values = groups["value"]
        if pa.types.is_string(values.type):
            values = values.cast(pa.large_string())  # offsets of 64 bits
        column = read_column(values)
        if self.settings.refuse_missing:
            missing = column.missing_elements().any()
            if missing or column.infinite_elements().any():
                what = "missing (NaN or null)" if missing else "infinite (inf)"
                raise ColumnError(
                    f"it has values that are {what}, and handle_missing='error'. Replace them, or set "
                    "handle_missing to 'value' or 'ignore'.",
                    kind=ValueError,
                )
        return count(column, groups["weight"].to_numpy(), self.classes(groups))

    def classes(self, groups: pa.Table) -> Classes | None:
        """The class of every group."""
        if self.class_labels is None:
            return None
        known = pa.array(self.class_labels).cast(groups["target"].type)
        codes = pc.index_in(groups["target"], value_set=known).fill_null(-1).to_numpy()
        if (codes < 0).any():
            raise _rows_changed()
        return Classes(codes.astype(np.intp), self.class_labels)


def _rows_changed() -> ColumnError:
    """The error for rows that differ between jobs."""
    return ColumnError(
        "df had other rows when they were counted before. It is read once per column, and must be the "
        "same each time: set the seed of random steps, or write it to a table first.",
        kind=ValueError,
    )


def _unpickled_parts(batches: Iterable[pa.RecordBatch]) -> Iterator[_Part]:
    """The results of `Selector.part`; its errors are raised."""
    for batch in batches:
        yield from map(unpickled_or_raised, batch["found"].to_pylist())


def _in_tables(batches: Iterable[pa.RecordBatch], size: int | None) -> Iterator[pa.Table]:
    """Groups in tables of about `size` rows; None: in one table."""
    pending: list[pa.RecordBatch] = []
    for batch in batches:
        pending.append(batch)
        if size is not None and sum(map(len, pending)) >= size:
            yield pa.Table.from_batches(pending)
            pending = []
    if pending:
        yield pa.Table.from_batches(pending)
