"""The paper's experiments on public data: quality against size, and training speed.

    python benchmarks/paper.py --data FOLDER [--rows 100000] [--n-jobs 2] [--quick] [--report-only]

Flights (shipped) and, with ``--data``, loans; each trained on earlier rows and tested on those that
follow, and split at random; each with a perceptron on embeddings and a wide-and-deep model. First the
size of the head is swept with one hash and half of the baseline's buckets (the paper's frequency
hashing), then the buckets of two hashes with the head that was best on validation rows (hybrid
hashing). Every result is printed as it comes and kept in build/paper/, where a broken run goes on;
the page docs/paper.md and its plots are written at the end. ``--quick`` takes a minute, shows that
all of it runs, and writes nothing.
"""

import argparse
import itertools
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import paper_page
import paper_systems as systems
import paper_tables
import torch
from joblib import Parallel, delayed
from paper_models import BATCH, MODELS, n_bytes, probabilities, steps
from paper_systems import System
from torch import nn

from hybrid_encoder.metrics import relative_cross_entropy

ROOT = Path(__file__).resolve().parents[1]
SPLITS = ("in time", "random")
RATES = {"adagrad": (0.02, 0.05, 0.1), "sgd": (0.001,)}
STDS = (0.01, 0.35, 1.0)


@dataclass(frozen=True)
class Cell:
    """What a system is measured on."""

    data: str
    split: str
    model: str


@dataclass(frozen=True)
class Job:
    """All runs of one system in one cell."""

    cell: Cell
    system: System
    optimiser: str = "adagrad"

    @property
    def key(self) -> dict[str, object]:
        return asdict(self.cell) | asdict(self.system) | {"optimiser": self.optimiser}


@dataclass(frozen=True)
class Scale:
    """How much is done."""

    folder: Path | None
    n_rows: int
    n_runs: int
    n_jobs: int


def measure(job: Job, scale: Scale) -> list[dict[str, object]]:
    """Runs of a system: the learning rate chosen by the first on validation rows, kept by the others."""
    torch.set_num_threads(1)
    first = [run(job, scale, rate, number=0) for rate in RATES[job.optimiser]]
    best = max(first, key=lambda result: result["valid"])
    others = [run(job, scale, best["rate"], number) for number in range(1, scale.n_runs)]
    return [job.key | result for result in (best, *others)]


def run(job: Job, scale: Scale, rate: float, number: int) -> dict[str, float]:
    """Quality and sizes of one model; the number seeds the table, the hashes and the order of rows."""
    task = systems.load(job.cell.data, job.cell.split, scale.folder, scale.n_rows)
    encoder, model = build(job, task, number)
    indices = torch.from_numpy(encoder.encode_indices(task.X))
    target = torch.tensor(task.y, dtype=torch.float32)
    order = task.train
    if job.cell.split == "random":
        order = np.random.default_rng(number).permutation(order)
    start = time.perf_counter()
    for _ in steps(model, indices[order], target[order], job.optimiser, rate):
        pass
    seconds = time.perf_counter() - start
    quality = {
        part: relative_cross_entropy(task.y[rows], probabilities(model, indices[rows]))
        for part, rows in (("valid", task.valid), ("test", task.test))
    }
    model_bytes, encoder_bytes = n_bytes(model, encoder)
    return quality | {
        "run": number,
        "rate": rate,
        "table_rows": encoder.n_features_out_,
        "model_bytes": model_bytes,
        "encoder_bytes": encoder_bytes,
        "seconds": round(seconds, 2),
    }


def build(job: Job, task: systems.Task, number: int) -> tuple:
    """A fitted encoder and a fresh model."""
    encoder = systems.encoder(job.system, task, seed=number)
    encoder.fit(task.X.iloc[task.train], task.y[task.train])
    torch.manual_seed(number)
    model = MODELS[job.cell.model](encoder, job.system.combine, task.y[task.train].mean())
    if job.system.std is not None:
        nn.init.normal_(model.embedding.weight, std=job.system.std)
    return encoder, model


class Results:
    """What has been measured so far, on disk: a broken run goes on where it ended."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)

    def table(self) -> pd.DataFrame:
        if not self.path.exists():
            return pd.DataFrame()
        return pd.read_csv(self.path)

    def add(self, rows: Sequence[dict[str, object]]) -> None:
        """Append rows, and the names of their columns before the first."""
        pd.DataFrame(rows).to_csv(self.path, mode="a", header=not self.path.exists(), index=False)

    def of(self, job: Job) -> pd.DataFrame:
        """The runs of one job."""
        table = self.table()
        for name, value in job.key.items() if len(table) else ():
            table = table[table[name].isna() if value is None else table[name] == value]
        return table


def measure_all(jobs: Sequence[Job], scale: Scale, results: Results) -> None:
    """Measure what has not been measured, a process for each job, and say so line by line."""
    missing = [job for job in dict.fromkeys(jobs) if len(results.of(job)) == 0]
    start = time.perf_counter()
    work = (delayed(measure)(job, scale) for job in missing)
    found = Parallel(n_jobs=scale.n_jobs, return_as="generator")(work)
    for number, (job, rows) in enumerate(zip(missing, found, strict=True), 1):
        results.add(rows)
        test = [row["test"] for row in rows]
        print(
            f"{time.perf_counter() - start:5.0f} s {number}/{len(missing)} {job.cell.data}, "
            f"{job.cell.split}, {job.cell.model}: {paper_tables.label(job.system)}, {job.optimiser} "
            f"{rows[0]['rate']}: RCE {np.mean(test):.2f} +- {np.std(test, ddof=1):.2f}",
            flush=True,
        )


def experiments(cells: Sequence[Cell], scale: Scale, results: Results) -> None:
    """Everything of quality: the head first, then what is built on its best size."""
    firsts = [systems.BASELINE, *map(systems.frequency, systems.HEADS), systems.ONE_HOT]
    measure_all([Job(cell, system) for cell in cells for system in firsts], scale, results)
    heads = {cell: best_head(cell, results) for cell in cells}
    jobs = [Job(cell, system) for cell in cells for system in built_on(heads[cell])]
    for cell in cells:
        if cell.model == "MLP":
            jobs += [Job(cell, system, "sgd") for system in the_four(heads[cell])]
            jobs += [Job(cell, system) for system in variants(heads[cell], cell.split)]
    measure_all(jobs, scale, results)


def best_head(cell: Cell, results: Results) -> float:
    """The share of values with the best mean quality on validation rows."""
    quality = {
        head: results.of(Job(cell, systems.frequency(head)))["valid"].mean() for head in systems.HEADS
    }
    return max(quality, key=quality.__getitem__)


def built_on(head: float) -> list[System]:
    """Hybrid hashing with fewer and fewer buckets, and others of the same sizes."""
    hybrids = [systems.hybrid(head, power) for power in systems.POWERS]
    doubles = [systems.without_head(system, n_hashes=2) for system in hybrids]
    small = [systems.with_the_papers_head(power) for power in (3, 5)]
    small += [systems.ranked_by_the_target(power) for power in (3, 5)]
    regular = systems.without_head(hybrids[1], n_hashes=1)
    return [*hybrids, *small, *doubles, regular, systems.head_only(head)]


def the_four(head: float) -> list[System]:
    """The paper's systems, the last two at an eighth of the buckets, where it finds par."""
    hybrid = systems.hybrid(head, power=3)
    double = systems.without_head(hybrid, n_hashes=2)
    return [systems.BASELINE, double, systems.frequency(head), hybrid]


def variants(head: float, split: str) -> list[System]:
    """Other ways to join the pair, and other beginnings of the table."""
    _, double, _, hybrid = the_four(head)
    joined = [
        replace(system, combine=combine, tail_weight=weight)
        for system in (double, hybrid)
        for combine, weight in (("concat", 1.0), ("sum", 0.25))
    ]
    return joined + [replace(hybrid, std=std) for std in STDS if split == "random"]


def speed(
    cells: Sequence[Cell], scale: Scale, results: Results, n_steps: int, rounds: int
) -> Iterator[dict[str, object]]:
    """Seconds of training steps, all systems in turn in an order that changes every round."""
    torch.set_num_threads(1)
    for cell in cells:
        four = the_four(best_head(cell, results))
        work = {system: stretch(Job(cell, system), scale, n_steps) for system in four}
        order, shuffle = [*work], random.Random(0).shuffle
        for number in range(-1, rounds):
            shuffle(order)
            for system in order:
                encoding, training = work[system]()
                if number >= 0:
                    times = {"encoding": encoding, "training": training, "steps": n_steps}
                    yield Job(cell, system).key | {"round": number} | times


def stretch(job: Job, scale: Scale, n_steps: int) -> Callable[[], tuple[float, float]]:
    """Some training steps on the next rows, which are encoded before: seconds of both."""
    task = systems.load(job.cell.data, job.cell.split, scale.folder, scale.n_rows)
    encoder, model = build(job, task, number=0)
    blocks = itertools.cycle(np.array_split(task.train, max(1, len(task.train) // (n_steps * BATCH))))

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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder of loans.parquet")
    parser.add_argument("--rows", type=int, default=100_000, help="of each table, drawn at random")
    parser.add_argument("--n-jobs", type=int, default=2)
    parser.add_argument("--quick", action="store_true", help="a small run that only shows it works")
    parser.add_argument("--report-only", action="store_true", help="write the page anew")
    arguments = parser.parse_args()
    if arguments.quick:
        with tempfile.TemporaryDirectory() as folder:
            scale = Scale(arguments.data, 1_000, n_runs=2, n_jobs=1)
            print(whole(scale, Path(folder), Path(folder), n_steps=4, rounds=2))
        return
    scale = Scale(arguments.data, arguments.rows, n_runs=5, n_jobs=arguments.n_jobs)
    kept, pages = ROOT / "build" / "paper", ROOT / "docs"
    if arguments.report_only:
        print(paper_page.write(kept, pages, scale.n_rows))
    else:
        print(whole(scale, kept, pages, n_steps=100, rounds=31))


def whole(scale: Scale, kept: Path, pages: Path, n_steps: int, rounds: int) -> str:
    """Everything, and the page."""
    tables = ("flights",) if scale.folder is None else ("flights", "loans")
    cells = [Cell(*names) for names in itertools.product(tables, SPLITS, MODELS)]
    results = Results(kept / "quality.csv")
    experiments(cells, scale, results)
    timed = kept / "speed.csv"
    if not timed.exists():
        random_cells = [cell for cell in cells if cell.split == "random"]
        times = pd.DataFrame(speed(random_cells, scale, results, n_steps, rounds))
        times.to_csv(timed, index=False)
    return paper_page.write(kept, pages, scale.n_rows)


if __name__ == "__main__":
    main()
