"""Rows of a table encoded: few of them cell by cell, many block by block, as a matrix or as indices."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from .._input.parallel import over_rows
from .._input.reading import read_codes, read_column
from .._input.tables import Table, cells, raw_columns
from .._input.text import FEW
from .csr import CsrWriter, canonical_csr
from .entries import entries
from .fitted_column import SettledColumn
from .layout import Layout
from .lookup import Codebook, Places, place
from .small_batches import encode_few, indices_of_few

T = TypeVar("T")


def encode(
    table: Table,
    columns: Sequence[SettledColumn],
    layout: Layout,
    settings: Mapping[str, Any],
    n_jobs: int | None,
) -> Any:
    """The rows encoded, in the one form that there is before any other is asked for.

    Parameters
    ----------
    table : Table
        The rows.
    columns : sequence of SettledColumn
        Its columns, as they are settled.
    layout : Layout
        The output columns.
    settings : mapping
        What the output depends on besides: ``tail_weight`` and ``dtype``.
    n_jobs : int or None
        Threads that share blocks of rows.
    """
    rows = _rows_of_few(table, columns)
    few = None if rows is None else encode_few(rows, columns, settings["tail_weight"])
    if few is not None:
        indptr, indices, data = few
        return canonical_csr(
            np.array(indptr, dtype=np.int32),
            np.array(indices, dtype=np.int32),
            np.array(data, dtype=settings["dtype"]),
            layout.n_features_out,
        )
    writer = CsrWriter(table.shape[0], layout.n_features_out, settings["dtype"])
    weight = settings["tail_weight"]
    for block in _over_blocks(
        table, columns, layout, n_jobs, lambda rows, places: entries(places, layout, weight)
    ):
        writer.append(block)
    return writer.finish()


def encode_indices(
    table: Table,
    columns: Sequence[SettledColumn],
    layout: Layout,
    n_jobs: int | None,
) -> NDArray[np.int32]:
    """Output columns that each cell lights, of shape (n_rows, n_columns, n_hashes); -1 for none."""
    n_hashes = len(columns[0].seeds)
    rows = _rows_of_few(table, columns)
    few = None if rows is None else indices_of_few(rows, columns, n_hashes)
    if few is not None:
        return np.array(few, dtype=np.int32)
    indices = np.empty((table.shape[0], len(columns), n_hashes), dtype=np.int32)

    def write(rows: slice, places: list[Places]) -> None:
        write_indices(indices[rows], places, layout)

    for _ in _over_blocks(table, columns, layout, n_jobs, write):
        pass
    return indices


def refuse_lists(columns: Sequence[SettledColumn]) -> None:
    """Refuse columns of lists, whose cells have no fixed number of indices.

    Raises
    ------
    ValueError
        If there is one.
    """
    for column in columns:
        if column.multi_hot:
            raise ValueError(
                f"Column {column.label!r} holds lists, and so has no fixed number of indices per row. "
                "Use transform, or fit on single values."
            )


def _rows_of_few(table: Table, columns: Sequence[SettledColumn]) -> Sequence[Sequence[Any]] | None:
    """The rows to be encoded cell by cell; None if they are many, or must go the long way."""
    if table.shape[0] > FEW:
        return None
    for column in columns:  # in a loop, which takes less than half the time of any()
        if column.multi_hot or column.no_missing:
            return None
    return cells(table)


def _over_blocks(
    table: Table,
    columns: Sequence[SettledColumn],
    layout: Layout,
    n_jobs: int | None,
    work: Callable[[slice, list[Places]], T],
) -> Iterator[T]:
    """What `work` makes of the places of some rows, for all rows in order."""
    placers = [_placer(raw, column) for raw, column in zip(raw_columns(table), columns, strict=True)]
    return over_rows(
        table,
        lambda rows: work(rows, [place_rows(rows) for place_rows in placers]),
        int(layout.n_slots.max()),
        n_jobs,
    )


def _placer(raw: Any, column: SettledColumn) -> Callable[[slice], Places]:
    """A function that places some rows of a column."""
    coded = read_codes(raw, column.label)
    codes = None if coded is None else column.check(coded).codes
    if coded is not None and codes is not None:
        codebook = Codebook(coded, *column.rules)
        return lambda rows: codebook.places(codes[rows], None)
    if column.kind is None:
        # Any kind will do, but one for all rows, which a block of them cannot tell.
        read_column(raw, column.label)
    return lambda rows: place(column.read(raw[rows], rows.start), *column.rules)


def write_indices(out: NDArray[np.int32], block: Sequence[Places], layout: Layout) -> None:
    """Fill an array of shape (n_rows, n_columns, n_hashes) with output-column numbers.

    A slot comes first and -1 after it; buckets come in hash order; -1 stands for nothing.
    """
    out.fill(-1)
    for column, (places, start) in enumerate(zip(block, layout.starts.tolist(), strict=False)):
        head = np.flatnonzero(places.slots >= 0)
        out[head, column, 0] = places.slots[head] + start
        first_bucket = start + int(layout.n_slots[column])
        for hash_number, bucket in enumerate(places.buckets.T):
            out[places.tail, column, hash_number] = np.where(bucket < 0, -1, bucket + first_bucket)
