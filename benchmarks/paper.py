"""The paper's experiments on public data: quality against size, and training speed.

    python benchmarks/paper.py --data FOLDER [--rows 100000] [--n-jobs 2] [--quick]

The tables are the flights in the package and, with ``--data``, the loans. Each table is split in time
order and at random, and each split has two models: a perceptron on embeddings, and a wide-and-deep
model. First the number of slots varies, with one hash and half of the baseline's buckets (frequency
hashing in the paper). Then the number of buckets varies, with two hashes and the number of slots that
was best on the validation rows (hybrid hashing). Results are saved in build/benchmarks, so that a
stopped run can continue. The figures are those of docs/paper.md.
"""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import paper_plots
import paper_systems as systems
import paper_tables as tables
import results
import studies
import torch
from paper_models import BATCH, MODELS, n_bytes, probabilities, steps
from paper_systems import System, Task
from torch import nn

from hybrid_encoder import HybridHashEncoder
from hybrid_encoder.metrics import relative_cross_entropy

SPLITS = ("in time", "random")
RATES = {"adagrad": (0.02, 0.05, 0.1), "sgd": (0.001,)}
STDS = (0.01, 0.35, 1.0)

Cell = dict[str, str]  # data, split and model


def quality(
    folder: Path | None,
    n_rows: int,
    n_runs: int,
    data: str,
    split: str,
    model: str,
    optimiser: str,
    **system: Any,
) -> list[dict[str, float]]:
    """Runs of a system: the learning rate is chosen by the first on validation rows, for all of them."""
    torch.set_num_threads(1)
    task = systems.load(data, split, folder, n_rows)
    train = partial(run, task, System(**system), model, optimiser, shuffled=split == "random")
    first = [train(rate=rate, number=0) for rate in RATES[optimiser]]
    best = max(first, key=lambda result: result["valid"])
    return [best, *(train(rate=best["rate"], number=number) for number in range(1, n_runs))]


def run(
    task: Task, system: System, name: str, optimiser: str, *, shuffled: bool, rate: float, number: int
) -> dict[str, float]:
    """Quality and sizes of one model; the number seeds the weights, the hashes and the order of rows."""
    encoder, model = build(task, system, name, number)
    indices = torch.from_numpy(encoder.encode_indices(task.X))
    target = torch.tensor(task.y, dtype=torch.float32)
    order = np.random.default_rng(number).permutation(task.train) if shuffled else task.train
    start = time.perf_counter()
    for _ in steps(model, indices[order], target[order], optimiser, rate):
        pass
    seconds = time.perf_counter() - start
    valid, test = (
        relative_cross_entropy(task.y[rows], probabilities(model, indices[rows]))
        for rows in (task.valid, task.test)
    )
    model_bytes, encoder_bytes = n_bytes(model, encoder)
    return {
        "valid": valid,
        "test": test,
        "run": number,
        "rate": rate,
        "table_rows": encoder.n_features_out_,
        "model_bytes": model_bytes,
        "encoder_bytes": encoder_bytes,
        "seconds": round(seconds, 2),
    }


def build(task: Task, system: System, name: str, number: int) -> tuple[HybridHashEncoder, nn.Module]:
    """A fitted encoder and an untrained model."""
    encoder = systems.encoder(system, task, seed=number)
    encoder.fit(task.X.iloc[task.train], task.y[task.train])
    torch.manual_seed(number)
    model = MODELS[name](encoder, system.combine, task.y[task.train].mean())
    if system.std is not None:
        nn.init.normal_(model.embedding.weight, std=system.std)
    return encoder, model


def job(cell: Cell, system: System, optimiser: str = "adagrad") -> studies.Combination:
    """A combination of the study of quality."""
    return cell | {"optimiser": optimiser} | asdict(system)


def built_on(head: float) -> list[System]:
    """Hybrid hashing with fewer and fewer buckets, and others of the same sizes."""
    hybrids = [systems.hybrid(head, power) for power in systems.POWERS]
    doubles = [systems.without_head(system, n_hashes=2) for system in hybrids]
    small = [systems.with_the_papers_head(power) for power in (3, 5)]
    small += [systems.ranked_by_the_target(power) for power in (3, 5)]
    regular = systems.without_head(hybrids[1], n_hashes=1)
    return [*hybrids, *small, *doubles, regular, systems.head_only(head)]


def the_four(head: float) -> list[System]:
    """The paper's systems, the last two with an eighth of the buckets, where it finds no loss."""
    hybrid = systems.hybrid(head, power=3)
    double = systems.without_head(hybrid, n_hashes=2)
    return [systems.BASELINE, double, systems.frequency(head), hybrid]


def variants(head: float, split: str) -> list[System]:
    """Other ways to join the pair, and other initial values of the table."""
    _, double, _, hybrid = the_four(head)
    joined = [
        replace(system, combine=combine, tail_weight=weight)
        for system in (double, hybrid)
        for combine, weight in (("concat", 1.0), ("sum", 0.25))
    ]
    return joined + [replace(hybrid, std=std) for std in STDS if split == "random"]


def second_part(cell: Cell, head: float) -> list[studies.Combination]:
    """The combinations of a cell that need its best head."""
    jobs = [job(cell, system) for system in built_on(head)]
    if cell["model"] == "MLP":
        jobs += [job(cell, system, "sgd") for system in the_four(head)]
        jobs += [job(cell, system) for system in variants(head, cell["split"])]
    return jobs


def speed(
    folder: Path | None,
    n_rows: int,
    n_steps: int,
    rounds: int,
    data: str,
    split: str,
    model: str,
    head: float,
) -> list[dict[str, object]]:
    """Seconds of training steps, all systems in turns in an order that changes every round."""
    torch.set_num_threads(1)
    task = systems.load(data, split, folder, n_rows)
    work = {system.name: stretch(task, system, model, n_steps) for system in the_four(head)}
    order, shuffle = [*work], random.Random(0).shuffle
    rows: list[dict[str, object]] = []
    for number in range(-1, rounds):  # the first round is a warm-up
        shuffle(order)
        for name in order:
            encoding, training = work[name]()
            times = {"encoding": encoding, "training": training, "steps": n_steps}
            rows += [{"name": name, "round": number} | times] if number >= 0 else []
    return rows


def stretch(task: Task, system: System, name: str, n_steps: int) -> Callable[[], tuple[float, float]]:
    """Some training steps on the next rows, which are encoded before: seconds of both."""
    encoder, model = build(task, system, name, number=0)
    blocks = cycle(np.array_split(task.train, max(1, len(task.train) // (n_steps * BATCH))))

    def work() -> tuple[float, float]:
        rows = next(blocks)[: n_steps * BATCH]
        table, target = task.X.iloc[rows], torch.tensor(task.y[rows], dtype=torch.float32)
        start = time.perf_counter()
        indices = torch.from_numpy(encoder.encode_indices(table))
        encoded = time.perf_counter()
        for _ in steps(model, indices, target, "adagrad", 0.05):
            pass
        return encoded - start, time.perf_counter() - encoded

    return work


def heads_of(cells: Sequence[Cell], found: pd.DataFrame) -> list[float]:
    """The share of values of each cell with the best mean quality on validation rows."""
    return [
        tables.best_head(found[(found[list(cell)] == pd.Series(cell)).all(axis=1)])["head"].iloc[0]
        for cell in cells
    ]


def main() -> None:
    arguments = results.parse(studies.parser(__doc__, data="loans.parquet", rows=100_000))
    quick, out, folder, n_jobs = arguments.quick, arguments.out, arguments.data, arguments.n_jobs
    n_rows, n_runs, n_steps, rounds = (1_000, 2, 4, 2) if quick else (arguments.rows, 5, 100, 31)
    data = ("flights",) if folder is None else ("flights", "loans")
    cells = studies.combinations(data=data, split=SPLITS, model=MODELS)
    firsts = [systems.BASELINE, *map(systems.frequency, systems.HEADS), systems.ONE_HOT]
    todo = [job(cell, system) for cell in cells for system in firsts]
    path = studies.kept(f"paper_quality_{n_rows}", quick)
    work = partial(quality, folder, n_rows, n_runs)
    heads = heads_of(cells, studies.measure(work, todo, path, n_jobs))
    todo += [one for cell, head in zip(cells, heads, strict=True) for one in second_part(cell, head)]
    runs = tables.beside_the_baseline(studies.measure(work, todo, path, n_jobs))
    at_random = [
        cell | {"head": head}
        for cell, head in zip(cells, heads, strict=True)
        if cell["split"] == "random"
    ]
    path = studies.kept(f"paper_speed_{n_rows}", quick)
    timing = partial(speed, folder, n_rows, n_steps, rounds)
    times = tables.steps_beside_the_baseline(studies.measure(timing, at_random, path, n_jobs=1))
    print(f"{len(runs):,} models, {runs['seconds'].sum() / 3600:.1f} hours of training")
    for name, table in (tables.of_quality(runs) | {"paper_speed": tables.speeds(times)}).items():
        results.write(table, out, name, n_names=2 if name in tables.DETAILS else 1)
    paper_plots.draw_quality(tables.main_runs(runs), out / "paper_quality.svg")
    paper_plots.draw_speed(times, out / "paper_speed.svg")
    results.write_setup(out, "paper setup", ["torch"])


if __name__ == "__main__":
    main()
