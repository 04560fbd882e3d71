"""Work on the columns of a table, or on blocks of its rows, in threads."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from joblib import effective_n_jobs

# Rows are encoded in blocks of this size, so that intermediate arrays are small relative to the result.
_BLOCK_ROWS = 1 << 17
_BLOCK_CELLS = 1 << 22  # maximum number of cells of a block if heads are large
_MIN_ROWS_PER_THREAD = 1 << 14  # with fewer rows, starting a thread takes longer than it saves

S = TypeVar("S")
T = TypeVar("T")


def in_order(work: Callable[[S], T], parts: Iterable[S], n_threads: int) -> Iterator[T]:
    """Apply `work` to each part, and yield the results in the order of the parts.

    At most `n_threads` results are computed in advance, which limits memory. joblib's pool is not used:
    it polls its threads, which takes too long for parts of a few milliseconds.

    Examples
    --------
    >>> list(in_order(abs, [-3, 1, -2], n_threads=2))
    [3, 1, 2]
    """
    if n_threads == 1:
        yield from map(work, parts)
        return
    with ThreadPoolExecutor(n_threads) as pool:
        pending: deque[Callable[[], T]] = deque()
        for part in parts:
            try:
                pending.append(pool.submit(work, part).result)
            except RuntimeError:
                # An executor accepts no work after the main thread has ended: do it in this thread.
                pending.append(partial(work, part))
            if len(pending) > n_threads:
                yield pending.popleft()()
        while pending:
            yield pending.popleft()()


def n_threads_for(n_rows: int, n_jobs: int | None) -> int:
    """Number of threads to start, at most what `n_jobs` or joblib's context requests.

    Examples
    --------
    >>> n_threads_for(1_000, n_jobs=4), n_threads_for(1_000_000, n_jobs=4)
    (1, 4)
    """
    return min(effective_n_jobs(n_jobs), -(-n_rows // _MIN_ROWS_PER_THREAD))


def row_blocks(n_rows: int, n_columns: int, largest_head: int, n_threads: int) -> Iterator[slice]:
    """Slices of the rows that are encoded at a time.

    Examples
    --------
    >>> list(row_blocks(300_000, 10, largest_head=1_000, n_threads=1))
    [slice(0, 131072, None), slice(131072, 262144, None), slice(262144, 300000, None)]
    """
    size = _BLOCK_ROWS
    if largest_head <= _BLOCK_ROWS:
        # The time of a bulk look-up grows with the head: a block should have more rows than the head.
        size = max(size, min(4 * largest_head, _BLOCK_CELLS // n_columns))
    size = min(size, -(-n_rows // n_threads))
    return (slice(start, min(start + size, n_rows)) for start in range(0, n_rows, size))
