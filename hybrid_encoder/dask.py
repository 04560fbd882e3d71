"""Fit and transform Dask DataFrames. The fitted encoder equals one fitted in memory.

Needs the extra ``dask``: ``pip install "hybrid-encoder[dask]"``.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from ._encoder import HybridHashEncoder, check_encoder
from ._fit.counts import Counts
from ._fit.fit import fit_candidates, labels_of
from ._fit.from_table import count_partition
from ._fit.merging import align, merge
from ._fit.selection import Candidates, select_candidates
from ._fit.target import most_classes
from ._input.errors import column_errors
from ._input.tables import open_table
from ._transform.csr import canonical_csr
from ._transform.settings import Settings

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
    """Fit an encoder to a Dask DataFrame, with the result of `fit` on all its rows in memory.

    Workers count the values of each partition and merge the counts in pairs. For each column, the
    client receives the counts of the values that may get a slot (at most `top_k` or `max_features`),
    and sums over all other values.

    Parameters
    ----------
    encoder : HybridHashEncoder
        The encoder to fit, in place.
    ddf : dask.dataframe.DataFrame
        Categorical columns of text or numbers, and perhaps columns of `y` and `sample_weight`.
    y : str, or dask Series or Array, default=None
        The target: the name of a column of `ddf`, which is then not encoded; or a Dask collection with
        the same partitions.
    sample_weight : str, or dask Series or Array, default=None
        Weights of the rows: the name of a column, or a Dask collection with the same partitions.

    Returns
    -------
    encoder : HybridHashEncoder
        The same encoder, fitted.

    Raises
    ------
    TypeError, ValueError
        As in `HybridHashEncoder.fit`; also if `ddf` is not a Dask DataFrame, or if `y` or
        `sample_weight` have other partitions.

    See Also
    --------
    HybridHashEncoder.fit_counts : Fit to counts from another engine.

    Notes
    -----
    In the last step, one worker holds the counts of all distinct values of a column. Sums of fractional
    weights depend on the partitions in their last bits; ranks do not.

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
    targets = _aligned_parts(y, "y", parts)
    weights = _aligned_parts(sample_weight, "sample_weight", parts)
    header = open_table(pd.DataFrame(index=[0], columns=features, dtype=object))
    encoder._validate_params()
    names, settings = encoder._prepare(header)
    labels = labels_of(names, len(features))
    count_part = dask.delayed(_count_part, nout=len(features))
    counted = [
        count_part(settings, labels, number, part[features], y_part, weight)
        for number, (part, y_part, weight) in enumerate(zip(parts, targets, weights, strict=True))
    ]
    merge_two, select = dask.delayed(_merge), dask.delayed(_select)
    found = []
    for number, (label, limit) in enumerate(zip(labels, settings.slot_limits, strict=True)):
        merge_column = partial(merge_two, label=label, most=most_classes(settings.importance))
        counts = _merge_in_pairs([part[number] for part in counted], merge_column)
        found.append(select(counts, settings, label, limit))
    encoder._set_fitted(fit_candidates(dask.compute(*found), settings, names))
    return encoder


def transform(encoder: HybridHashEncoder, ddf: Any, y: Any = None) -> Any:
    """Encode a Dask DataFrame lazily, partition by partition.

    Parameters
    ----------
    encoder : HybridHashEncoder
        A fitted encoder.
    ddf : dask.dataframe.DataFrame
        The columns of `fit`, and perhaps a column for `y`.
    y : str, or dask Series or Array, default=None
        Labels to return in the same blocks as the rows: the name of a column of `ddf`, or a Dask
        collection with the same partitions. Prefer a name: a collection that was read separately may
        have other partitions.

    Returns
    -------
    X_out : dask.array.Array of shape (n_samples, `n_features_out_`)
        One block per partition, the result of `HybridHashEncoder.transform`: CSR matrices, or dense
        arrays with ``sparse_output=False``; `set_output` has no effect. The number of rows is not known
        before the computation.
    y_out : dask.array.Array of shape (n_samples,)
        `y` in the same blocks; only if it is given.

    Raises
    ------
    TypeError, ValueError
        As in `HybridHashEncoder.transform`, when blocks are computed; also if `ddf` is not a Dask
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
    labels = _aligned_parts(y, "y", parts)
    shared_encoder = dask.delayed(encoder, traverse=False)
    encode = dask.delayed(_encode_part)
    rows = [encode(shared_encoder, number, part[features]) for number, part in enumerate(parts)]
    encoded = _concatenate(rows, _no_rows(encoder))
    if y is None:
        return encoded
    no_labels = np.asarray((ddf[y] if _is_name(y) else y)._meta)
    return encoded, _concatenate(list(map(dask.delayed(np.asarray), labels)), no_labels)


def _concatenate(blocks: Sequence[Any], empty: Any) -> Any:
    """Concatenate blocks of rows; `empty` is a block without rows."""
    shape = (np.nan, *empty.shape[1:])
    arrays = [da.from_delayed(block, shape, empty.dtype, meta=empty) for block in blocks]
    return da.concatenate(arrays, allow_unknown_chunksizes=True)


def _parts_of_frame(ddf: Any, names_or_data: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """The partitions of a DataFrame, and its columns without those named in `names_or_data`."""
    if not isinstance(ddf, dd.DataFrame):
        raise TypeError(
            f"ddf is a {type(ddf).__name__}, not a Dask DataFrame. Pass tables in memory to the "
            "methods of the encoder, or convert them with dask.dataframe.from_pandas."
        )
    names = [given for given in names_or_data if _is_name(given)]
    features = [column for column in ddf.columns if column not in names]
    absent = [name for name in names if name not in ddf.columns]
    if absent:
        raise ValueError(
            f"There is no column {absent[0]!r} in ddf. Its columns are {', '.join(map(repr, features))}."
        )
    return _parts(ddf), features


def _is_name(given: Any) -> bool:
    """Whether an argument is the name of a column."""
    return isinstance(given, str | int)


def _parts(collection: Any) -> list[Any]:
    """The partitions, without optimization, which could give collections different partitions."""
    if isinstance(collection, da.Array):
        return list(np.ravel(collection.to_delayed()))
    return list(collection.simplify().to_delayed(optimize_graph=False))


def _aligned_parts(given: Any, name: str, parts: Sequence[Any]) -> list[Any]:
    """The part of `given` for each partition: a column, a part of another collection, or None."""
    if given is None:
        return [None] * len(parts)
    if _is_name(given):
        return [part[given] for part in parts]
    if not isinstance(given, dd.Series | da.Array):
        raise TypeError(
            f"{name} is a {type(given).__name__}. Pass the name of a column of ddf, or a Dask Series or "
            "Array in the same partitions."
        )
    found = _parts(given)
    if len(found) != len(parts):
        raise ValueError(
            f"{name} has {len(found)} partitions, and ddf has {len(parts)}. Make {name} a column of ddf "
            "and pass its name, or repartition one of them."
        )
    return found


@contextmanager
def _in_partition(number: int) -> Iterator[None]:
    """Add the number of the partition to errors."""
    try:
        yield
    except (TypeError, ValueError) as error:
        error.add_note(f"Rows are counted from the first of partition {number}.")
        raise


def _count_part(
    settings: Settings, labels: list[Any], number: int, part: Any, y: Any, sample_weight: Any
) -> list[Counts | None]:
    """The counts of the columns of a partition; None for each if it has no rows."""
    if len(part) == 0:
        return [None] * len(labels)
    with _in_partition(number):
        return [*count_partition(open_table(part), y, sample_weight, settings, labels)]


def _merge_in_pairs(tables: list[Any], merge: Callable[[Any, Any], Any]) -> Any:
    """Merge tables in pairs, then the results in pairs, and so on."""
    while len(tables) > 1:
        pairs = [tables[first : first + 2] for first in range(0, len(tables), 2)]
        tables = [merge(*pair) if len(pair) == 2 else pair[0] for pair in pairs]
    return tables[0]


def _merge(one: Counts | None, other: Counts | None, label: object, most: int | None) -> Counts | None:
    if one is None or other is None:
        return one or other
    with column_errors(label):
        return merge(*align([one, other], most))


def _select(counts: Counts | None, settings: Settings, label: object, limit: int | None) -> Candidates:
    """The values of a column that may get a slot."""
    if counts is None:
        raise ValueError("Found a DataFrame with 0 sample(s) while a minimum of 1 is required.")
    if counts.rows == 0:
        raise ValueError("Sample weights must contain at least one non-zero number.")
    with column_errors(label):
        return select_candidates(counts, settings, limit)


def _encode_part(encoder: HybridHashEncoder, number: int, part: Any) -> Any:
    if len(part) == 0:
        return _no_rows(encoder)
    with _in_partition(number):
        encoded = encoder._encode(part)
    return encoded if encoder.sparse_output else encoded.toarray()


def _no_rows(encoder: HybridHashEncoder) -> Any:
    """The result of `transform` for a table without rows."""
    none = np.zeros(0, dtype=encoder._fitted.settings.dtype)
    empty = canonical_csr(np.zeros(1, np.int32), np.zeros(0, np.int32), none, encoder.n_features_out_)
    return empty if encoder.sparse_output else empty.toarray()
