"""Counts of one column that were made apart, part of the rows by part, and the classes they tell apart.

Each part of a table knows the classes of its own rows only. Before tables are merged their classes are
put in one order; where a part has none, or all have too many, the target is not looked at.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._input import text as _text
from .counts import Counts
from .merging import merge, of_one_class, with_classes
from .target import join_labels


@dataclass(frozen=True, slots=True)
class Tally:
    """The counts of one column over some of the rows.

    Attributes
    ----------
    counts : Counts
        How often each value occurs, by class.
    labels : ndarray of shape (n_classes,), or None
        What the classes are called, in ascending order; None where the target is not looked at.
    """

    counts: Counts
    labels: NDArray[Any] | None


def align(tallies: Sequence[Tally], most_classes: int | None) -> list[Tally]:
    """The same counts, all of them by the same classes.

    Parameters
    ----------
    tallies : sequence of Tally
        Of several columns, or of parts of one.
    most_classes : int or None
        With more classes than these the target is not looked at.

    Raises
    ------
    ValueError
        If some labels are text and others numbers.

    Examples
    --------
    >>> from hybrid_encoder._input.columns import Column
    >>> from hybrid_encoder._fit.counts import Classes, count
    >>> column, codes = Column("number", np.array([3, 3])), np.array([0, 0])
    >>> tallies = [
    ...     Tally(count(column, classes=Classes(codes, labels)), labels)
    ...     for labels in (np.array(["no"]), np.array(["yes"]))
    ... ]
    >>> [aligned.counts.class_counts.tolist() for aligned in align(tallies, None)]
    [[[2.0, 0.0]], [[0.0, 2.0]]]
    """
    known = [tally.labels for tally in tallies if tally.labels is not None]
    labels = join_labels(known) if len(known) == len(tallies) else None
    if labels is None or (most_classes is not None and len(labels) > most_classes):
        return [Tally(of_one_class(tally.counts), None) for tally in tallies]
    return [
        Tally(with_classes(tally.counts, np.searchsorted(labels, own), len(labels)), labels)
        for tally, own in zip(tallies, known, strict=True)
    ]


def merge_tallies(one: Tally, other: Tally, most_classes: int | None, label: object) -> Tally:
    """The counts of the rows of both parts.

    Parameters
    ----------
    one, other : Tally
        Of the same column.
    most_classes : int or None
        With more classes than these the target is not looked at.
    label : object
        What messages call the column.

    Raises
    ------
    TypeError
        If one part holds text and the other numbers, or one lists and the other single values.
    ValueError
        If the labels of the classes are text in one part and numbers in the other.
    """
    _check_same_form(one.counts, other.counts, label)
    one, other = align([one, other], most_classes)
    return Tally(merge(one.counts, other.counts), one.labels)


def _check_same_form(one: Counts, other: Counts, label: object) -> None:
    if one.kind is None or other.kind is None:
        return  # nothing but missing values goes with any form
    if one.kind != other.kind:
        text, number = (one, other) if one.kind == "text" else (other, one)
        raise TypeError(
            f"Column {label!r} holds text such as {_first(text)!r} in some rows and numbers such as "
            f"{_first(number)!r} in others; argument must be a string or a number throughout. Convert "
            "it with .astype(str), or make two columns."
        )
    if one.multi_hot != other.multi_hot:
        raise TypeError(
            f"Column {label!r} holds lists in some rows and single values such as "
            f"{_first(other if one.multi_hot else one)!r} in others. Wrap every value in a list."
        )


def _first(counts: Counts) -> Any:
    value = counts.take(np.array([0]))
    return (_text.objects(value) if counts.kind == "text" else value).tolist()[0]
