"""Times taken side by side, so that a noisy machine touches all rivals alike."""

import random
import time
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

Seconds = dict[str, NDArray[np.float64]]


def side_by_side(jobs: Mapping[str, Callable[[], object]], rounds: int, calls: int = 1) -> Seconds:
    """Seconds of each job in each round; a round does all jobs, one after the other.

    Their order changes from round to round, as a job may pay for the memory that another gave back.
    With several `calls` a job is called so often per round, and every call is timed.
    """
    times: dict[str, list[float]] = {name: [] for name in jobs}
    for job in jobs.values():
        job()
    order, shuffle = list(jobs), random.Random(0).shuffle
    for _ in range(rounds):
        shuffle(order)
        for name in order:
            for _ in range(calls):
                start = time.perf_counter()
                jobs[name]()
                times[name].append(time.perf_counter() - start)
    return {name: np.array(measured) for name, measured in times.items()}


def faster(base: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """How many times as long the other takes: the median over pairs of the same round."""
    return float(np.median(other / base))
