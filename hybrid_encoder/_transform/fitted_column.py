"""A column as fit has settled it: the form of its cells, its head, and where its values go.

All of it is made anew from what an encoder is saved as. Rows that come later are held against it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._input.columns import Column, Kind, check_kind, refuse_missing
from .._input.reading import read_column
from .hashing import seeds_of
from .layout import Layout
from .vocabulary import Head, Vocabulary, vocabularies_of


@dataclass(frozen=True, slots=True)
class SettledColumn:
    """What is known of one input column.

    Attributes
    ----------
    label : object
        What messages call it: its name, or its position.
    kind : {"text", "number"} or None
        What it holds; None where fit saw nothing but missing values.
    multi_hot : bool
        Whether its cells are lists.
    vocabulary : Vocabulary
        Its head.
    n_buckets : int
        How many buckets its tail shares.
    seeds : tuple of int
        Of the hash functions.
    ignore_missing : bool
        Whether missing is no value at all.
    no_missing : bool
        Whether missing values are refused.
    start : int
        Its first output column, which is that of its first slot.
    first_bucket : int
        Its first bucket's output column.
    indicator : int
        The output column of its tail indicator; -1 if it has none.
    end : int
        One past its last output column.
    """

    label: Any
    kind: Kind | None
    multi_hot: bool
    vocabulary: Vocabulary
    n_buckets: int
    seeds: tuple[int, ...]
    ignore_missing: bool
    no_missing: bool
    start: int
    first_bucket: int
    indicator: int
    end: int

    @property
    def n_slots(self) -> int:
        """How many slots it has, those included that no value has had yet."""
        return self.first_bucket - self.start

    @property
    def rules(self) -> tuple[Vocabulary, int, tuple[int, ...], bool]:
        """What leads from a value to its place: the arguments of `place` that come after the values."""
        return self.vocabulary, self.n_buckets, self.seeds, self.ignore_missing

    def read(self, raw: Any, first_row: int = 0) -> Column:
        """Read some rows of the column.

        Raises
        ------
        TypeError, ValueError
            As `read_column` and `check` do.
        """
        return self.check(read_column(raw, self.label, first_row), first_row)

    def read_more(self, raw: Any) -> Column:
        """Read rows to learn from; of nothing but missing values so far, it may yet be of any form."""
        if self.kind is None and not self.multi_hot:
            return read_new(raw, self.label, self.no_missing)
        return self.read(raw)

    def check(self, column: Column, first_row: int = 0) -> Column:
        """Rows in the form that fit saw, if they are of that form.

        Raises
        ------
        TypeError
            If they are text and it held numbers, or the reverse; likewise for lists and single values.
        ValueError
            If one is missing and that is refused.
        """
        if self.no_missing:
            refuse_missing(column, self.label, first_row)
        return check_kind(column, self.kind, self.multi_hot, self.label, first_row)


def read_new(raw: Any, label: object, no_missing: bool) -> Column:
    """Read a column of which nothing is settled yet.

    Raises
    ------
    TypeError, ValueError
        As `read_column` does, and if a value is missing and that is refused.
    """
    column = read_column(raw, label)
    if no_missing:
        refuse_missing(column, label)
    return column


def settle(
    labels: Sequence[Any],
    kinds: Sequence[Kind | None],
    multi_hot: Sequence[bool],
    heads: Sequence[Head],
    layout: Layout,
    settings: Mapping[str, Any],
    before: Sequence[SettledColumn],
) -> list[SettledColumn]:
    """The columns of an encoder, from what it is saved as; heads that are as they were serve again."""
    vocabularies = vocabularies_of(heads, kinds, [column.vocabulary for column in before])
    seeds = seeds_of(settings["seed"], settings["n_hashes"])
    starts, n_slots, n_buckets = (
        layout.starts.tolist(),
        layout.n_slots.tolist(),
        layout.n_buckets.tolist(),
    )
    return [
        SettledColumn(
            label,
            kinds[number],
            multi_hot[number],
            vocabularies[number],
            n_buckets[number],
            seeds,
            ignore_missing=settings["handle_missing"] == "ignore",
            no_missing=settings["handle_missing"] == "error",
            start=starts[number],
            first_bucket=starts[number] + n_slots[number],
            indicator=starts[number + 1] - 1 if layout.indicator else -1,
            end=starts[number + 1],
        )
        for number, label in enumerate(labels)
    ]
