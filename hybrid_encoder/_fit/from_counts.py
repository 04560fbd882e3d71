"""Counts that were made elsewhere, by a ``GROUP BY``: a row per value, or per value and class."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from .from_counts_column import entries_of, tally_of
from .importance import needs_target, takes_target
from .n_rows import Rows, check_left_out, of_the_same_rows, tally_of_rows
from .plan import Plan
from .tally import Tally, align


def header_of(groups: Any) -> pd.DataFrame:
    """A table without rows that has the columns counted.

    Raises
    ------
    TypeError
        If there is no mapping of columns to counts.
    ValueError
        If no column is counted, or if keys are numbers, and not the positions of columns.

    Examples
    --------
    >>> header_of({"country": {"US": 3}, "city": {"NYC": 3}}).columns.tolist()
    ['country', 'city']
    """
    if not isinstance(groups, Mapping):
        raise TypeError(
            f"counts must map each column to its counts; it is a {type(groups).__name__}. Pass "
            "{'country': a Series indexed by value}, for example."
        )
    keys = list(groups)
    if not keys:
        raise ValueError("counts has 0 feature(s) while a minimum of 1 is required. Pass one at least.")
    if not all(isinstance(key, str) for key in keys) and keys != list(range(len(keys))):
        raise ValueError(
            f"The keys of counts are {keys}. Pass the names of all columns, or their positions, which "
            f"are {list(range(len(keys)))}, in order."
        )
    return pd.DataFrame(columns=keys, dtype=object)


def read_groups(
    groups: Mapping[Any, Any],
    plan: Plan,
    *,
    most_classes: int | None,
    no_missing: bool,
    n_rows: Rows,
    multi_hot: str | Iterable[Any],
) -> list[Tally]:
    """The counts of all columns, by the same classes.

    Parameters
    ----------
    groups : mapping of column to Series, DataFrame or mapping
        How often each value occurs, by class perhaps.
    plan : Plan
        What the parameters ask for.
    most_classes : int or None
        With more classes than these they are not looked at.
    no_missing : bool
        Whether missing values are refused.
    n_rows : float, Series or mapping, or None
        How many rows were counted, by class if the counts are.
    multi_hot : collection
        The columns whose cells are lists.

    Raises
    ------
    TypeError, ValueError
        See `HybridHashEncoder.fit_counts`.
    """
    multi_hot = [multi_hot] if isinstance(multi_hot, str) else list(multi_hot)
    unknown = [key for key in multi_hot if key not in groups]
    if unknown:
        raise ValueError(
            f"multi_hot names the column {unknown[0]!r}, which counts does not have. Its columns are "
            f"{', '.join(map(repr, groups))}."
        )
    entries = {label: entries_of(group, label) for label, group in groups.items()}
    tallies = [
        tally_of(*entry, label, plan.importance, no_missing, label in multi_hot)
        for label, entry in entries.items()
    ]
    _check_classes(tallies, plan)
    if n_rows is None:
        return of_the_same_rows(align(tallies, most_classes), plan.labels, None)
    by_class = any(classes is not None for *_, classes in entries.values())
    rows = tally_of_rows(n_rows, by_class, looked_at=tallies[0].labels is not None)
    *tallies, rows = align([*tallies, rows], most_classes)
    tallies = of_the_same_rows(tallies, plan.labels, rows.counts.class_totals)
    check_left_out(tallies, plan)
    return tallies


def _check_classes(tallies: Sequence[Tally], plan: Plan) -> None:
    """Either all columns are counted by class or none, if that matters."""
    labels, importance = plan.labels, plan.importance
    without = [label for label, tally in zip(labels, tallies, strict=True) if tally.labels is None]
    mixed = takes_target(importance) and 0 < len(without) < len(labels)
    if without and (needs_target(importance) or mixed):
        raise ValueError(
            f"Column {without[0]!r} is not counted by class, and importance={importance!r} "
            f"{'ranks all values by them' if not mixed else 'looks at those of other columns'}. Pass a "
            "DataFrame with a column per class for every column, or set importance='frequency'."
        )
