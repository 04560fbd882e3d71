"""The columns of a table counted: of rows to fit, of rows to learn from, of rows to measure."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._input.columns import Column
from .._input.parallel import over_columns
from .._input.tables import Table, native
from .counts import Classes, Counts, count
from .importance import Measure
from .plan import Plan
from .selection import Candidates, Findings, candidates
from .tally import Tally
from .target import read_classes, read_more_classes, warn_of_classes
from .weights import check_weights

T = TypeVar("T")

Reader = Callable[[Any], Column]  # how a raw column of the table is read


@dataclass(frozen=True, slots=True)
class Sample:
    """Rows of a table, each with its weight and its class.

    Attributes
    ----------
    table : Table
        The rows.
    weights : ndarray of float64 of shape (n_rows,), or None
        The weight of each; None: all weigh 1.
    classes : Classes or None
        The class of each; None where the target is not looked at.
    """

    table: Table
    weights: NDArray[np.float64] | None
    classes: Classes | None = None

    @classmethod
    def to_fit(
        cls,
        table: Table,
        y: Any,
        sample_weight: ArrayLike | None,
        importance: str | Measure,
        *,
        may_be_zero: bool = False,
    ) -> Self:
        """Rows that are to be fitted, or some of them, whose weights may all be zero.

        Raises
        ------
        ValueError
            As `check_weights` and `read_classes` do.
        """
        weights = check_weights(sample_weight, native(table), may_be_zero=may_be_zero)
        return cls(table, weights, read_classes(y, importance, native(table)))

    @classmethod
    def to_go_on_with(
        cls,
        table: Table,
        y: Any,
        sample_weight: ArrayLike | None,
        importance: str | Measure,
        known: NDArray[Any] | None,
        most_classes: int | None,
    ) -> tuple[Self, NDArray[np.intp] | None]:
        """Rows of a further batch, by all classes so far, and which of these are those known before.

        With more classes than `most_classes` they are looked at no longer, and a warning says so.

        Raises
        ------
        ValueError
            As `check_weights` and `read_more_classes` do.
        """
        weights = check_weights(sample_weight, native(table), may_be_zero=True)
        classes, where = read_more_classes(y, importance, known, native(table))
        if classes is not None and most_classes is not None and classes.n_classes > most_classes:
            warn_of_classes(classes.n_classes)
            classes = None
        return cls(table, weights, classes), None if classes is None else where

    @property
    def labels(self) -> NDArray[Any] | None:
        """What the classes are called."""
        return None if self.classes is None else self.classes.labels

    def over_counts(
        self,
        readers: Sequence[Reader],
        work: Callable[[Counts, int], T],
        n_jobs: int | None,
    ) -> Iterator[T]:
        """What `work` makes of the counts of each column and its number, given how to read each."""

        def count_and_work(raw: Any, number: int) -> T:
            return work(count(readers[number](raw), self.weights, self.classes), number)

        return over_columns(self.table, count_and_work, n_jobs)

    def tallies(self, readers: Sequence[Reader], n_jobs: int | None) -> list[Tally]:
        """The counts of every column, to be merged with those of other rows."""
        return list(self.over_counts(readers, lambda counts, _: Tally(counts, self.labels), n_jobs))


def rank_sample(
    sample: Sample,
    readers: Sequence[Reader],
    plan: Plan,
    n_jobs: int | None,
    steps: Callable[[Iterator[Candidates], str], Iterator[Candidates]],
) -> Findings:
    """The classes of rows and the candidates of each column, of which `steps` are told one by one."""
    plan = plan.with_classes(sample.labels)
    found = sample.over_counts(readers, lambda counts, number: candidates(counts, plan, number), n_jobs)
    return sample.labels, list(steps(found, "count-column"))


def rank_tallies(tallies: Sequence[Tally], plan: Plan) -> Findings:
    """The classes and the candidates of columns that were counted elsewhere, by the same classes."""
    labels = tallies[0].labels
    plan = plan.with_classes(labels)
    return labels, [candidates(tally.counts, plan, number) for number, tally in enumerate(tallies)]
