"""Coverage and collisions
=======================

Two questions come up with every encoder: how much of the data has a slot of its own, and how much of
the rest the model cannot tell apart. Each has a display: it takes the numbers from a fitted encoder,
draws them, and gives them as a table.

Run it with ``python examples/coverage_and_collisions.py [--rows 20000]``.
"""

# %%
# Six columns of a year of flights, and an encoder of a tenth of their one-hot size. The first two
# thirds of the year are for fitting; what comes later is new to the encoder.

import argparse
from pathlib import Path

from hybrid_encoder import CollisionDisplay, CoverageDisplay, HybridHashEncoder
from hybrid_encoder.datasets import load_flights

parser = argparse.ArgumentParser(description="What an encoder covers, and what collides in it.")
parser.add_argument("--rows", type=int, help="take so many rows, for a quick look")
parser.add_argument(
    "--out", type=Path, default=Path(__file__).parent / "output", help="for the pictures"
)
arguments = parser.parse_args()

OUTPUT = arguments.out
OUTPUT.mkdir(exist_ok=True)

X = load_flights().data.drop(columns="date")
if arguments.rows:
    X = X.sample(arguments.rows, random_state=0).sort_index()
first = len(X) * 2 // 3
past, later = X[:first], X[first:]
encoder = HybridHashEncoder(max_features=800).fit(past)

# %%
# Coverage
# --------
# A line per column: what a head of its so many most frequent values covers. The dot is the head that
# the encoder has, and it lies under its line as far as other values have become frequent since `fit`.
# Three origins are all there are; of the tail numbers, thousands and all rare, no head of this size
# covers much. The black line ranks the values of all columns together, as the budget does.

coverage = CoverageDisplay.from_estimator(encoder, later).plot()
coverage.figure_.savefig(OUTPUT / "coverage_later.png", dpi=120)

# %%
# The table behind it has a row per value. These are the values to miss most: the most frequent ones
# of later months that have no slot.

values = coverage.frame(total=True)
print(values[~values["in_head"]].head(10).to_string(index=False))

# %%
# Without rows the display shows what the encoder knows by itself, the head at `fit`.

known = CoverageDisplay.from_estimator(encoder).frame()
print(known.groupby("column", sort=False)["coverage"].max().round(3).to_string())

# %%
# Collisions
# ----------
# Two values of the tail that light the same two buckets are one to the model. How many do depends on
# the number of buckets, and with two hashes on its square: the lines say what to expect, the crosses
# what MurmurHash3 really does, the dots what the encoder has. For no more than one tail number in ten
# to find its buckets taken, the column needs some 180 of them;
# ``HybridHashEncoder(n_buckets={"tailnum": 180})`` grants them.

collisions = CollisionDisplay.from_estimator(encoder, later).plot()
collisions.figure_.savefig(OUTPUT / "collisions_by_buckets.png", dpi=120)
print(collisions.frame().query("column == 'tailnum'").round(1).to_string(index=False))
print(f"saved {OUTPUT / 'coverage_later.png'} and {OUTPUT / 'collisions_by_buckets.png'}")
