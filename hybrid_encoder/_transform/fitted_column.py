"""`FittedColumn`: the part of the fitted state of one input column that `transform` needs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from .._input.columns import Column, Kind, check_kind, check_not_missing
from .._input.errors import column_errors
from .._input.reading import read_column
from .layout import Layout
from .lookup import Locator
from .settings import Settings
from .vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class FittedColumn:
    """Fitted state of one input column.

    Attributes
    ----------
    label : object
        Its name, or its position where columns have no names.
    kind : {"text", "number"} or None
        Kind of its values; None if fit saw only missing values.
    multi_hot : bool
        Whether its cells are lists.
    refuse_missing : bool
        Whether a missing value raises an error.
    locator : Locator
        Finds the slot or the buckets of a value.
    start : int
        Its first output column.
    first_bucket : int
        Output column of its first bucket.
    indicator : int
        Output column of its tail indicator; -1 if it has none.
    end : int
        One past its last output column.
    """

    label: Any
    kind: Kind | None
    multi_hot: bool
    refuse_missing: bool
    locator: Locator
    start: int
    first_bucket: int
    indicator: int
    end: int

    @property
    def vocabulary(self) -> Vocabulary:
        """The values that have a slot."""
        return self.locator.vocabulary

    @property
    def n_slots(self) -> int:
        """Number of slots, free slots included."""
        return self.first_bucket - self.start

    def read(self, raw: Any, first_row: int = 0) -> Column:
        """Read rows of the column, and check them.

        Parameters
        ----------
        raw : array
            The cells.
        first_row : int, default=0
            Number of the first row, for error messages.

        Raises
        ------
        TypeError, ValueError
            As `read_column` and `check`.
        """
        with column_errors(self.label, first_row):
            return self.check(read_column(raw))

    def read_batch(self, raw: Any) -> Column:
        """Read rows for `partial_fit`. A column with only missing values so far may be of any kind."""
        if self.kind is None and not self.multi_hot:
            with column_errors(self.label):
                return read_new(raw, self.refuse_missing)
        return self.read(raw)

    def check(self, column: Column) -> Column:
        """Check rows against the kind seen at fit, and return them in the form that `fit` saw.

        Raises
        ------
        ColumnError
            If they are text and the column held numbers, or the reverse; likewise for lists and single
            values; or if a value is missing and `handle_missing` is "error".
        """
        if self.refuse_missing:
            check_not_missing(column)
        return check_kind(column, self.kind, self.multi_hot)


def read_new(raw: Any, refuse_missing: bool) -> Column:
    """Read a column that has not been fitted.

    Raises
    ------
    ColumnError
        As `read_column`; or if `refuse_missing` is set and a value is missing.
    """
    column = read_column(raw)
    if refuse_missing:
        check_not_missing(column)
    return column


class ColumnContent(NamedTuple):
    """Kind of the values of a column, whether its cells are lists, and its vocabulary."""

    kind: Kind | None
    multi_hot: bool
    vocabulary: Vocabulary


def fitted_columns(
    labels: Sequence[Any], contents: Sequence[ColumnContent], layout: Layout, settings: Settings
) -> list[FittedColumn]:
    """The fitted columns of an encoder, from labels and contents of the input columns."""
    starts, n_slots = layout.starts.tolist(), layout.n_slots.tolist()
    n_buckets, seeds = layout.n_buckets.tolist(), settings.seeds
    return [
        FittedColumn(
            label,
            kind,
            multi_hot,
            settings.refuse_missing,
            Locator(vocabulary, n_buckets[number], seeds, settings.ignore_missing),
            start=starts[number],
            first_bucket=starts[number] + n_slots[number],
            indicator=starts[number + 1] - 1 if layout.indicator else -1,
            end=starts[number + 1],
        )
        for number, (label, (kind, multi_hot, vocabulary)) in enumerate(
            zip(labels, contents, strict=True)
        )
    ]
