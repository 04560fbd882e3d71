"""The page of what counting a stream costs."""

import numpy as np
import pandas as pd
from markdown import table

MEGABYTE, KILOBYTE = 1e6, 1e3
STRETCHES = 5  # of calls, that are shown


def page(recalls: pd.DataFrame, costs: pd.DataFrame) -> str:
    """The whole page."""
    bounded = costs[costs["counted"] != "all values"]
    n_head = int(recalls["slots"].iloc[0])
    return f"""# Counting a stream

What `partial_fit` costs as a stream goes on, and how good a head is that is chosen from a bounded
number of counts. `python benchmarks/counting.py --data FOLDER` measures both and writes this page, on
one core of a shared machine. How to use it: [vocabularies that keep learning](../guide/streaming.md).

## Time and memory

{len(bounded):,} calls of 10,000 rows: one column of text ids by a power law (exponent 1.3). The thousand
most frequent ones stay; all others give way to new ones every 50 calls. 4,000 slots, 1,000 buckets.
Once with `max_tracked=20_000` and, over half as many calls, once with the counts of all values. Medians
over the calls, and the time that nineteen of twenty calls stay below. Megabytes are those of the whole
Python process, in which the runs follow each other. Nothing is forgotten (`decay=1`), so with all counts
hardly any slot changes hands in the end; with a bound, values of the eras before are let go of.

{_costs(costs)}

With a bound a call takes time and memory for its rows, the head and the values counted, whatever has
been seen before. Without one both grow with the number of different values so far.

## The head from a bounded number of counts

How many of the {n_head:,} slots of a column have a value that belongs there (it is as frequent in all
rows, counted by pandas, as the {n_head:,}th most frequent value) after the last batch of 10,000 rows, by
how many values are counted per slot. "Error" is what a count may be too low by
(`report()["count_error"]`), "bound" what it can be at most: the number of values that are not missing
over `max_tracked` + 1.
"Values" are those that the last call saw: of its rows, and whose counts were kept before.

{_recalls(recalls)}

Even with all counts 0.6 to 2.8 % of the slots have a value that does not belong there: who comes later
must be ahead by a margin, or slots would change hands to and fro.
"""


def _costs(costs: pd.DataFrame) -> str:
    rows = []
    for counted, own in costs.groupby("counted", sort=False):
        for calls in np.array_split(np.arange(len(own)), STRETCHES):
            part = own.iloc[calls]
            rows.append(
                [
                    str(counted),
                    f"{part['call'].iloc[0]:,} to {part['call'].iloc[-1]:,}",
                    f"{1000 * part['seconds'].median():.1f}",
                    f"{1000 * part['seconds'].quantile(0.95):.1f}",
                    f"{part['resident'].median() / MEGABYTE:.0f}",
                    f"{part['changed'].median():.0f}",
                    f"{part['pickled'].iloc[-1] / KILOBYTE:,.0f}" if calls[-1] == len(own) - 1 else "",
                ]
            )
    header = ["counted", "calls", "ms", "ms, 95 %", "process, MB", "slots changed", "pickle, kB"]
    return table(header, rows, 2)


def _recalls(recalls: pd.DataFrame) -> str:
    rows = [
        [
            f"{found.stream}, {found.column}",
            "all" if found.tracked == 0 else f"{found.tracked} per slot",
            f"{found.counted:,}",
            f"{100 * found.recall:.1f}",
            f"{found.error:,.0f}",
            "" if found.tracked == 0 else f"{found.bound:,.0f}",
            f"{found.pickled / KILOBYTE:,.0f}",
            f"{found.seconds:.1f}",
        ]
        for found in recalls.itertuples()
    ]
    header = [
        "stream, column",
        "counted",
        "values",
        "slots right, %",
        "error",
        "bound",
        "pickle, kB",
        "s",
    ]
    return table(header, rows, 2)
