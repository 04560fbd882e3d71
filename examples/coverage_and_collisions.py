"""
Which values have a column, and which collide?
==============================================

Two displays show which share of the rows has a slot, and how many of the other values a model cannot
distinguish. They compute the numbers from a fitted encoder, draw them, and return them as a table.
"""

# %%
# The data has six columns of a year of flights, and the encoder a tenth of their one-hot columns. It is
# fitted on the first two thirds of the year, and compared with the last third.

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
# The line of a column shows the share of rows that its most frequent values cover. The dot shows the
# encoder's head: its number of slots, and the share of rows they cover. A dot below its line means that
# other values have become frequent since ``fit``. The three origins all have a slot. The thousands of
# tail numbers are all rare, so a small head covers few rows. For the black line the values of all
# columns are ranked together, as for the shared budget.

coverage = CoverageDisplay.from_estimator(encoder, later).plot()
plt.show()

# %%
# The table has a row per value. We print the most frequent values of the later months without a slot.

values = coverage.frame(total=True)
print(values[~values["in_head"]].head(10).to_string(index=False))

# %%
# Without rows the display shows the values that have a slot, with their shares at ``fit``.

known = CoverageDisplay.from_estimator(encoder).frame()
print(known.groupby("column", sort=False)["coverage"].max().round(3).to_string())

# %%
# Collisions
# ----------
# A model cannot distinguish two tail values with the same two buckets. The number of pairs of buckets
# grows with the square of the number of buckets. The lines show expected collisions, the crosses the
# collisions counted in these rows, and the dots the encoder's buckets. If at most one tail number in
# ten may collide, the column needs about 180 buckets:
# ``HybridHashEncoder(n_buckets={"tailnum": 180})``.

collisions = CollisionDisplay.from_estimator(encoder, later).plot()
plt.show()

# %%

print(collisions.frame().query("column == 'tailnum'").round(1).to_string(index=False))

# %%
# Collisions do not always matter: rare tail numbers are hardly informative about delays, so more buckets
# would not improve a model. ``encoder.report(later)`` has the same figures in one row per column.
#
# ``python examples/coverage_and_collisions.py FOLDER`` saves both figures in that folder.

for folder in sys.argv[1:]:
    coverage.figure_.savefig(Path(folder) / "coverage_later.png", dpi=120)
    collisions.figure_.savefig(Path(folder) / "collisions_by_buckets.png", dpi=120)
