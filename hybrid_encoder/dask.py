"""Fit and transform Dask DataFrames: the same encoder, however many machines hold the rows.

Needs the extra ``dask``: ``pip install "hybrid-encoder[dask]"``.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.utils.validation import check_is_fitted

from ._encoder import HybridHashEncoder
from ._fit.plan import Plan
from ._fit.selection import Candidates, Findings, candidates
from ._fit.tally import Tally, merge_tallies
from ._input import tables as _tables
from ._inside import check_encoder
from ._transform.csr import canonical_csr

try:
    import dask
    import dask.array as da
    import dask.dataframe as dd
except ImportError as error:
    raise ImportError('hybrid_encoder.dask needs Dask: pip install "hybrid-encoder[dask]"') from error

__all__ = ["fit", "transform"]


def fit(
    encoder: HybridHashEncoder, ddf: Any, y: Any = None, sample_weight: Any = None
) -> HybridHashEncoder:
    """Fit an encoder to a Dask DataFrame: the same as to all its rows in memory.

    Values are counted partition by partition, and the tables of counts are merged in a tree, on the
    workers. What comes back for each column is the values that may get a slot, no more than `top_k` or
    `max_features` of them, and sums of all others.

    Parameters
    ----------
    encoder : HybridHashEncoder
        What is fitted, in place.
    ddf : dask.dataframe.DataFrame
        Categorical columns of text or numbers, and perhaps those of `y` and `sample_weight`.
    y : str, or dask Series or Array, default=None
        The target: the name of a column of `ddf`, which is then not encoded, or labels in the same
        partitions. As in `HybridHashEncoder.fit`, it ranks the values by default if it has up to 20
        classes.
    sample_weight : str, or dask Series or Array, default=None
        Weights of the rows, likewise.

    Returns
    -------
    encoder : HybridHashEncoder
        The encoder that was given.

    Raises
    ------
    TypeError, ValueError
        As in `HybridHashEncoder.fit`; also if `ddf` is no Dask DataFrame, or `y` or `sample_weight` come
        in other partitions.

    See Also
    --------
    HybridHashEncoder.fit_counts : The same from counts that another engine has made.

    Notes
    -----
    At the end one worker holds the counts of all different values of a column.
    Sums of weights that are no whole numbers depend on the partitions in their last bits; ranks do not.

    Examples
    --------
    >>> import dask.dataframe as dd
    >>> import pandas as pd
    >>> from hybrid_encoder import HybridHashEncoder
    >>> import hybrid_encoder.dask
    >>> X = pd.DataFrame({"country": ["US", "US", "FR", "US", "FR", "NZ"]})
    >>> encoder = HybridHashEncoder(top_k=2, n_buckets=3)
    >>> encoder = hybrid_encoder.dask.fit(encoder, dd.from_pandas(X, npartitions=3))
    >>> encoder.vocabularies_[0].tolist()
    ['US', 'FR']
    """
    check_encoder(encoder)
    parts, features = _parts_of_frame(ddf, [y, sample_weight])
    targets, weights = _beside(y, "y", parts), _beside(sample_weight, "sample_weight", parts)
    header = _tables.open_table(pd.DataFrame(index=[0], columns=features, dtype=object))
    encoder._validate_params()

    def look(plan: Plan) -> Findings:
        counting = dask.delayed(_like(encoder), traverse=False)
        tally = dask.delayed(_tally_part, nout=len(features))
        tallies = [
            tally(counting, number, part[features], y_part, weight)
            for number, (part, y_part, weight) in enumerate(zip(parts, targets, weights, strict=True))
        ]
        merge = dask.delayed(partial(_merge, most_classes=encoder._settings["most_classes"]))
        best = dask.delayed(partial(_best, plan=plan))
        found = [
            best(_reduced([tally[number] for tally in tallies], partial(merge, label=label)), number)
            for number, label in enumerate(plan.labels)
        ]
        labels, columns = zip(*dask.compute(*found), strict=True)
        return labels[0], list(columns)

    return encoder._fit_by(look, header)


def transform(encoder: HybridHashEncoder, ddf: Any, y: Any = None) -> Any:
    """Encode a Dask DataFrame, partition by partition, when they are computed.

    Parameters
    ----------
    encoder : HybridHashEncoder
        A fitted encoder.
    ddf : dask.dataframe.DataFrame
        The columns that it was fitted to, and perhaps that of `y`.
    y : str, or dask Series or Array, default=None
        What is to come with the rows, in the same blocks, as labels do: the name of a column of `ddf`,
        or a collection in the same partitions. Read by itself, a column may be cut in another way.

    Returns
    -------
    X_out : dask.array.Array of shape (n_samples, `n_features_out_`)
        A block for each partition, with what `HybridHashEncoder.transform` gives for it: CSR matrices,
        or dense arrays with ``sparse_output=False``, whatever `set_output` asks for. How many rows it
        has is known when it is computed.
    y_out : dask.array.Array of shape (n_samples,)
        `y` in the same blocks; only if it is given.

    Raises
    ------
    TypeError, ValueError
        As in `HybridHashEncoder.transform`, when blocks are computed; also if `ddf` is no Dask
        DataFrame, or has no column `y`.

    Examples
    --------
    >>> import dask.dataframe as dd
    >>> import pandas as pd
    >>> from hybrid_encoder import HybridHashEncoder
    >>> import hybrid_encoder.dask
    >>> X = pd.DataFrame({"country": ["US", "US", "FR", "US", "FR", "NZ"]})
    >>> encoder = HybridHashEncoder(top_k=2, n_buckets=3).fit(X)
    >>> encoded = hybrid_encoder.dask.transform(encoder, dd.from_pandas(X, npartitions=2))
    >>> encoded.numblocks
    (2, 1)
    >>> encoded.blocks[1].compute().toarray()
    array([[1.  , 0.  , 0.  , 0.  , 0.  ],
           [0.  , 1.  , 0.  , 0.  , 0.  ],
           [0.  , 0.  , 0.  , 0.25, 0.25]])
    """
    check_encoder(encoder)
    check_is_fitted(encoder)
    parts, features = _parts_of_frame(ddf, [y])
    labels = _beside(y, "y", parts)
    served = dask.delayed(encoder, traverse=False)
    encode = dask.delayed(_encode_part)
    rows = [encode(served, number, part[features]) for number, part in enumerate(parts)]
    encoded = _end_to_end(rows, _no_rows(encoder))
    if y is None:
        return encoded
    no_labels = np.asarray((ddf[y] if _is_name(y) else y)._meta)
    return encoded, _end_to_end(list(map(dask.delayed(np.asarray), labels)), no_labels)


def _end_to_end(blocks: Sequence[Any], nothing: Any) -> Any:
    """Blocks of rows as one array, given one of no rows."""
    shape = (np.nan, *nothing.shape[1:])
    arrays = [da.from_delayed(block, shape, nothing.dtype, meta=nothing) for block in blocks]
    return da.concatenate(arrays, allow_unknown_chunksizes=True)


def _parts_of_frame(ddf: Any, beside: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """The partitions of a DataFrame, and its columns but for those that go with the rows."""
    if not isinstance(ddf, dd.DataFrame):
        raise TypeError(
            f"ddf is a {type(ddf).__name__}, not a Dask DataFrame. What is in memory goes to the "
            "encoder's own methods, or becomes one with dask.dataframe.from_pandas."
        )
    names = [given for given in beside if _is_name(given)]
    features = [column for column in ddf.columns if column not in names]
    absent = [name for name in names if name not in ddf.columns]
    if absent:
        raise ValueError(
            f"There is no column {absent[0]!r} in ddf. Its columns are {', '.join(map(repr, features))}."
        )
    return _parts(ddf), features


def _is_name(given: Any) -> bool:
    """Whether it names a column of the DataFrame."""
    return isinstance(given, str | int)


def _parts(collection: Any) -> list[Any]:
    """The partitions as they are: optimized, each collection would be cut in its own way."""
    if isinstance(collection, da.Array):
        return list(np.ravel(collection.to_delayed()))
    return list(collection.simplify().to_delayed(optimize_graph=False))


def _beside(given: Any, name: str, parts: Sequence[Any]) -> list[Any]:
    """For each partition what goes with its rows: a column of it, what comes beside it, or nothing."""
    if given is None:
        return [None] * len(parts)
    if _is_name(given):
        return [part[given] for part in parts]
    if not isinstance(given, dd.Series | da.Array):
        raise TypeError(
            f"{name} is a {type(given).__name__}. Pass the name of a column of ddf, or a Dask Series or "
            "Array in the same partitions."
        )
    own = _parts(given)
    if len(own) != len(parts):
        raise ValueError(
            f"{name} has {len(own)} partitions, and ddf has {len(parts)}. Make {name} a column of ddf "
            "and pass its name, or repartition one of them."
        )
    return own


def _like(encoder: HybridHashEncoder) -> HybridHashEncoder:
    """What counts as an encoder would, knows the names of its columns, and is small to send."""
    counting = clone(encoder).set_params(n_jobs=1)
    for name in ("n_features_in_", "feature_names_in_"):
        if hasattr(encoder, name):
            setattr(counting, name, getattr(encoder, name))
    return counting


@contextmanager
def _in_partition(number: int) -> Iterator[None]:
    """Say where the rows are that an error speaks of."""
    try:
        yield
    except (TypeError, ValueError) as error:
        error.add_note(f"Rows are counted from the first of partition {number}.")
        raise


def _tally_part(
    encoder: HybridHashEncoder, number: int, part: Any, y: Any, sample_weight: Any
) -> list[Tally | None]:
    """The counts of the columns of a partition; None for each if it has no rows."""
    if len(part) == 0:
        return [None] * encoder.n_features_in_
    with _in_partition(number):
        return [*encoder._tallies(_tables.open_table(part), y, sample_weight)]


def _reduced(tallies: list[Any], merge: Callable[[Any, Any], Any]) -> Any:
    """Tables merged two by two, what comes of it two by two again, and so on."""
    while len(tallies) > 1:
        pairs = [tallies[first : first + 2] for first in range(0, len(tallies), 2)]
        tallies = [merge(*pair) if len(pair) == 2 else pair[0] for pair in pairs]
    return tallies[0]


def _merge(
    one: Tally | None, other: Tally | None, most_classes: int | None, label: object
) -> Tally | None:
    if one is None or other is None:
        return one or other
    return merge_tallies(one, other, most_classes, label)


def _best(tally: Tally | None, number: int, plan: Plan) -> tuple[NDArray[Any] | None, Candidates]:
    """The classes, and the values of a column that may get a slot."""
    if tally is None:
        raise ValueError("Found a DataFrame with 0 sample(s) while a minimum of 1 is required.")
    if tally.counts.rows == 0:
        raise ValueError("Sample weights must contain at least one non-zero number.")
    return tally.labels, candidates(tally.counts, plan.with_classes(tally.labels), number)


def _encode_part(encoder: HybridHashEncoder, number: int, part: Any) -> Any:
    if len(part) == 0:
        return _no_rows(encoder)
    with _in_partition(number):
        encoded = encoder._encode(part)
    return encoded if encoder.sparse_output else encoded.toarray()


def _no_rows(encoder: HybridHashEncoder) -> Any:
    """What `transform` would give for a table without rows."""
    none = np.zeros(0, dtype=encoder._settings["dtype"])
    empty = canonical_csr(np.zeros(1, np.int32), np.zeros(0, np.int32), none, encoder.n_features_out_)
    return empty if encoder.sparse_output else empty.toarray()
