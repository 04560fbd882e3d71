"""The same work for many parts of a table, in threads if there are to be any."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

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
