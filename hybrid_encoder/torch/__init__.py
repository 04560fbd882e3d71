"""An embedding layer for PyTorch that takes what the encoder gives."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, Self

import numpy as np
import scipy.sparse as sp
from sklearn.utils._param_validation import validate_parameter_constraints

from .._encoder import HybridHashEncoder
from .._partial_fit.transfer import ColumnChanges, transfer_weights
from .._transform.layout import Layout

try:
    import torch
    from torch import Tensor, nn
    from torch.nn import functional

    from . import _bags, _config
    from . import _inputs as _given
    from . import _transfer as _moving
    from ._table import Table
except ImportError as error:
    raise ImportError(
        'hybrid_encoder.torch needs PyTorch: pip install "hybrid-encoder[torch]"'
    ) from error

__all__ = ["HybridHashEmbedding"]

Combine = Literal["sum", "concat"]

INITIAL_STD = 0.05


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
    one pass over the data, in the paper's experiments on public data.

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
        validate_parameter_constraints(_config.CONSTRAINTS, locals(), type(self).__name__)
        super().__init__()
        self.embedding_dim = int(embedding_dim)
        self.n_hashes = int(n_hashes)
        self.tail_weight = float(tail_weight)
        self.tail_indicator = bool(tail_indicator)
        self.ignore_missing = bool(ignore_missing)
        self.seed = int(seed)
        self.combine = combine
        self.sparse = sparse
        self._slots, self._buckets = _config.columns_of(n_slots, n_buckets)
        if combine == "concat":
            _config.check_halves(self.embedding_dim)
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
            **_config.decided_by(encoder),
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
        config = _config.unpacked(state["layout"])
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
        table = self._table()
        if sp.issparse(X) or (isinstance(X, Tensor) and X.layout != torch.strided):
            if self.combine == "concat":
                raise ValueError(
                    "A CSR matrix does not keep the order of a value's buckets, which "
                    "combine='concat' needs. Pass what encode_indices gave."
                )
            ends, found, values = _given.csr_of(X, table)
            shape = (len(ends) - 1, len(self._slots))
            return self._sums(_bags.of_csr(table, ends, found, values), shape)
        indices = _given.indices_of(X, table, self.n_hashes)
        is_tail = _given.in_tail(indices, table, self.ignore_missing)
        return self._vectors(table, indices, is_tail)

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
        different = _config.differences(_config.decided_by(old_encoder), self.config)
        if different:
            raise ValueError(
                f"This layer is not of old_encoder: they differ in {different}. Pass the "
                "encoder that it was made from."
            )
        _moving.check_same_columns(old_encoder, new_encoder)
        moved = type(self).from_encoder(
            new_encoder,
            self.embedding_dim,
            self.combine,
            self.sparse,
            device=self.weight.device,
            dtype=self.weight.dtype,
        )
        scale = None
        if (moved.seed, moved.n_hashes) == (self.seed, self.n_hashes):
            scale = self.tail_weight / moved.tail_weight if self.combine == "sum" else 1.0
        with torch.no_grad():
            table, new_table = self._table(), moved._table()
            for column, values in enumerate(new_encoder.vocabularies_):
                cells = _moving.cells_of(old_encoder, values, column)
                indices, is_tail = (_given.tensor(part, self.weight.device) for part in cells)
                vectors = self._vectors(table.only(column), indices, is_tail)[:, 0]
                new_table.slots(column)[: len(values)] = vectors
                _moving.carry_over(table, new_table, column, scale)
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
        _moving.check_own(changes, self._table(), self.n_hashes, self.tail_weight)
        with torch.no_grad():
            if self.combine == "sum":
                # By the weight as this layer has it; the encoder's output may hold it in a shorter type.
                changes = replace(changes, tail_weight=self.tail_weight)
                self.weight.copy_(transfer_weights(self.weight, changes, axis=0))
            else:
                buckets = _given.tensor(changes.old_buckets, self.weight.device)
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
        layout = torch.tensor(list(_config.packed(self.config)), dtype=torch.uint8, device=device)
        self.register_buffer("layout", layout)

    def _table(self) -> Table:
        return Table(
            self.weight,
            self._slots,
            self._buckets,
            self.tail_indicator,
            self._starts,
            self._first_buckets,
        )

    def _vectors(self, table: Table, indices: Tensor, is_tail: Tensor) -> Tensor:
        """Vectors of cells, given as indices, and which of them are in the tail."""
        if self.combine == "concat":
            return self._halves(indices)
        bags = _bags.of_cells(table, indices, is_tail, self.tail_weight)
        return self._sums(bags, indices.shape[:2])

    def _halves(self, indices: Tensor) -> Tensor:
        """The first half of one bucket's vector, the second half of the other's."""
        return _bags.halves(self._sums(_bags.of_pairs(indices), (*indices.shape[:2], 2)))

    def _sums(self, bags: _bags.Bags, shape: Sequence[int]) -> Tensor:
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
        theirs = self.config if layout is None else _config.unpacked(layout)
        if different := _config.differences(self.config, theirs):
            error_messages: list[str] = args[-1]
            error_messages.append(
                f"{prefix}layout: the state is of a layer for another encoder: {different} "
                "differ. Rebuild that layer with HybridHashEmbedding.from_state_dict, and use transfer "
                "to move it to this encoder."
            )
            return
        super()._load_from_state_dict(state_dict, prefix, *args, **kwargs)
        self._write_buffers()
