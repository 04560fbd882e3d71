"""Count the columns of a table, and fit to the counts."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from numpy.typing import ArrayLike, NDArray

from .._input.errors import column_errors
from .._input.parallel import in_order, n_threads_for
from .._input.tables import Table, native, raw_columns
from .._transform.fitted_column import FittedColumn, read_new
from .._transform.settings import Settings
from .counts import Counts, count
from .fit import fit_candidates, labels_of
from .fitted import Fitted
from .progress import no_progress
from .selection import Candidates, select_candidates
from .target import check_weights, read_classes

Steps = Callable[[Iterator[Candidates], str], Iterator[Candidates]]


def fit_table(
    table: Table,
    y: Any,
    sample_weight: ArrayLike | None,
    settings: Settings,
    feature_names: NDArray[Any] | None,
    *,
    streaming: bool = False,
    n_jobs: int | None = None,
    steps: Steps = no_progress,
) -> Fitted:
    """Fit to the rows of a table.

    Parameters
    ----------
    table : Table
        The rows.
    y, sample_weight
        As in `HybridHashEncoder.fit`.
    settings : Settings
        The parameters of the encoder.
    feature_names : ndarray or None
        Names of the columns.
    streaming : bool, default=False
        Whether `partial_fit` will continue.
    n_jobs : int, default=None
        Threads that share the columns.
    steps : callable, default=no_progress
        Reports each column to callbacks.

    Raises
    ------
    TypeError, ValueError
        As in `HybridHashEncoder.fit`.
    """
    weights = check_weights(sample_weight, native(table))
    classes = read_classes(y, settings.importance, native(table))

    def select(column: tuple[Any, Any, int | None]) -> Candidates:
        raw, label, limit = column
        with column_errors(label):
            counts = count(read_new(raw, settings.refuse_missing), weights, classes)
            return select_candidates(counts, settings, limit, streaming=streaming)

    n_rows, n_columns = table.shape
    labels = labels_of(feature_names, n_columns)
    columns = zip(raw_columns(table), labels, settings.slot_limits, strict=True)
    candidates = in_order(select, columns, n_threads_for(n_rows, n_jobs))
    return fit_candidates(
        list(steps(candidates, "count-column")), settings, feature_names, streaming=streaming
    )


def count_partition(
    table: Table, y: Any, sample_weight: ArrayLike | None, settings: Settings, labels: Sequence[Any]
) -> list[Counts]:
    """The counts of every column over some of the rows to fit; the caller merges them with the others.

    Raises
    ------
    TypeError, ValueError
        As in `HybridHashEncoder.fit`; all weights may be 0.
    """
    weights = check_weights(sample_weight, native(table), may_be_zero=True)
    classes = read_classes(y, settings.importance, native(table))
    found = []
    for raw, label in zip(raw_columns(table), labels, strict=True):
        with column_errors(label):
            found.append(count(read_new(raw, settings.refuse_missing), weights, classes))
    return found


def count_columns(
    table: Table,
    columns: Sequence[FittedColumn],
    sample_weight: ArrayLike | None,
    n_jobs: int | None,
) -> Iterator[Counts]:
    """The counts of every column over rows that a fitted encoder can encode, without classes."""
    weights = check_weights(sample_weight, native(table))

    def count_one(pair: tuple[Any, FittedColumn]) -> Counts:
        raw, column = pair
        return count(column.read(raw), weights)

    pairs = zip(raw_columns(table), columns, strict=True)
    return in_order(count_one, pairs, n_threads_for(table.shape[0], n_jobs))
