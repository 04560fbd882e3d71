"""The same work for many parts of a table, its columns or blocks of its rows, in threads if need be."""

import itertools
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

from joblib import effective_n_jobs

from .tables import Table, raw_columns

# Rows are encoded in blocks of this size, so that what is known of them between reading and writing
# stays small beside the result.
_BLOCK_ROWS = 1 << 17
_BLOCK_CELLS = 1 << 22  # or, for large heads, of so many cells at most
_LEAST_BLOCK_ROWS = 1 << 14  # for fewer a thread takes longer to start than it gains

S = TypeVar("S")
T = TypeVar("T")


def in_order(work: Callable[[S], T], parts: Iterable[S], n_threads: int) -> Iterator[T]:
    """What `work` gives for each part, in the order of the parts.

    No more results wait to be taken than there are threads, so that they need not all be in memory
    at once. joblib polls its threads, which for work of some milliseconds costs more than it gains.

    Examples
    --------
    >>> list(in_order(abs, [-3, 1, -2], n_threads=2))
    [3, 1, 2]
    """
    if n_threads == 1:
        yield from map(work, parts)
        return
    with ThreadPoolExecutor(n_threads) as pool:
        under_way: deque[Callable[[], T]] = deque()
        for part in parts:
            try:
                under_way.append(pool.submit(work, part).result)
            except RuntimeError:
                # Once the main thread has ended, executors take no more work: do it here, in its turn.
                under_way.append(partial(work, part))
            if len(under_way) > n_threads:
                yield under_way.popleft()()
        while under_way:
            yield under_way.popleft()()


def over_columns(table: Table, work: Callable[[Any, int], T], n_jobs: int | None) -> Iterator[T]:
    """What `work` makes of each raw column of a table and its number, in order."""
    columns = zip(raw_columns(table), itertools.count())
    return in_order(lambda column: work(*column), columns, threads_for(table, n_jobs))


def over_rows(
    table: Table, work: Callable[[slice], T], largest_head: int, n_jobs: int | None
) -> Iterator[T]:
    """What `work` makes of each block of a table's rows, in order."""
    n_rows, n_columns = table.shape
    n_threads = threads_for(table, n_jobs)
    return in_order(work, blocks_of(n_rows, n_columns, largest_head, n_threads), n_threads)


def threads_for(table: Table, n_jobs: int | None) -> int:
    """How many threads a table is worth, of those that a parameter or joblib's context asks for."""
    return worth_starting(effective_n_jobs(n_jobs), table.shape[0])


def worth_starting(n_threads: int, n_rows: int) -> int:
    """How many of the threads asked for are worth starting for so many rows.

    Examples
    --------
    >>> worth_starting(4, 1_000), worth_starting(4, 1_000_000)
    (1, 4)
    """
    return min(n_threads, -(-n_rows // _LEAST_BLOCK_ROWS))


def blocks_of(n_rows: int, n_columns: int, largest_head: int, n_threads: int) -> Iterator[slice]:
    """The blocks of rows to encode at a time.

    Examples
    --------
    >>> list(blocks_of(300_000, 10, largest_head=1_000, n_threads=1))
    [slice(0, 131072, None), slice(131072, 262144, None), slice(262144, 300000, None)]
    """
    size = _BLOCK_ROWS
    if largest_head <= _BLOCK_ROWS:
        # A look-up in bulk takes some time per value of the head, which a block should be worth.
        size = max(size, min(4 * largest_head, _BLOCK_CELLS // n_columns))
    size = min(size, -(-n_rows // n_threads))
    return (slice(start, min(start + size, n_rows)) for start in range(0, n_rows, size))
