"""The table of a layer: a row per output column of the encoder, and whose each row is."""

from typing import NamedTuple, Self

from torch import Tensor


class Table(NamedTuple):
    """Vectors, and the input columns that they belong to.

    Attributes
    ----------
    weight : Tensor of shape (n_features_out, embedding_dim)
        The vectors.
    n_slots, n_buckets : list of int of length n_columns
        Slots and buckets of each input column.
    indicator : bool
        Whether each has a last row for its tail.
    starts : Tensor of int32 of shape (n_columns + 1,)
        The first row of each column, and one past the last of all.
    first_buckets : Tensor of int32 of shape (n_columns,)
        The first row of each column's buckets.
    """

    weight: Tensor
    n_slots: list[int]
    n_buckets: list[int]
    indicator: bool
    starts: Tensor
    first_buckets: Tensor

    def only(self, column: int) -> Self:
        """The same of one column alone; its rows keep their numbers."""
        own = slice(column, column + 1)
        return self._replace(
            n_slots=self.n_slots[own],
            n_buckets=self.n_buckets[own],
            starts=self.starts[column : column + 2],
            first_buckets=self.first_buckets[own],
        )

    def slots(self, column: int) -> Tensor:
        """A view of the vectors of a column's slots."""
        start = int(self.starts[column])
        return self.weight[start : start + self.n_slots[column]]

    def buckets(self, column: int) -> Tensor:
        """A view of the vectors of a column's buckets."""
        start = int(self.first_buckets[column])
        return self.weight[start : start + self.n_buckets[column]]

    def indicators(self) -> Tensor:
        """The row of each column's indicator, where there are any."""
        return self.starts[1:] - 1
