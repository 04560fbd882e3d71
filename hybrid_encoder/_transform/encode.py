"""Encode the rows of a table as a CSR matrix, or as an array of output-column numbers."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from .._input.errors import column_errors
from .._input.parallel import in_order, n_threads_for, row_blocks
from .._input.reading import read_codes, read_column
from .._input.tables import Table, cells, raw_columns
from .._input.text import FEW
from .csr import CsrWriter, canonical_csr, entries
from .fitted_column import FittedColumn
from .lookup import CodedLocations, Locations
from .settings import Settings
from .small_batches import encode_rows, row_indices

T = TypeVar("T")


def encode(
    table: Table,
    columns: Sequence[FittedColumn],
    settings: Settings,
    n_jobs: int | None,
) -> Any:
    """Encode rows as a CSR matrix.

    Parameters
    ----------
    table : Table
        The rows.
    columns : sequence of FittedColumn
        The fitted input columns.
    settings : Settings
        Parameters of the encoder.
    n_jobs : int or None
        Threads that share blocks of rows.
    """
    weight, dtype, width = settings.tail_weight, settings.dtype, columns[-1].end
    rows = _few_rows(table, columns)
    few = None if rows is None else encode_rows(rows, columns, weight)
    if few is not None:
        indptr, indices, data = few
        return canonical_csr(
            np.array(indptr, dtype=np.int32),
            np.array(indices, dtype=np.int32),
            np.array(data, dtype=dtype),
            width,
        )
    writer = CsrWriter(table.shape[0], width, dtype)
    for block in _in_blocks(
        table, columns, n_jobs, lambda rows, located: entries(located, columns, weight)
    ):
        writer.append(block)
    return writer.finish()


def encode_indices(
    table: Table, columns: Sequence[FittedColumn], n_hashes: int, n_jobs: int | None
) -> NDArray[np.int32]:
    """Output columns of each cell, of shape (n_rows, n_columns, n_hashes); -1 for none."""
    rows = _few_rows(table, columns)
    few = None if rows is None else row_indices(rows, columns, n_hashes)
    if few is not None:
        return np.array(few, dtype=np.int32)
    indices = np.empty((table.shape[0], len(columns), n_hashes), dtype=np.int32)

    def write(rows: slice, located: list[Locations]) -> None:
        write_indices(indices[rows], located, columns)

    for _ in _in_blocks(table, columns, n_jobs, write):
        pass
    return indices


def write_indices(
    out: NDArray[np.int32], block: Sequence[Locations], columns: Sequence[FittedColumn]
) -> None:
    """Fill an array of shape (n_rows, n_columns, n_hashes) with output-column numbers.

    A cell is a slot followed by -1, or buckets in hash order; -1 means no output column.
    """
    out.fill(-1)
    for number, (located, column) in enumerate(zip(block, columns, strict=True)):
        head = np.flatnonzero(located.slots >= 0)
        out[head, number, 0] = located.slots[head] + column.start
        for hash_number, bucket in enumerate(located.buckets.T):
            absolute = np.where(bucket < 0, -1, bucket + column.first_bucket)
            out[located.tail, number, hash_number] = absolute


def check_no_lists(columns: Sequence[FittedColumn]) -> None:
    """Check that every cell has a fixed number of output columns.

    Raises
    ------
    ValueError
        If a column holds lists.
    """
    for column in columns:
        if column.multi_hot:
            raise ValueError(
                f"Column {column.label!r}: it holds lists, so a row has no fixed number of indices. Use "
                "transform, or fit on single values."
            )


def _few_rows(table: Table, columns: Sequence[FittedColumn]) -> Sequence[Sequence[Any]] | None:
    """The cells of each row, if they can be encoded one by one; else None."""
    if table.shape[0] > FEW:
        return None
    for column in columns:  # a loop takes less than half the time of any()
        if column.multi_hot or column.refuse_missing:
            return None
    return cells(table)


def _in_blocks(
    table: Table,
    columns: Sequence[FittedColumn],
    n_jobs: int | None,
    work: Callable[[slice, list[Locations]], T],
) -> Iterator[T]:
    """Apply `work` to the locations of each block of rows, and yield the results in order."""
    locate = [_row_locator(raw, column) for raw, column in zip(raw_columns(table), columns, strict=True)]
    n_rows, n_columns = table.shape
    n_threads = n_threads_for(n_rows, n_jobs)
    largest_head = max(column.n_slots for column in columns)
    return in_order(
        lambda rows: work(rows, [locate_rows(rows) for locate_rows in locate]),
        row_blocks(n_rows, n_columns, largest_head, n_threads),
        n_threads,
    )


def _row_locator(raw: Any, column: FittedColumn) -> Callable[[slice], Locations]:
    """A function that locates the values of some rows of a column."""
    with column_errors(column.label):
        coded = read_codes(raw)
        codes = None if coded is None else column.check(coded).codes
        if coded is not None and codes is not None:
            locations = CodedLocations(coded, column.locator)
            return lambda rows: locations.locate(codes[rows], None)
        if column.kind is None:
            # Any kind is accepted, but all rows must have the same kind. Reading a block of rows does
            # not check that, so read all rows once.
            read_column(raw)
    return lambda rows: column.locator.locate(column.read(raw[rows], rows.start))
