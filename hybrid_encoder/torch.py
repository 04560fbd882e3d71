"""An embedding layer for PyTorch that takes what the encoder gives.

A cell is a bag: its slot, or its buckets and indicator. Bags hold only what there is, so a cell with
nothing in it touches no row of the table, and with sparse gradients no work depends on the table's size.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from numbers import Integral
from typing import Any, Literal, NamedTuple, Self

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.utils._param_validation import Interval, StrOptions, validate_parameter_constraints
from sklearn.utils.validation import check_is_fitted

from ._assembly import write_indices
from ._encoder import HybridHashEncoder
from ._inside import check_encoder
from ._layout import Layout
from ._placement import TAIL, place
from ._reading import read_column
from ._transfer import ColumnChanges, check_changes, transfer_weights

try:
    import torch
    from torch import Tensor, nn
    from torch.nn import functional
except ImportError as error:
    raise ImportError(
        'hybrid_encoder.torch needs PyTorch: pip install "hybrid-encoder[torch]"'
    ) from error

Combine = Literal["sum", "concat"]

INITIAL_STD = 0.05

# What a state's layout holds, and what may stand there: as in the encoder, where it has the same.
_SHARED = ("n_hashes", "tail_weight", "tail_indicator", "seed")
_LAYOUT: dict[str, Any] = {
    "embedding_dim": [Interval(Integral, 1, None, closed="left")],
    "n_slots": "no_validation",  # see _counts
    "n_buckets": "no_validation",
    "ignore_missing": ["boolean"],
    "combine": [StrOptions({"sum", "concat"})],
    **{name: HybridHashEncoder._parameter_constraints[name] for name in _SHARED},
}


class Bags(NamedTuple):
    """Rows of the table to add up, bag after bag.

    Attributes
    ----------
    rows : Tensor of int32 or int64 of shape (n_entries,)
        Rows of the table.
    offsets : Tensor of the same dtype, of shape (n_bags,)
        Where each bag begins.
    weights : Tensor of shape (n_entries,), or None
        What each row is multiplied by; None means 1.
    """

    rows: Tensor
    offsets: Tensor
    weights: Tensor | None


class HybridHashEmbedding(nn.Module):
    """Embed the cells of encoded rows: one vector per row and input column.

    The table has a row per output column of the encoder. A value of the head has a vector of its own;
    any other combines the vectors of its two buckets. The four systems of the paper [1]_ are settings
    of the encoder, and this layer serves them all:

    ===========================  =========  =============  ============
    system                       ``top_k``  ``n_buckets``  ``n_hashes``
    ===========================  =========  =============  ============
    regular hashing              0          B              1
    double hashing               0          B              2
    frequency hashing            K          B              1
    hybrid hashing (default)     K          B              2
    ===========================  =========  =============  ============

    Mostly made by `from_encoder`.

    Parameters
    ----------
    embedding_dim : int
        Length of the vectors; even with ``combine="concat"``.
    n_slots, n_buckets : sequence of int of length n_columns
        Slots and buckets of each input column.
    n_hashes : {1, 2}, default=2
        Buckets per tail value.
    tail_weight : float, default=0.25
        What a bucket's vector is multiplied by in a sum. The paper's plain sum is 1.
    tail_indicator : bool, default=False
        Whether each column has one more row, added to every value of its tail.
    ignore_missing : bool, default=False
        Whether missing values have no vector (``handle_missing="ignore"``).
    seed : int, default=0
        Seed of the encoder's hash functions. It plays no part in the arithmetic, but tables under
        another seed are not the same.
    combine : {"sum", "concat"}, default="sum"
        What a tail value makes of its buckets b0 and b1: ``tail_weight * (E[b0] + E[b1])`` (and
        ``+ E[indicator]``), or the first half of ``E[b0]`` followed by the second half of ``E[b1]``.
        A sum does not know the order of the pair, so that B buckets give B (B - 1) / 2 codes; halves
        give twice as many. In "concat" a slot or a single bucket gives its whole vector, and there
        are no weights and no indicators.
    sparse : bool, default=False
        Whether the table's gradient is sparse, as in :class:`torch.nn.EmbeddingBag`: for
        :class:`torch.optim.SparseAdam`, ``SGD`` and ``Adagrad``. Large tables want it: no work then
        depends on their size.
    device, dtype : optional
        Of the table.

    Attributes
    ----------
    weight : Parameter of shape (n_features_out, embedding_dim)
        The table.

    Notes
    -----
    What a cell gives where there is nothing (an ignored missing value, a dropped tail) is a vector of
    zeros.

    The table begins with normal numbers of standard deviation 0.05. With the 1 that
    :class:`torch.nn.EmbeddingBag` has, the vectors of values seen a few times stay noise: measured in
    one pass over the data, see docs/paper.md.

    `torch.compile` and `torch.export` take the layer whole, with indices as a tensor; compiled, it does
    not check that they are those of its columns. Sparse CSR tensors cannot be compiled, and with
    ``sparse=True`` training needs ``backend="aot_eager"``: the default one of PyTorch 2.13 fails.

    The state holds the layout (`n_slots`, `n_buckets`, `seed` and so on) beside the table. It loads
    only into a module of the same layout, and `from_state_dict` rebuilds the module from it alone. The
    vocabulary stays with the encoder: save both together.

    References
    ----------
    .. [1] Zhang, C., Liu, Y., Xie, Y., Ktena, S. I., Tejani, A., Gupta, A., Myana, P. K.,
       Dilipkumar, D., Paul, S., Ihara, I., Upadhyaya, P., Huszar, F., Shi, W. "Model Size Reduction
       Using Frequency Based Double Hashing for Recommender Systems", RecSys 2020, sections 2 and 4.
       https://doi.org/10.1145/3383313.3412227

    Examples
    --------
    >>> import pandas as pd
    >>> from hybrid_encoder import HybridHashEncoder
    >>> from hybrid_encoder.torch import HybridHashEmbedding
    >>> X = pd.DataFrame({"city": ["Oslo", "Oslo", "Rome"], "device": [7, 7, 3]})
    >>> encoder = HybridHashEncoder(top_k=1, n_buckets=10).fit(X)
    >>> embedding = HybridHashEmbedding.from_encoder(encoder, embedding_dim=4)
    >>> embedding
    HybridHashEmbedding(22, 4, n_columns=2, n_hashes=2, tail_weight=0.25, combine='sum')
    >>> embedding(encoder.encode_indices(X)).shape
    torch.Size([3, 2, 4])

    A model for a column of clicks:

    >>> from torch import nn
    >>> model = nn.Sequential(embedding, nn.Flatten(), nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 1))
    >>> model(encoder.encode_indices(X)).shape
    torch.Size([3, 1])
    """

    layout: Tensor
    _starts: Tensor
    _first_buckets: Tensor

    def __init__(
        self,
        embedding_dim: int,
        n_slots: Sequence[int],
        n_buckets: Sequence[int],
        *,
        n_hashes: int = 2,
        tail_weight: float = 0.25,
        tail_indicator: bool = False,
        ignore_missing: bool = False,
        seed: int = 0,
        combine: Combine = "sum",
        sparse: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        validate_parameter_constraints(_LAYOUT, locals(), type(self).__name__)
        super().__init__()
        self.embedding_dim = int(embedding_dim)
        self.n_hashes = int(n_hashes)
        self.tail_weight = float(tail_weight)
        self.tail_indicator = bool(tail_indicator)
        self.ignore_missing = bool(ignore_missing)
        self.seed = int(seed)
        self.combine = combine
        self.sparse = sparse
        self._slots, self._buckets = _counts(n_slots, n_buckets)
        if combine == "concat" and self.embedding_dim % 2:
            raise ValueError(
                "combine='concat' takes half of the vector from each bucket: "
                f"embedding_dim={embedding_dim} must be even."
            )
        n_rows = sum(self._slots) + sum(self._buckets) + self.tail_indicator * len(self._slots)
        shape = (n_rows, self.embedding_dim)
        self.weight = nn.Parameter(torch.empty(shape, device=device, dtype=dtype))
        self.reset_parameters()

    @classmethod
    def from_encoder(
        cls,
        encoder: HybridHashEncoder,
        embedding_dim: int,
        combine: Combine = "sum",
        sparse: bool = False,
        *,
        device: Any = None,
        dtype: Any = None,
    ) -> Self:
        """Make the layer for what an encoder gives.

        Parameters
        ----------
        encoder : HybridHashEncoder
            A fitted encoder.
        embedding_dim : int
            Length of the vectors.
        combine : {"sum", "concat"}, default="sum"
            What a tail value makes of its two buckets.
        sparse : bool, default=False
            Whether the table's gradient is sparse.
        device, dtype : optional
            Of the table.

        Returns
        -------
        embedding : HybridHashEmbedding
            With a fresh table.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the encoder is not fitted.
        TypeError
            If `encoder` is something else, such as the pipeline that holds it.
        ValueError
            If `embedding_dim` or `combine` will not do.
        """
        return cls(
            embedding_dim,
            combine=combine,
            sparse=sparse,
            device=device,
            dtype=dtype,
            **_layout_of(encoder),
        )

    @classmethod
    def from_state_dict(cls, state: Mapping[str, Any], *, sparse: bool = False) -> Self:
        """Rebuild a layer from its state alone.

        Parameters
        ----------
        state : mapping
            What `state_dict` gave.
        sparse : bool, default=False
            Whether the table's gradient is sparse; the state does not say.

        Returns
        -------
        embedding : HybridHashEmbedding
            With the table of the state, on its device and in its dtype.

        Raises
        ------
        ValueError
            If the state is damaged, of another release, or of something else.

        Examples
        --------
        >>> from hybrid_encoder.torch import HybridHashEmbedding
        >>> embedding = HybridHashEmbedding(2, n_slots=[3], n_buckets=[4])
        >>> HybridHashEmbedding.from_state_dict(embedding.state_dict())
        HybridHashEmbedding(7, 2, n_columns=1, n_hashes=2, tail_weight=0.25, combine='sum')
        """
        if not {"weight", "layout"} <= state.keys():
            raise ValueError(
                f"The state has the entries {sorted(state)}, not those of a HybridHashEmbedding, "
                "'weight' and 'layout'. Pass what state_dict of such a module gave."
            )
        weight = state["weight"]
        config = _unpacked(state["layout"])
        embedding = cls(**config, sparse=sparse, device=weight.device, dtype=weight.dtype)
        embedding.load_state_dict(state)
        return embedding

    @property
    def config(self) -> dict[str, Any]:
        """Everything that `HybridHashEmbedding(**config)` needs for the same layout, in plain values."""
        return {
            "embedding_dim": self.embedding_dim,
            "n_slots": list(self._slots),
            "n_buckets": list(self._buckets),
            "n_hashes": self.n_hashes,
            "tail_weight": self.tail_weight,
            "tail_indicator": self.tail_indicator,
            "ignore_missing": self.ignore_missing,
            "seed": self.seed,
            "combine": self.combine,
        }

    @property
    def n_bytes(self) -> int:
        """Size of the table in bytes, in its dtype; the encoder's vocabulary is not part of it."""
        return self.weight.numel() * self.weight.element_size()

    def reset_parameters(self) -> None:
        """Fill the table anew from PyTorch's random numbers, see Notes."""
        nn.init.normal_(self.weight, std=INITIAL_STD)
        self._write_buffers()

    def forward(self, X: Any) -> Tensor:
        """Embed rows.

        Parameters
        ----------
        X : ndarray or Tensor of int32 or int64, of shape (n_samples, n_columns, n_hashes), or CSR matrix
            What the encoder's `encode_indices` or `transform` gave; of the latter a SciPy CSR matrix
            or array, or the same as a sparse CSR tensor (its column numbers sorted, as PyTorch
            demands). Both give the same vectors; columns of lists have the CSR form alone. Arrays are
            brought to the table's device.

        Returns
        -------
        vectors : Tensor of shape (n_samples, n_columns, embedding_dim)
            One vector per row and input column.

        Raises
        ------
        TypeError
            If `X` is not of integers, or not of the classes above.
        ValueError
            If its shape or its numbers are not those of this layer's encoder, or if it is a CSR matrix,
            which does not keep the order of the buckets, with ``combine="concat"``.
        """
        if sp.issparse(X) or (isinstance(X, Tensor) and X.layout != torch.strided):
            return self._vectors_of_csr(X)
        indices = self._checked_indices(X)
        return self._vectors(indices, self._is_tail(indices))

    def transfer(self, old_encoder: HybridHashEncoder, new_encoder: HybridHashEncoder) -> Self:
        """Move to the vocabulary of another encoder, keeping what has been learnt.

        Every value of the new head begins with exactly the vector that this layer gives it, so that a
        model's output does not move for it: its slot's, or what its buckets (and indicator) combine
        to. Nor does it move for values that stay in the tail, as long as a column's number of buckets,
        the seed and `n_hashes` are the same: its buckets are carried over one by one, in a sum scaled
        to the new `tail_weight`, and a new indicator begins at 0.

        What moves: a value that has lost its slot gets what its buckets give; the buckets of a column
        that has more or fewer of them, or other hashes, begin afresh; and without the old layer's
        indicator, what that gave is lost to the values of the tail.

        Parameters
        ----------
        old_encoder : HybridHashEncoder
            The encoder whose output this layer has learnt on.
        new_encoder : HybridHashEncoder
            The encoder whose output it shall take, fitted on the same columns.

        Returns
        -------
        embedding : HybridHashEmbedding
            A new layer, with `requires_grad` and the training mode of this one, which is left as it is.

        Raises
        ------
        TypeError
            If one of the encoders is something else, such as the pipeline that holds it.
        ValueError
            If this layer is not of `old_encoder`, or the encoders have different columns.

        Examples
        --------
        >>> import torch
        >>> from hybrid_encoder import HybridHashEncoder
        >>> from hybrid_encoder.torch import HybridHashEmbedding
        >>> old = HybridHashEncoder(top_k=1, n_buckets=9).fit([["US"], ["US"], ["FR"]])
        >>> new = HybridHashEncoder(top_k=2, n_buckets=9).fit([["US"], ["FR"], ["FR"]])
        >>> embedding = HybridHashEmbedding.from_encoder(old, embedding_dim=4)
        >>> moved = embedding.transfer(old, new)
        >>> rows = [["FR"], ["US"], ["never seen"]]
        >>> before, after = embedding(old.encode_indices(rows)), moved(new.encode_indices(rows))
        >>> torch.equal(before, after)
        True
        """
        self._check_encoder(old_encoder)
        moved = type(self).from_encoder(
            new_encoder,
            self.embedding_dim,
            self.combine,
            self.sparse,
            device=self.weight.device,
            dtype=self.weight.dtype,
        )
        _check_columns(old_encoder, new_encoder)
        with torch.no_grad():
            for column in range(len(self._slots)):
                vectors = self._head_vectors(old_encoder, new_encoder, column)
                moved._slot_rows(column)[: len(vectors)] = vectors
                self._carry_over(moved, column)
        moved.weight.requires_grad_(self.weight.requires_grad)
        return moved.train(self.training)

    def follow(self, changes: ColumnChanges) -> Self:
        """Let the table follow the slots that changed hands in `HybridHashEncoder.partial_fit`.

        The vector of every promoted value begins with what its buckets (and indicator) gave, so that a
        model's output does not move for it. A value that has lost its slot gets what its buckets give.
        In place, so that an optimiser goes on with the same table.

        Parameters
        ----------
        changes : ColumnChanges
            ``column_changes_`` of the encoder that this layer was made from; those of several calls
            one after the other.

        Returns
        -------
        self : HybridHashEmbedding
            This layer.

        Raises
        ------
        TypeError
            If they are no changes.
        ValueError
            If they are of another encoder than this layer's, as far as they tell.

        See Also
        --------
        hybrid_encoder.transfer_weights : The same for other modules: their ``weight`` as a tensor.

        Notes
        -----
        Optimisers that keep something per weight, such as Adagrad's sums, go on with what the slots of
        displaced values had. To begin afresh, set ``optimizer.state[embedding.weight]["sum"]`` to its
        first value in the rows ``changes.output_columns``.

        Examples
        --------
        >>> import torch
        >>> from hybrid_encoder import HybridHashEncoder
        >>> from hybrid_encoder.torch import HybridHashEmbedding
        >>> encoder = HybridHashEncoder(top_k=1, n_buckets=9).partial_fit([["US"], ["US"], ["FR"]])
        >>> embedding = HybridHashEmbedding.from_encoder(encoder, embedding_dim=4)
        >>> before = embedding(encoder.encode_indices([["FR"]]))
        >>> changes = encoder.partial_fit([["FR"], ["FR"], ["FR"]]).column_changes_
        >>> torch.equal(embedding.follow(changes)(encoder.encode_indices([["FR"]])), before)
        True
        """
        check_changes(changes)
        theirs = (changes.n_features_out, changes.old_buckets.shape[1], np.float32(changes.tail_weight))
        own = (len(self.weight), self.n_hashes, np.float32(self.tail_weight))
        if theirs != own or not self._are_own(changes):
            raise ValueError(
                "The changes are of an encoder with {} output columns, n_hashes={} and tail_weight={}, "
                "or of other columns, and this layer is for {}, {} and {}. Pass column_changes_ of the "
                "encoder that it was made from.".format(*theirs, *own)
            )
        with torch.no_grad():
            if self.combine == "sum":
                # By the weight as this layer has it; the encoder's output may hold it in a shorter type.
                changes = replace(changes, tail_weight=self.tail_weight)
                self.weight.copy_(transfer_weights(self.weight, changes, axis=0))
            else:
                buckets = _tensor(changes.old_buckets, self.weight.device)
                self.weight[changes.output_columns] = self._halves(buckets[:, None])[:, 0]
        return self

    def extra_repr(self) -> str:
        """What the layer's repr shows."""
        n_rows, dim = self.weight.shape
        shown = (
            f"{n_rows}, {dim}, n_columns={len(self._slots)}, n_hashes={self.n_hashes}, "
            f"tail_weight={self.tail_weight}, combine={self.combine!r}"
        )
        return shown + ", tail_indicator=True" * self.tail_indicator + ", sparse=True" * self.sparse

    def _write_buffers(self) -> None:
        """Work out the buffers from the layout, on the table's device.

        Not only at first: `to_empty` leaves them without meaning.
        """
        device = self.weight.device
        columns = Layout(np.array(self._slots), np.array(self._buckets), self.tail_indicator)
        starts = torch.tensor(columns.starts, dtype=torch.int32, device=device)
        first_buckets = starts[:-1] + torch.tensor(self._slots, dtype=torch.int32, device=device)
        self.register_buffer("_starts", starts, persistent=False)
        self.register_buffer("_first_buckets", first_buckets, persistent=False)
        # As bytes, because every format that saves tensors can hold it.
        packed = list(json.dumps(self.config, sort_keys=True).encode())
        self.register_buffer("layout", torch.tensor(packed, dtype=torch.uint8, device=device))

    def _vectors(self, indices: Tensor, is_tail: Tensor, columns: slice = slice(None)) -> Tensor:
        """Vectors of cells in some columns, given as indices, and which of them are in the tail."""
        if self.combine == "concat":
            return self._halves(indices)
        weights = None
        if self.tail_weight != 1:
            in_bucket = indices >= self._first_buckets[columns, None]
            weights = self.weight.new_ones(indices.shape).masked_fill_(in_bucket, self.tail_weight)
        if self.tail_indicator:
            indicators = torch.where(is_tail, self._starts[1:][columns] - 1, -1)
            indices = torch.cat([indices, indicators[..., None].to(indices.dtype)], dim=-1)
            weights = None if weights is None else functional.pad(weights, (0, 1), value=1.0)
        return self._sums(_bags_of_indices(indices, weights), indices.shape[:2])

    def _halves(self, indices: Tensor) -> Tensor:
        """The first half of one bucket's vector, the second half of the other's."""
        first, second = indices[..., 0], indices[..., -1]
        pairs = torch.stack([first, torch.where(second < 0, first, second)], dim=-1)
        vectors = self._sums(_bags_of_indices(pairs[..., None], None), pairs.shape)
        half = self.embedding_dim // 2
        return torch.cat([vectors[..., 0, :half], vectors[..., 1, half:]], dim=-1)

    def _vectors_of_csr(self, X: Any) -> Tensor:
        """Vectors of rows given as a CSR matrix: a bag per row and column."""
        if self.combine == "concat":
            raise ValueError(
                "A CSR matrix does not keep the order of a value's buckets, which combine='concat' "
                "needs. Pass what encode_indices gave."
            )
        ends, found, values = self._checked_csr(X)
        n_rows, n_columns = len(ends) - 1, len(self._slots)
        rows = torch.repeat_interleave(torch.arange(n_rows, device=ends.device), ends.diff())
        owners = torch.bucketize(found, self._starts[1:], right=True)
        counts = torch.bincount(rows * n_columns + owners, minlength=n_rows * n_columns)
        offsets = (counts.cumsum(0) - counts).to(found.dtype)
        return self._sums(Bags(found, offsets, values), (n_rows, n_columns))

    def _sums(self, bags: Bags, shape: Sequence[int]) -> Tensor:
        sums = functional.embedding_bag(
            bags.rows,
            self.weight,
            bags.offsets,
            mode="sum",
            sparse=self.sparse,
            per_sample_weights=bags.weights,
        )
        return sums.view(*shape, self.embedding_dim)

    def _is_tail(self, indices: Tensor) -> Tensor:
        """Which cells are in the tail, those included that have no bucket to light."""
        first = indices[..., 0]
        in_bucket = first >= self._first_buckets
        if not self.tail_indicator:
            return in_bucket
        nothing = first < 0
        if not self.ignore_missing:
            return in_bucket | nothing
        without_buckets = [buckets == 0 for buckets in self._buckets]
        if any(without_buckets) and nothing[:, without_buckets].any():
            raise ValueError(
                "In a column without buckets, indices do not tell a value of the tail, which lights "
                "the indicator, from a missing one, which lights nothing. Pass what transform gave."
            )
        return in_bucket

    def _checked_indices(self, X: Any) -> Tensor:
        expected = (len(self._slots), self.n_hashes)
        if not isinstance(X, Tensor | np.ndarray):
            raise TypeError(
                f"Pass what encode_indices or transform gave, an array of indices or a CSR matrix, "
                f"not a {type(X).__name__}."
            )
        indices = _tensor(X, self.weight.device)
        if indices.ndim != 3 or tuple(indices.shape[1:]) != expected:
            raise ValueError(
                f"The indices have shape {tuple(indices.shape)}, and this layer takes (n_samples, "
                f"{expected[0]}, {expected[1]}). Pass what encode_indices of its encoder gave."
            )
        if indices.dtype not in (torch.int32, torch.int64):
            raise TypeError(f"The indices are of {indices.dtype}, and must be of int32 or int64.")
        self._check_owners(indices)
        return indices

    def _checked_csr(self, X: Any) -> tuple[Tensor, Tensor, Tensor]:
        """Row ends, column numbers and values of a CSR matrix."""
        kind = str(X.layout) if isinstance(X, Tensor) else X.format
        if kind not in ("csr", "torch.sparse_csr"):
            raise TypeError(
                f"The matrix is in the format {kind}. Bring it to CSR, as transform gives it."
            )
        if tuple(X.shape)[1:] != (len(self.weight),):
            raise ValueError(
                f"The matrix has shape {tuple(X.shape)}, and this layer takes (n_samples, "
                f"{len(self.weight)}). Pass what transform of its encoder gave."
            )
        if isinstance(X, Tensor):
            parts: Sequence[Any] = (X.crow_indices(), X.col_indices(), X.values())
        else:
            X = X if X.has_sorted_indices else X.sorted_indices()
            parts = (X.indptr, X.indices, X.data)
        ends, found, values = (_tensor(part, self.weight.device) for part in parts)
        wrong = (found < 0) | (found >= len(self.weight))
        if not torch.compiler.is_compiling() and wrong.any():
            raise ValueError(
                f"The matrix has the column number {found[wrong][0]}, outside its {len(self.weight)} "
                "columns. Pass what transform of this layer's encoder gave."
            )
        return ends, found, values.to(self.weight.dtype)

    def _check_owners(self, indices: Tensor) -> None:
        """Whether all indices are those of slots and buckets of the column that they are given for."""
        if torch.compiler.is_compiling():
            return
        # PyTorch compares faster with a bound per index than with one per column.
        first = self._starts[:-1, None].repeat(1, self.n_hashes)
        end = self._starts[1:, None].repeat(1, self.n_hashes) - int(self.tail_indicator)
        wrong = (indices < first) & (indices != -1) | (indices >= end)
        if wrong.any():
            row, column, _ = wrong.nonzero()[0].tolist()
            raise ValueError(
                f"Row {row}, column {column}: index {indices[wrong][0]} is of no slot or bucket of this "
                "column. Pass what encode_indices of this layer's encoder gave."
            )

    def _check_encoder(self, encoder: HybridHashEncoder) -> None:
        theirs = _layout_of(encoder)
        different = [name for name, value in theirs.items() if self.config[name] != value]
        if different:
            raise ValueError(
                f"This layer is not of old_encoder: they differ in {', '.join(different)}. Pass the "
                "encoder that it was made from."
            )

    def _are_own(self, changes: ColumnChanges) -> bool:
        """Whether changes are of this layer's slots, and of buckets beside these."""
        starts = self._starts.cpu().numpy()
        ends = self._first_buckets.cpu().numpy()
        owners = np.searchsorted(starts, changes.output_columns, side="right") - 1
        buckets = changes.old_buckets
        in_buckets = (buckets >= ends[owners][:, None]) & (buckets < starts[owners + 1][:, None])
        return bool((changes.output_columns < ends[owners]).all() and (in_buckets | (buckets < 0)).all())

    def _slot_rows(self, column: int) -> Tensor:
        """The rows of a column's slots."""
        start = int(self._starts[column])
        return self.weight[start : start + self._slots[column]]

    def _head_vectors(self, old: HybridHashEncoder, new: HybridHashEncoder, column: int) -> Tensor:
        """What this layer gives the values of a column's new head."""
        indices, is_tail = _indices_of(old, new.vocabularies_[column], column)
        columns = slice(column, column + 1)
        device = self.weight.device
        return self._vectors(_tensor(indices, device), _tensor(is_tail, device), columns)[:, 0]

    def _carry_over(self, moved: Self, column: int) -> None:
        """Copy the rows of a column's buckets and indicator that mean the same in both layers."""
        n_buckets = self._buckets[column]
        old, new = int(self._first_buckets[column]), int(moved._first_buckets[column])
        hashes = (n_buckets, self.seed, self.n_hashes)
        if hashes == (moved._buckets[column], moved.seed, moved.n_hashes):
            scale = self.tail_weight / moved.tail_weight if self.combine == "sum" else 1.0
            moved.weight[new : new + n_buckets] = self.weight[old : old + n_buckets] * scale
        if moved.tail_indicator:
            end, new_end = int(self._starts[column + 1]), int(moved._starts[column + 1])
            moved.weight[new_end - 1] = self.weight[end - 1] if self.tail_indicator else 0.0

    def _load_from_state_dict(
        self, state_dict: Mapping[str, Any], prefix: str, *args: Any, **kwargs: Any
    ) -> None:
        layout = state_dict.get(f"{prefix}layout")
        if layout is not None and (theirs := _unpacked(layout)) != self.config:
            different = [name for name, value in self.config.items() if theirs.get(name) != value]
            error_messages: list[str] = args[-1]
            error_messages.append(
                f"{prefix}layout: the state is of a layer for another encoder: {', '.join(different)} "
                "differ. Rebuild that layer with HybridHashEmbedding.from_state_dict, and use transfer "
                "to move it to this encoder."
            )
            return
        super()._load_from_state_dict(state_dict, prefix, *args, **kwargs)
        self._write_buffers()


def _counts(n_slots: Sequence[int], n_buckets: Sequence[int]) -> tuple[list[int], list[int]]:
    """Slots and buckets of each column, as plain numbers."""
    for name, given in (("n_slots", n_slots), ("n_buckets", n_buckets)):
        counts = np.asarray(given)
        if counts.ndim != 1 or counts.dtype.kind not in "iu" or (counts < 0).any():
            raise ValueError(f"{name}={given!r} must be whole numbers of at least 0, one per column.")
    if len(n_slots) != len(n_buckets):
        raise ValueError(
            f"n_slots is of {len(n_slots)} columns and n_buckets of {len(n_buckets)}: give both one "
            "number per column."
        )
    return [int(slots) for slots in n_slots], [int(buckets) for buckets in n_buckets]


def _tensor(array: Tensor | NDArray[Any], device: Any) -> Tensor:
    """On a device; without a copy where that can be, and never of memory that must not be written to."""
    if isinstance(array, np.ndarray):
        array = np.require(array, requirements=["C", "W"])
    return torch.as_tensor(array, device=device)


def _layout_of(encoder: HybridHashEncoder) -> dict[str, Any]:
    """The arguments of a layer that its encoder decides."""
    check_is_fitted(check_encoder(encoder))
    layout: Layout = encoder._layout
    settings = encoder._settings
    return {
        "n_slots": layout.n_slots.tolist(),
        "n_buckets": layout.n_buckets.tolist(),
        "n_hashes": settings["n_hashes"],
        "tail_weight": settings["tail_weight"],
        "tail_indicator": settings["tail_indicator"],
        "ignore_missing": settings["handle_missing"] == "ignore",
        "seed": settings["seed"],
    }


def _bags_of_indices(indices: Tensor, weights: Tensor | None) -> Bags:
    """A bag per cell, the last axis its entries; -1 is left out."""
    kept = indices >= 0
    counts = kept.sum(dim=-1, dtype=indices.dtype).view(-1)
    offsets = counts.cumsum(0, dtype=indices.dtype) - counts
    return Bags(indices[kept], offsets, None if weights is None else weights[kept])


def _indices_of(
    encoder: HybridHashEncoder, values: NDArray[Any], column: int
) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Indices of one column's values, of shape (n_values, 1, n_hashes), and which are in the tail."""
    layout: Layout = encoder._layout
    places = place(
        read_column(values, encoder._labels()[column]),
        *encoder._settled[column].rules,
    )
    only = slice(column, column + 1)
    alone = Layout(layout.n_slots[only], layout.n_buckets[only], layout.indicator)
    indices = np.empty((len(values), 1, encoder._settings["n_hashes"]), dtype=np.int32)
    write_indices(indices, [places], alone)
    indices[indices >= 0] += np.int32(layout.starts[column])
    return indices, (places.slots == TAIL)[:, None]


def _check_columns(old: HybridHashEncoder, new: HybridHashEncoder) -> None:
    """Whether two encoders were fitted on the same columns, as far as they can tell."""
    names, new_names = old._labels(), new._labels()
    if names != new_names:
        raise ValueError(
            f"The encoders have different columns, {names} and {new_names}. Fit both on the same."
        )
    for name, kind, new_kind in zip(names, old._kinds, new._kinds, strict=True):
        if None not in (kind, new_kind) and kind != new_kind:
            raise ValueError(
                f"Column {name!r} is of {kind} in old_encoder and of {new_kind} in new_encoder. Fit "
                "both on the same kind."
            )


def _unpacked(layout: Tensor) -> dict[str, Any]:
    try:
        config: dict[str, Any] = dict(json.loads(bytes(layout.tolist())))
    except (TypeError, ValueError) as error:
        raise ValueError(
            "The layout in the state cannot be read: the state is damaged, or of something else."
        ) from error
    if different := sorted(config.keys() ^ _LAYOUT.keys()):
        raise ValueError(
            "The layout in the state and that of this release of hybrid_encoder differ in the entries "
            f"{', '.join(different)}. Load the state with the release that saved it."
        )
    return config
