import subprocess
import sys
import threading
import time

import joblib
import pytest

from hybrid_encoder._input import parallel
from hybrid_encoder._input.parallel import in_order, n_threads_for, row_blocks


@pytest.mark.parametrize("n_threads", [1, 2, 5])
def test_results_come_in_the_order_of_the_parts(n_threads):
    def late(part):
        time.sleep(0.01 if part == 0 else 0)
        return -part

    assert list(in_order(late, range(9), n_threads)) == [-part for part in range(9)]


def test_threads_work_at_the_same_time():
    barrier = threading.Barrier(2, timeout=10)
    assert len(list(in_order(lambda _: barrier.wait(), range(2), 2))) == 2


@pytest.mark.parametrize("n_threads", [1, 2])
def test_few_results_wait(n_threads):
    started = []
    results = in_order(started.append, range(100), n_threads)
    next(results)
    assert len(started) <= n_threads + 1
    assert len(list(results)) == 99


@pytest.mark.parametrize("n_threads", [1, 2])
def test_the_first_error_in_order_is_raised(n_threads):
    def fail(part):
        if part >= 3:
            raise ValueError(f"part {part}")
        return part

    results = in_order(fail, range(9), n_threads)
    assert [next(results) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(ValueError, match="part 3"):
        next(results)


SCRIPT = """
import threading, time
from hybrid_encoder._input.parallel import in_order

def late():
    time.sleep(0.3)
    print(list(in_order(abs, range(3), 2)))

threading.Thread(target=late).start()
"""


def test_a_thread_may_run_longer_than_the_main_thread():
    command = [sys.executable, "-c", SCRIPT]
    assert subprocess.run(command, capture_output=True, text=True).stdout == "[0, 1, 2]\n"


@pytest.mark.parametrize(
    ("n_rows", "n_jobs", "expected"),
    [
        (1, 4, 1),
        (1 << 14, 4, 1),
        ((1 << 14) + 1, 4, 2),
        (1 << 20, 4, 4),
        (1 << 20, 1, 1),
        (1 << 20, None, 1),
        (1 << 40, -1, joblib.effective_n_jobs(-1)),
    ],
)
def test_number_of_threads(n_rows, n_jobs, expected):
    assert n_threads_for(n_rows, n_jobs) == expected


def test_the_number_of_threads_may_come_from_the_context_of_joblib():
    with joblib.parallel_config("threading", n_jobs=3):
        assert n_threads_for(1 << 20, None) == 3


@pytest.mark.parametrize(
    ("n_rows", "n_columns", "largest_head", "n_threads", "size"),
    [
        (1 << 20, 1, 0, 1, 1 << 17),
        (1 << 20, 1, 1 << 15, 1, 1 << 17),
        (1 << 20, 1, 1 << 16, 1, 1 << 18),
        (1 << 20, 1, 1 << 17, 1, 1 << 19),
        (1 << 20, 16, 1 << 17, 1, 1 << 18),  # of 2**22 cells
        (1 << 20, 100, 1 << 17, 1, 1 << 17),
        (1 << 20, 1, (1 << 17) + 1, 1, 1 << 17),
        (100, 1, 0, 1, 100),
        (100, 1, 0, 3, 34),
    ],
)
def test_size_of_blocks(n_rows, n_columns, largest_head, n_threads, size):
    first = next(row_blocks(n_rows, n_columns, largest_head, n_threads))
    assert first == slice(0, size)


@pytest.mark.parametrize("n_threads", [1, 2, 5])
@pytest.mark.parametrize("n_rows", [1, 3, 4, 10])
def test_blocks_cover_all_rows_once(n_rows, n_threads, monkeypatch):
    monkeypatch.setattr(parallel, "_BLOCK_ROWS", 3)
    blocks = [range(n_rows)[rows] for rows in row_blocks(n_rows, 1, 1, n_threads)]
    assert [row for block in blocks for row in block] == list(range(n_rows))
    assert max(map(len, blocks)) <= 4
