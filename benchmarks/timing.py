"""Times of several jobs, measured in turns, so that other load on the machine affects all of them."""

import json
import random
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Job = Callable[[], object]
Seconds = dict[str, NDArray[np.float64]]


def interleaved(jobs: Mapping[str, Job], rounds: int, calls: int = 1) -> Seconds:
    """Seconds of each call of each job; a round runs all jobs, one after the other.

    Their order changes from round to round, as the memory that one job frees affects the next. Each job
    runs once before, untimed, and `calls` times in a round.
    """
    times: dict[str, list[float]] = {name: [] for name in jobs}
    for job in jobs.values():
        job()
    order, shuffle = list(jobs), random.Random(0).shuffle
    for _ in range(rounds):
        shuffle(order)
        for name in order:
            times[name] += [timed(jobs[name])[0] for _ in range(calls)]
    return {name: np.array(measured) for name, measured in times.items()}


def timed(job: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds that a job takes, and its result."""
    start = time.perf_counter()
    result = job()
    return time.perf_counter() - start, result


def ratio(base: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """How many times as long the other takes: the median over pairs of the same round."""
    return float(np.median(other / base))


def microseconds(seconds: NDArray[np.float64]) -> list[str]:
    """Median and 99th percentile, as they are shown."""
    return [f"{1e6 * value:,.0f}" for value in np.percentile(seconds, [50, 99])]


def in_own_process(script: str | Path, *arguments: object, python: str | Path = sys.executable) -> Any:
    """What a script prints last, as JSON, from a process that runs nothing else."""
    command = [python, script, *map(str, arguments)]
    printed = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return json.loads(printed.splitlines()[-1])
