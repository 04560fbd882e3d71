"""
Which values have a column, and what collides?
==============================================

Two questions come up with every encoder: how much of the data has a column of its own, and how much of
the rest the model cannot tell apart. Each has a display: it takes the numbers from a fitted encoder,
draws them, and gives them as a table.
"""

# %%
# Six columns of a year of flights, and an encoder of a tenth of their one-hot size. The first two
# thirds of the year are for fitting; what comes later is new to the encoder.

import sys
from pathlib import Path

import matplotlib.pyplot as plt

from hybrid_encoder import CollisionDisplay, CoverageDisplay, HybridHashEncoder
from hybrid_encoder.datasets import load_flights

X = load_flights().data.drop(columns="date")
first = len(X) * 2 // 3
past, later = X[:first], X[first:]
encoder = HybridHashEncoder(max_features=800).fit(past)

# %%
# Coverage
# --------
# A line per column: what a head of its so many most frequent values covers. The dot is the head
# that the encoder has, and it lies under its line as far as other values have become frequent
# since ``fit``. Three origins are all there are; of the tail numbers, thousands and all rare, no
# head of this size covers much. The black line ranks the values of all columns together, as the
# budget does.

coverage = CoverageDisplay.from_estimator(encoder, later).plot()
plt.show()

# %%
# The table behind it has a row per value. These are the values to miss most: the most frequent ones
# of later months that have no column.

values = coverage.frame(total=True)
print(values[~values["in_head"]].head(10).to_string(index=False))

# %%
# Without rows the display shows what the encoder knows by itself, the head at ``fit``.

known = CoverageDisplay.from_estimator(encoder).frame()
print(known.groupby("column", sort=False)["coverage"].max().round(3).to_string())

# %%
# Collisions
# ----------
# Two values of the tail that light the same two buckets are one to the model. How many do depends
# on the number of buckets, and with two hashes on its square: the lines say what to expect, the
# crosses what MurmurHash3 really does, the dots what the encoder has. For no more than one tail
# number in ten to find its buckets taken, the column needs some 180 of them;
# ``HybridHashEncoder(n_buckets={"tailnum": 180})`` grants them.

collisions = CollisionDisplay.from_estimator(encoder, later).plot()
plt.show()

# %%

print(collisions.frame().query("column == 'tailnum'").round(1).to_string(index=False))

# %%
# Whether collisions hurt is another question: here the tail of the tail numbers tells next to
# nothing of delays, and more buckets would buy as little. ``encoder.report(later)`` has the same
# figures in a row per column.
#
# ``python examples/coverage_and_collisions.py FOLDER`` saves both pictures there.

for folder in sys.argv[1:]:
    coverage.figure_.savefig(Path(folder) / "coverage_later.png", dpi=120)
    collisions.figure_.savefig(Path(folder) / "collisions_by_buckets.png", dpi=120)
