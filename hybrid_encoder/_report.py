"""What an encoder makes of each input column, as a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ._fit.counts import Counts
from ._fit.slots import Seating, place_values
from ._transform.fitted_column import SettledColumn
from ._transform.layout import Layout
from ._transform.lookup import TAIL, Places
from ._transform.vocabulary import Vocabulary
from .collisions import code_space, expected_collisions


@dataclass(frozen=True, slots=True)
class Coverage:
    """How the weight of one column's values is spread.

    Attributes
    ----------
    head, tail, missing : float
        Shares of all values that have a slot, that have none, and that are missing.
    tail_values : int
        Distinct values in the tail; missing is one of them if it lives in the buckets.
    """

    head: float
    tail: float
    missing: float
    tail_values: int


def coverage(counts: Counts, in_head: NDArray[np.bool_], missing_in_tail: bool) -> Coverage:
    """How a head covers the values counted, `in_head` telling which of them it holds."""
    head = float(counts.weights[in_head].sum())
    tail = float(counts.weights[~in_head].sum())
    tail += counts.lost
    total = (head + tail + counts.missing) or 1.0
    tail_values = int((~in_head).sum()) + counts.unlisted
    tail_values += int(missing_in_tail and counts.missing > 0)
    return Coverage(head / total, tail / total, counts.missing / total, tail_values)


def describe(
    seatings: Sequence[Seating],
    columns: Sequence[SettledColumn],
    layout: Layout,
    shares_slots: Sequence[bool],
) -> dict[str, list[Any]]:
    """An encoder as it was fitted: the columns of a table with a row per input column.

    Parameters
    ----------
    seatings : sequence of Seating
        The counts of each input column, and who has which slot.
    columns : sequence of SettledColumn
        The same columns, as they are settled.
    layout : Layout
        The output columns.
    shares_slots : sequence of bool
        Whether the slots of a column are a share of the budget.
    """
    covers = [
        coverage(
            seating.counts,
            seating.slots[:-1] >= 0,
            missing_in_tail=not column.ignore_missing and seating.slots[-1] < 0,
        )
        for seating, column in zip(seatings, columns, strict=True)
    ]
    counts = [seating.counts for seating in seatings]
    n_taken = [len(seating.head) for seating in seatings]
    tail_values = [cover.tail_values for cover in covers]
    collisions = expected_collisions(tail_values, code_space(layout.n_buckets, len(columns[0].seeds)))
    return {
        "kind": [
            ("list of " if table.multi_hot else "") + (table.kind or "missing") for table in counts
        ],
        "distinct": [table.n_distinct for table in counts],
        "slots": layout.n_slots.tolist(),
        "free_slots": (layout.n_slots - n_taken).tolist(),
        "buckets": layout.n_buckets.tolist(),
        "output_columns": layout.widths.tolist(),
        "head_share": [cover.head for cover in covers],
        "tail_share": [cover.tail for cover in covers],
        "missing_share": [cover.missing for cover in covers],
        "tail_values": tail_values,
        "expected_collisions": collisions.tolist(),
        "starved": _starved(layout, shares_slots, covers),
    }


def _starved(layout: Layout, shares_slots: Sequence[bool], covers: Sequence[Coverage]) -> list[bool]:
    """Which columns got less than an equal share of slots, and have most of their rows in the tail."""
    equal = layout.n_slots[list(shares_slots)].sum() / max(1, sum(shares_slots))
    return [
        bool(share and slots < equal and cover.tail > 0.5)
        for share, slots, cover in zip(shares_slots, layout.n_slots, covers, strict=True)
    ]


def measure(counts: Counts, column: SettledColumn) -> dict[str, float]:
    """What becomes of the values counted in one column of a table: shares and real collisions."""
    places = places_of_values(counts, *column.rules)
    in_tail = places.slots == TAIL
    cover = coverage(counts, ~in_tail[: counts.n_values], bool(in_tail[counts.n_values :].any()))
    return {
        "measured_head_share": cover.head,
        "measured_tail_share": cover.tail,
        "measured_missing_share": cover.missing,
        "measured_tail_values": cover.tail_values,
        "measured_collisions": collisions(places.buckets),
    }


def places_of_values(
    counts: Counts,
    vocabulary: Vocabulary,
    n_buckets: int,
    seeds: tuple[int, ...],
    ignore_missing: bool,
) -> Places:
    """The places of the distinct values of a column; last that of a missing one, if there are any."""
    everything = np.arange(counts.n_values + int(counts.missing > 0))
    return place_values(counts, everything, vocabulary, n_buckets, seeds, ignore_missing)


def collisions(buckets: NDArray[np.int32]) -> int:
    """How many different values, given by their buckets, find these taken, in whichever order.

    Examples
    --------
    >>> collisions(np.array([[0, 1], [1, 0], [1, 2]], dtype=np.int32))
    1
    """
    if buckets.shape[1] == 0:
        return 0
    ordered = np.sort(buckets, axis=1).astype(np.int64)
    return len(buckets) - len(pd.unique(ordered[:, 0] << 32 | ordered[:, -1]))
