import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from hybrid_encoder._input import parallel as _blocks
from hybrid_encoder._input.parallel import in_order, over_columns, over_rows


@pytest.mark.parametrize("n_threads", [1, 2, 5])
def test_results_come_in_the_order_of_the_parts(n_threads):
    def late(part):
        time.sleep(0.01 if part == 0 else 0)
        return -part

    assert list(in_order(late, range(9), n_threads)) == [-part for part in range(9)]


def test_threads_work_at_the_same_time():
    meeting = threading.Barrier(2, timeout=10)
    assert len(list(in_order(lambda _: meeting.wait(), range(2), 2))) == 2


@pytest.mark.parametrize("n_threads", [1, 2])
def test_few_results_wait(n_threads):
    begun = []
    results = in_order(begun.append, range(100), n_threads)
    next(results)
    assert len(begun) <= n_threads + 1
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


def test_a_thread_may_outlive_the_main_one():
    command = [sys.executable, "-c", SCRIPT]
    assert subprocess.run(command, capture_output=True, text=True).stdout == "[0, 1, 2]\n"


@pytest.mark.parametrize("n_jobs", [None, 1, 2, -1])
def test_columns_come_with_their_numbers(n_jobs, monkeypatch):
    monkeypatch.setattr(_blocks, "_LEAST_BLOCK_ROWS", 1)
    table = np.arange(12).reshape(4, 3)
    found = list(over_columns(table, lambda raw, number: (number, raw.tolist()), n_jobs))
    assert found == [(0, [0, 3, 6, 9]), (1, [1, 4, 7, 10]), (2, [2, 5, 8, 11])]


@pytest.mark.parametrize("n_jobs", [None, 1, 2, -1])
@pytest.mark.parametrize("n_rows", [1, 3, 4, 10])
def test_blocks_of_rows_cover_a_table(n_jobs, n_rows, monkeypatch):
    monkeypatch.setattr(_blocks, "_LEAST_BLOCK_ROWS", 1)
    monkeypatch.setattr(_blocks, "_BLOCK_ROWS", 3)
    table = np.arange(n_rows).reshape(n_rows, 1)
    found = list(over_rows(table, lambda rows: table[rows, 0], 1, n_jobs))
    assert np.concatenate(found).tolist() == list(range(n_rows))
    assert max(map(len, found)) <= 4
