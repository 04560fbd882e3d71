"""The page of the paper's experiments, from the results on disk."""

from importlib.metadata import version
from pathlib import Path

import pandas as pd
import paper_tables as tables
from paper_plots import draw_quality, draw_speed
from report import machine

PAGE = """# The paper's experiments on public data

Made by `python benchmarks/paper.py --data FOLDER`: {machine} PyTorch {torch}, one thread per
model. {n_runs} models are counted here, {hours:.1f} hours of training on one core of a shared machine.

{verdict}
{summary}
![Quality against size](paper_quality.svg)

{setting}
{sizes}
{sgd}
{speed}
![Steps per second](paper_speed.svg)

{aggregations}
{beginnings}
## Tables 1 and 2

Table rows are the output columns of the encoder, and so the rows of each embedding table. "model %" is
the saved model (`torch.save` of its state) in per cent of the baseline's: what the paper counts. "with
encoder %" adds the pickled encoder, which holds the head's values, on both sides. "rate" is the learning
rate chosen. "RCE valid" is on the validation rows, where k was chosen; "RCE" on the test rows, mean ±
standard deviation of 5 runs; "to baseline" the mean of the paired differences ± its standard error, bold
where chance does not explain it.

{details}"""

VERDICT = """\
## What held, and what did not

The paper, on advertisements: regular hashing has an RCE of 11.988; one hash, 120,000 slots and half
of the buckets 11.985 at 31.5 % of the size; two hashes and an eighth of the buckets 11.996 at
11.3 %. On its timeline data 12.7 % of the size are on a par. Here, on tables thousands of times
smaller:

- **Held: frequency hashing with half of the buckets is as good as the baseline or better** in all
  eight cells, with k chosen on validation rows: by 1.1 to 5.2 where the split is random, by 0.0 to
  3.1 in time order, where only one gain of four is beyond chance. The models do not shrink to a
  third by it: half of the buckets alone are half of the table.
- **Held: hybrid hashing is nowhere worse than the baseline beyond chance**, with that k, from B =
  2^-2 to 2^-5; where the split is random it is better by 0.4 to 5.0, beyond chance in all but one
  of 16 cases. But the models have 13 to 67 % of the baseline's size, as k is 20 % of the values or
  more in seven of eight cells: here a value has few rows, and the best head is a larger share of
  them.
- **Held on the loans only: a tenth of the size.** With the paper's share, 3 % of the values, and B
  = 2^-5 hybrid hashing is on a par or better at 9 % of the size. On the flights split at random it
  loses 5.8, and 3.8 to 3.9 with B = 2^-3: 3 % of the values are 233 slots for all columns, 6 of
  them for the 365 dates, which are about equally frequent and say the most. With k = 10 % all but
  one date have a slot, and frequency hashing gains 4.8 and more. Such a column needs a `top_k` of
  its own, or a measure of importance that looks at the target.
- **Where the paper ends: the same 3 %, ranked by the target.** With `importance="pooled_info"`,
  what the encoder does by default where it is given a `y`, and B = 2^-5, the loss of 5.8 on the
  flights split at random becomes a gain of 2.4 and more at 15 to 16 % of the size, and the loans
  are on a par or better at 9 %, by 0.2 to 1.2. Only on the flights in time order, where no system
  tells much, it loses 0.2. So a tenth of the size holds on the loans, with either ranking, and 15
  to 16 % on the flights split at random, with this one. On the loans the two rankings differ within
  chance at B = 2^-5; with B = 2^-3 this one is better by 1.5 in one cell of four (in time order,
  MLP) and worse by 0.7 in another (random, wide and deep).
- **Did not hold: double hashing alone on a par.** At the size of hybrid hashing with B = 2^-3 it
  loses 0.3 to 2.4, in five of eight cells beyond chance. It beats one hash of that size on the
  flights split at random, by 1.9 and 2.7; elsewhere they differ by 0.8 at most, either way, and only
  once beyond chance (loans, random, wide and deep: 0.8 worse).
- **The head does it.** The head alone, its tail dropped, is smaller than hybrid hashing with B =
  2^-3, nowhere worse beyond chance, and better in three of eight cells (by 0.4 to 2.0). In one pass
  over so few rows the plain sum of two buckets is as much noise as knowledge. At
  `tail_weight=0.25`, the encoder's default, or joined by concatenation, hybrid hashing is as good
  as the head alone (MLP, see below). In double hashing alone 0.25 loses 1.2 and 1.4 in two cells of
  four beyond chance: give it `tail_weight=1`.
- **Concatenation beats the sum in double hashing**, by 0.3 to 2.8 in all four cells, three of them
  beyond chance. It knows the order of the pair, and so has twice as many codes. In hybrid hashing
  it is beyond chance in one cell of four (flights at random, by 0.6).
- **Held: speed.** Double hashing does 8 to 16 % fewer steps per second than the baseline (in the
  paper 22 %), hybrid and frequency hashing are within 3 % of it.
- **Plain SGD at 0.001 learns nothing** in one pass over these rows: no model beats the base rate.
- In time order all models are weak, and five runs tell few of them apart. Learning rates and k are
  chosen on rows that already differ from the test rows, and on the loans the share that is not paid
  back grows from 1998 to 2003.

Sizes are those of the saved model. Its hidden layers, 8 to 9 % of the baseline on the flights and
3 % on the loans, do not shrink. The head's values, which the encoder keeps, come to 0.4 to 12 % of
the baseline more, growing with k (one-hot: 19 to 30 %): "with encoder %" in the tables.
"""

SETTING = """\
## How it was done

Flights (with crosses, as shipped) and loans approved from 1998 to 2003, before the crisis changed
what a default means: {n_rows:,} rows of each, drawn at random, in their order. In time order the
first 70 % train, the next 10 % validate, the last 20 % test; or the same shares at random. Dates
are left out where they cannot come again (flights in time order, loans). The continuous columns of
the loans are cut at 20 percentiles of the training rows, see [continuous columns](guide/continuous.md).

The MLP has embeddings of 8 numbers per column and hidden layers of 64 and 32; wide and deep adds a
linear model on the encoding. The pair of a tail value is summed with full weight (`tail_weight=1`),
as in the paper. One pass in batches of 128. As plain SGD barely learns in one pass over so few rows
(see below), the main tables use Adagrad; of the rates 0.02, 0.05 and 0.1 each system has the one
that is best on the validation rows in its first run. Five runs differ in the seeds of weights and
hashes, and where the split is random in the order of the training rows; the same run number means
the same seeds for every system, so that differences are paired.

The baseline has as many buckets as the power of two at or above the number of distinct values in
the training rows of all columns together, as in the paper. The paper hashes all columns into one
space; here every column has its own part of it, in proportion to its distinct values, two at least.
B = 2^-3 means an eighth of the baseline's buckets in every column. k is the share of all distinct
values, ranked over all columns together, that have a slot. First k is swept with one hash and B =
2^-1 (frequency hashing); then B is swept with two hashes and the k that was best on the validation
rows (hybrid hashing). Double and regular hashing "of the size of" such a system turn its slots into
buckets.
"""


def write(kept: Path, pages: Path, n_rows: int) -> str:
    """Draw the plots and write the page; returns its text."""
    runs = tables.read(kept / "quality.csv")
    times = tables.ratios(pd.read_csv(kept / "speed.csv"))
    draw_quality(tables.plain(runs), pages / "paper_quality.svg")
    draw_speed(times, pages / "paper_speed.svg")
    hours = runs["seconds"].sum() / 3600
    page = PAGE.format(
        machine=machine(),
        torch=version("torch"),
        verdict=VERDICT,
        setting=SETTING.format(n_rows=n_rows),
        n_runs=len(runs),
        hours=hours,
        sizes=tables.sizes(runs).markdown(),
        summary=tables.summary(runs).markdown(),
        sgd=tables.plain_sgd(runs).markdown(),
        aggregations=tables.aggregations(runs).markdown(),
        beginnings=tables.beginnings(runs).markdown(),
        speed=tables.speeds(times).markdown(),
        details=tables.all_details(runs),
    )
    (pages / "paper.md").write_text(page, encoding="utf-8")
    return page
