"""`HybridHashEmbedding`: the embedding layer."""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import replace
from typing import Any, Literal, Self

import numpy as np
import torch
from sklearn.utils._param_validation import validate_parameter_constraints
from torch import Tensor, nn
from torch.nn import functional

from .._encoder import HybridHashEncoder
from .._partial_fit.transfer import ColumnChanges, transfer_weights
from .._transform.layout import Layout
from ._bags import Bags, Table, cell_bags, csr_bags, join_halves, pair_bags
from ._config import (
    CONSTRAINTS,
    check_dim,
    check_sizes,
    differences,
    encoder_config,
    from_bytes,
    to_bytes,
)
from ._inputs import is_sparse, read_csr, read_indices, tail_mask, to_tensor
from ._transfer import check_same_encoder

Combine = Literal["sum", "concat"]

INITIAL_STD = 0.05


class HybridHashEmbedding(nn.Module):
    """Embedding layer for the output of `HybridHashEncoder`.

    Use it for categorical columns that have too many values for a full embedding table. The table has
    one row per output column of the encoder: a value with a slot has its own vector, and any other
    value combines the vectors of its buckets [1]_. The layer returns one vector per row and input
    column.

    `from_encoder` makes it from a fitted encoder.

    Parameters
    ----------
    embedding_dim : int
        Length of the vectors. Must be even with ``combine="concat"``.
    n_slots, n_buckets : sequence of int of length n_columns
        Slots and buckets of each input column.
    n_hashes : {1, 2}, default=2
        Buckets per value without a slot.
    tail_weight : float, default=0.25
        Factor of the bucket vectors in a sum. The paper uses 1.
    tail_indicator : bool, default=False
        Whether each input column has one more row, added to every value without a slot.
    ignore_missing : bool, default=False
        Whether missing values give zeros (``handle_missing="ignore"``).
    seed : int, default=0
        Seed of the encoder's hash functions. The layer only compares it with the seed of a state: it
        does not load a state with another seed.
    combine : {"sum", "concat"}, default="sum"
        How the vectors of the buckets b0 and b1 are combined.

        - "sum": ``tail_weight * (E[b0] + E[b1])``, plus the row of the indicator.
        - "concat": the first half of ``E[b0]``, then the second half of ``E[b1]``. A single bucket
          gives its full vector. `tail_weight` and the indicator are not used.
    sparse : bool, default=False
        Whether the gradient of the table is sparse, as in :class:`torch.nn.EmbeddingBag`. Use it for
        large tables, with :class:`torch.optim.SparseAdam`, ``SGD`` or ``Adagrad``.
    device : torch.device or str, default=None
        Device of the table. None means PyTorch's default device.
    dtype : torch.dtype, default=None
        Dtype of the table. None means PyTorch's default dtype.

    Attributes
    ----------
    weight : torch.nn.Parameter of shape (n_features_out, embedding_dim)
        The table.

    Notes
    -----
    A missing value that is ignored and a value without slot and buckets give zeros.

    The initial weights are normal random numbers with standard deviation 0.05. With 1, the default of
    :class:`torch.nn.EmbeddingBag`, one pass over the data is too short for values that occur only a
    few times: in the paper's experiments on public data their vectors remained mostly random.

    `state_dict` includes the layout (`n_slots`, `n_buckets`, `seed` and so on). A layer loads only a
    state with the same layout; `from_state_dict` makes a layer from the state alone. The vocabulary is
    stored in the encoder: save both together.

    References
    ----------
    .. [1] Zhang, C., Liu, Y., Xie, Y., Ktena, S. I., Tejani, A., Gupta, A., Myana, P. K.,
       Dilipkumar, D., Paul, S., Ihara, I., Upadhyaya, P., Huszar, F., Shi, W. "Model Size Reduction
       Using Frequency Based Double Hashing for Recommender Systems", RecSys 2020, sections 2 and 4.
       https://doi.org/10.1145/3383313.3412227

    Examples
    --------
    >>> import pandas as pd
    >>> from torch import nn
    >>> from hybrid_encoder import HybridHashEncoder
    >>> from hybrid_encoder.torch import HybridHashEmbedding
    >>> X = pd.DataFrame({"city": ["Oslo", "Oslo", "Rome"], "device": [7, 7, 3]})
    >>> encoder = HybridHashEncoder(top_k=1, n_buckets=10).fit(X)
    >>> embedding = HybridHashEmbedding.from_encoder(encoder, embedding_dim=4)
    >>> embedding
    HybridHashEmbedding(22, 4, n_columns=2, n_hashes=2, tail_weight=0.25, combine='sum')
    >>> embedding(encoder.encode_indices(X)).shape
    torch.Size([3, 2, 4])
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
        validate_parameter_constraints(CONSTRAINTS, locals(), type(self).__name__)
        check_dim(embedding_dim, combine)
        super().__init__()
        self.embedding_dim = int(embedding_dim)
        self.n_slots, self.n_buckets = check_sizes(n_slots, n_buckets)
        self.n_hashes = int(n_hashes)
        self.tail_weight = float(tail_weight)
        self.tail_indicator = bool(tail_indicator)
        self.ignore_missing = bool(ignore_missing)
        self.seed = int(seed)
        self.combine = combine
        self.sparse = sparse
        shape = (self._row_layout().n_features_out, self.embedding_dim)
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
        """Make a layer with random weights for the output of an encoder.

        Parameters
        ----------
        encoder : HybridHashEncoder
            A fitted encoder.
        embedding_dim : int
            Length of the vectors.
        combine : {"sum", "concat"}, default="sum"
            How the vectors of the two buckets of a value are combined.
        sparse : bool, default=False
            Whether the gradient of the table is sparse.
        device : torch.device or str, default=None
            Device of the table.
        dtype : torch.dtype, default=None
            Dtype of the table.

        Returns
        -------
        embedding : HybridHashEmbedding
            The layer.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the encoder is not fitted.
        TypeError
            If `encoder` is not a HybridHashEncoder but, for example, the pipeline with it.
        ValueError
            If `embedding_dim` or `combine` is invalid.
        """
        return cls(
            embedding_dim,
            combine=combine,
            sparse=sparse,
            device=device,
            dtype=dtype,
            **encoder_config(encoder),
        )

    @classmethod
    def from_state_dict(cls, state: Mapping[str, Any], *, sparse: bool = False) -> Self:
        """Make a layer from the state of another.

        Parameters
        ----------
        state : mapping
            The output of `state_dict`.
        sparse : bool, default=False
            Whether the gradient of the table is sparse. The state does not include it.

        Returns
        -------
        embedding : HybridHashEmbedding
            A layer with the table of the state, on its device and with its dtype.

        Raises
        ------
        ValueError
            If the state is damaged, saved by another release, or not of a HybridHashEmbedding.

        Examples
        --------
        >>> from hybrid_encoder.torch import HybridHashEmbedding
        >>> embedding = HybridHashEmbedding(2, n_slots=[3], n_buckets=[4])
        >>> HybridHashEmbedding.from_state_dict(embedding.state_dict())
        HybridHashEmbedding(7, 2, n_columns=1, n_hashes=2, tail_weight=0.25, combine='sum')
        """
        if not {"weight", "layout"} <= state.keys():
            raise ValueError(
                f"The state has the entries {sorted(state)}, and 'weight' and 'layout' are needed. Pass "
                "the output of state_dict of a HybridHashEmbedding."
            )
        weight = state["weight"]
        config = from_bytes(state["layout"])
        embedding = cls(**config, sparse=sparse, device=weight.device, dtype=weight.dtype)
        embedding.load_state_dict(state)
        return embedding

    @property
    def config(self) -> dict[str, Any]:
        """Arguments for a layer of the same layout, as numbers, strings and lists."""
        return {name: copy(getattr(self, name)) for name in CONSTRAINTS}

    @property
    def n_bytes(self) -> int:
        """Size of the table in bytes, without the vocabulary of the encoder."""
        return self.weight.numel() * self.weight.element_size()

    def reset_parameters(self) -> None:
        """Fill the table with new random numbers, see Notes."""
        nn.init.normal_(self.weight, std=INITIAL_STD)
        self._set_buffers()

    def forward(self, X: Any) -> Tensor:
        """Return the vectors of encoded rows.

        Parameters
        ----------
        X : ndarray or Tensor of int32 or int64, of shape (n_samples, n_columns, n_hashes), or CSR matrix
            The output of the encoder's `encode_indices` or `transform`. The latter is a SciPy matrix or
            array, or a sparse CSR tensor. Both give the same vectors; columns of lists need `transform`.
            The layer copies `X` to the device of the table.

        Returns
        -------
        vectors : Tensor of shape (n_samples, n_columns, embedding_dim)
            One vector per row and input column.

        Raises
        ------
        TypeError
            If `X` has another type or dtype.
        ValueError
            If `X` has a shape or an index that the encoder of this layer does not produce, or if it is a
            CSR matrix and ``combine="concat"``, which depends on the order of the buckets.
        """
        table = self._table()
        if is_sparse(X):
            return self._embed_csr(X, table)
        indices = read_indices(X, table, self.n_hashes)
        if self.combine == "concat":
            return self._concat(indices)
        is_tail = tail_mask(indices, table, self.ignore_missing)
        return self._sum(cell_bags(table, indices, is_tail, self.tail_weight), indices.shape[:2])

    def follow(self, changes: ColumnChanges) -> Self:
        """Update the table after the encoder's `partial_fit`.

        A value that has entered the vocabulary gets a slot, and its vector there starts as the
        combination of its bucket vectors, so that the output of the layer does not change for it. A
        value that has lost its slot uses its buckets from now on. The update is in place: an optimizer
        continues with the same parameter.

        Parameters
        ----------
        changes : ColumnChanges
            ``column_changes_`` of the encoder from which this layer was made. After several calls of
            `partial_fit`, pass the changes of each call in order.

        Returns
        -------
        self : HybridHashEmbedding
            This layer.

        Raises
        ------
        TypeError
            If `changes` is not ColumnChanges.
        ValueError
            If the sizes, slots or buckets in `changes` are not those of this layer.

        See Also
        --------
        hybrid_encoder.transfer_weights : The same for the weights of other modules.

        Notes
        -----
        An optimizer that stores numbers per weight, for example Adagrad, keeps those of the replaced
        values. To reset them, set ``optimizer.state[embedding.weight]["sum"]`` to its initial value in
        the rows ``changes.output_columns``.

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
        check_same_encoder(changes, self._table(), self.n_hashes, self.tail_weight)
        with torch.no_grad():
            if self.combine == "sum":
                # The encoder rounds tail_weight to the dtype of its output.
                changes = replace(changes, tail_weight=self.tail_weight)
                self.weight.copy_(transfer_weights(self.weight, changes, axis=0))
            else:
                buckets = to_tensor(changes.old_buckets, self.weight.device)
                self.weight[changes.output_columns] = self._concat(buckets[:, None])[:, 0]
        return self

    def extra_repr(self) -> str:
        """Text between the parentheses of the representation."""
        n_rows, dim = self.weight.shape
        text = (
            f"{n_rows}, {dim}, n_columns={len(self.n_slots)}, n_hashes={self.n_hashes}, "
            f"tail_weight={self.tail_weight}, combine={self.combine!r}"
        )
        return text + ", tail_indicator=True" * self.tail_indicator + ", sparse=True" * self.sparse

    def _row_layout(self) -> Layout:
        return Layout(np.array(self.n_slots), np.array(self.n_buckets), self.tail_indicator)

    def _table(self) -> Table:
        return Table(self.weight, self._starts, self._first_buckets, self.n_buckets, self.tail_indicator)

    def _set_buffers(self) -> None:
        """Compute the buffers on the device of the table.

        Called also after a state is loaded or the weights are reset, as `to_empty` leaves buffers
        undefined.
        """
        device = self.weight.device
        starts = torch.tensor(self._row_layout().starts, dtype=torch.int32, device=device)
        first_buckets = starts[:-1] + torch.tensor(self.n_slots, dtype=torch.int32, device=device)
        self.register_buffer("_starts", starts, persistent=False)
        self.register_buffer("_first_buckets", first_buckets, persistent=False)
        layout = torch.tensor(list(to_bytes(self.config)), dtype=torch.uint8, device=device)
        self.register_buffer("layout", layout)

    def _embed_csr(self, X: Any, table: Table) -> Tensor:
        if self.combine == "concat":
            raise ValueError(
                "combine='concat' depends on the order of a value's buckets, which a CSR matrix does "
                "not store. Pass the output of encode_indices."
            )
        indptr, columns, values = read_csr(X, table)
        return self._sum(csr_bags(table, indptr, columns, values), (len(indptr) - 1, len(self.n_slots)))

    def _concat(self, indices: Tensor) -> Tensor:
        """Halves of the vectors of two buckets, or the full vector of a slot or single bucket."""
        return join_halves(self._sum(pair_bags(indices), (*indices.shape[:2], 2)))

    def _sum(self, bags: Bags, shape: Sequence[int]) -> Tensor:
        """Weighted sum of the rows of each bag, of shape (*shape, embedding_dim)."""
        sums = functional.embedding_bag(
            bags.rows,
            self.weight,
            bags.offsets,
            mode="sum",
            sparse=self.sparse,
            per_sample_weights=bags.weights,
        )
        return sums.view(*shape, self.embedding_dim)

    def _load_from_state_dict(
        self, state_dict: Mapping[str, Any], prefix: str, *args: Any, **kwargs: Any
    ) -> None:
        layout = state_dict.get(f"{prefix}layout")
        saved = self.config if layout is None else from_bytes(layout)
        if different := differences(self.config, saved):
            error_messages: list[str] = args[-1]
            error_messages.append(
                f"{prefix}layout: the state is of a layer for another encoder: {different} "
                "differ. Make its layer with HybridHashEmbedding.from_state_dict."
            )
            return
        super()._load_from_state_dict(state_dict, prefix, *args, **kwargs)
        self._set_buffers()
