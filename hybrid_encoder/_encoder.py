"""`HybridHashEncoder`: validates parameters and delegates to the sub-packages."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from numbers import Integral, Real
from typing import Any, ClassVar, Literal, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, DTypeLike, NDArray
from sklearn.base import BaseEstimator, TransformerMixin, _fit_context
from sklearn.utils import Tags
from sklearn.utils._param_validation import Interval, RealNotInt, StrOptions
from sklearn.utils._set_output import _get_output_config
from sklearn.utils.validation import (
    _check_feature_names_in,
    check_array,
    check_is_fitted,
    validate_data,
)

from . import _report
from ._fit.counts import Counts
from ._fit.fit import labels_of
from ._fit.fitted import Fitted
from ._fit.from_counts import Rows, fit_groups, header_of
from ._fit.from_table import count_columns, fit_table
from ._fit.importance import MEASURES, needs_target
from ._fit.parameters import MOST_COLUMNS, settings_of
from ._fit.progress import CallbackSupportMixin, Progress
from ._input.tables import Table, feature_names, native, open_table
from ._partial_fit.transfer import ColumnChanges, no_changes
from ._partial_fit.update import add_batch
from ._serialize import document as _document
from ._serialize import state as _state
from ._transform import encode as _encode
from ._transform.layout import feature_names as output_names
from ._transform.output import check_container, decode
from ._transform.settings import Auto, Measure, Settings

PerColumn = Mapping[Any, Any]


class HybridHashEncoder(CallbackSupportMixin, TransformerMixin, BaseEstimator):
    """Encode categorical columns: important values one-hot, all others by two hashed buckets.

    Use it in place of one-hot encoding or the hashing trick for columns with many values: city, user,
    product, search term. The number of output columns is bounded, and values not seen in `fit` need no
    refit. The most important values of each column, its head, get an output column each, a slot. Any
    other value, the tail, sets two hashed bucket columns [1]_.

    Read more in the :doc:`guide </guide/index>`.

    Parameters
    ----------
    top_k : int, None, "auto" or mapping, default="auto"
        Number of slots of each column: the best `top_k` values, all values (None), or a share of
        `max_features` ("auto"), for which the values of all columns are ranked together. A mapping from
        column name (position if the input has no names) sets it per column; columns that it does not
        list are "auto".
    n_buckets : int, "auto" or mapping, default="auto"
        Number of buckets of each column. 0 drops the tail. "auto" gives every column at least two
        buckets and at most one per tail value; `partial_fit` uses the whole remaining budget.
    max_features : int, default=65536
        Upper bound on the number of output columns, if `top_k` or `n_buckets` of any column is "auto".
        "auto" shares the output columns that are left after all numbers in `top_k` and `n_buckets`.
    n_hashes : {1, 2}, default=2
        Buckets per tail value.
    min_frequency : int or float, default=1
        Values with a smaller weight get no slot. An int is a count (with `sample_weight`, a sum of
        weights), a float is a share of the rows.
    importance : {"auto", "frequency", "entropy", "mutual_info", "pooled_info", "fisher", "gini"} \
            or callable, default="auto"
        The measure that ranks values:

        - "auto": "pooled_info" if `fit` gets a `y` of up to 20 classes, else "frequency";
        - "frequency", "entropy": do not use `y`;
        - "mutual_info", "pooled_info", "fisher", "gini": information of a value about the classes of
          `y`; a `y` of whole numbers holds classes;
        - ``callable(class_counts, class_totals)``: takes weights of shape (n_values, n_classes) and
          (n_classes,) of one column, and returns a score per value.
    tail_weight : float, default=0.25
        Value stored in each bucket column. Slots and indicators store 1.
    tail_indicator : bool, default=False
        Whether to add one output column per input column that is 1 if the value is in the tail.
    handle_missing : {"value", "ignore", "error"}, default="value"
        None, NaN, NaT, pandas.NA and null are missing. "value": a category of its own. "ignore": all
        zeros. "error": raise on missing or infinite values.
    seed : int, default=0
        Seed of the hash functions, an unsigned 32-bit integer.
    dtype : dtype, default=numpy.float64
        Number type of the output. It must be able to hold `tail_weight`.
    sparse_output : bool, default=True
        Whether to return a CSR matrix or a dense array.
    feature_name_combiner : "concat" or callable, default="concat"
        Names of the slots: ``column_value``, or the result of ``callable(column, value)``, where value
        is None for missing.
    max_tracked : int, default=None
        Number of values per column whose counts `partial_fit` keeps between calls; None keeps all. It
        also bounds the slots of a column, and should be several times their number.
    decay : float, default=1.0
        Factor in (0, 1] by which `partial_fit` multiplies earlier counts. With 0.9 the weight of a row
        is halved after seven calls.
    n_jobs : int, default=None
        Number of threads. None means 1 unless in a :obj:`joblib.parallel_config` context. Results do
        not depend on it.

    Attributes
    ----------
    vocabularies_ : list of ndarray
        Values of the slots of each column, best first (after `partial_fit` in slot order). None is the
        missing value.
    n_slots_ : ndarray of int64 of shape (`n_features_in_`,)
        Number of slots of each column, free ones included.
    n_buckets_ : ndarray of int64 of shape (`n_features_in_`,)
        Number of buckets of each column.
    importance_ : str or callable
        The measure that ranked the values.
    n_features_in_ : int
        Number of input columns.
    n_features_out_ : int
        Number of output columns.
    feature_names_in_ : ndarray of str of shape (`n_features_in_`,)
        Names of the input columns, if all names are strings.
    column_changes_ : ColumnChanges
        The slots that got another value in the last call of `partial_fit`.
    format_version_ : int
        Version of the rules that map a value to its output columns.

    See Also
    --------
    transfer_weights : Update the weights of a model after `partial_fit`.
    sklearn.preprocessing.OneHotEncoder : One column per value; all values must be known.
    sklearn.feature_extraction.FeatureHasher : One hashed column per value; no slots, no names.

    Notes
    -----
    After `fit`, only new values of `sparse_output`, `feature_name_combiner` and `n_jobs` have an effect;
    `partial_fit` also uses new values of `decay`, `max_tracked` and `min_frequency`.

    References
    ----------
    .. [1] Zhang, C. et al. "Model Size Reduction Using Frequency Based Double Hashing for Recommender
       Systems", RecSys 2020. https://doi.org/10.1145/3383313.3412227

    Examples
    --------
    >>> import pandas as pd
    >>> from hybrid_encoder import HybridHashEncoder
    >>> X = pd.DataFrame({"country": ["US", "US", "FR", "US", "FR", "NZ"]})
    >>> encoder = HybridHashEncoder(top_k=2, n_buckets=3).fit(X)
    >>> encoder.get_feature_names_out().tolist()
    ['country_US', 'country_FR', 'country#0', 'country#1', 'country#2']
    >>> encoder.transform(pd.DataFrame({"country": ["US", "NZ"]})).toarray()
    array([[1.  , 0.  , 0.  , 0.  , 0.  ],
           [0.  , 0.  , 0.  , 0.25, 0.25]])

    In a pipeline the target ranks the values:

    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> model = make_pipeline(HybridHashEncoder(max_features=4), LogisticRegression())
    >>> model.fit(X, [1, 1, 0, 1, 0, 0]).predict(pd.DataFrame({"country": ["US", "Peru"]}))
    array([1, 0])
    """

    _doc_link_module = "hybrid_encoder"
    _fitted: Fitted
    column_changes_: ColumnChanges

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "top_k": [
            Interval(Integral, 0, MOST_COLUMNS, closed="both"),
            None,
            StrOptions({"auto"}),
            Mapping,
        ],
        "n_buckets": [
            Interval(Integral, 0, MOST_COLUMNS, closed="both"),
            StrOptions({"auto"}),
            Mapping,
        ],
        "max_features": [Interval(Integral, 1, MOST_COLUMNS, closed="both")],
        "n_hashes": [Interval(Integral, 1, 2, closed="both")],
        "min_frequency": [
            Interval(Integral, 1, None, closed="left"),
            Interval(RealNotInt, 0, 1, closed="neither"),
        ],
        "importance": [StrOptions({"auto", *MEASURES}), callable],
        "tail_weight": [Interval(Real, 0, None, closed="neither")],
        "tail_indicator": ["boolean"],
        "handle_missing": [StrOptions({"value", "ignore", "error"})],
        "seed": [Interval(Integral, 0, 2**32 - 1, closed="both")],
        "dtype": "no_validation",
        "sparse_output": ["boolean"],
        "feature_name_combiner": [StrOptions({"concat"}), callable],
        "max_tracked": [Interval(Integral, 1, None, closed="left"), None],
        "decay": [Interval(Real, 0, 1, closed="right")],
        "n_jobs": [Integral, None],
    }

    def __init__(
        self,
        top_k: int | None | Auto | PerColumn = "auto",
        n_buckets: int | Auto | PerColumn = "auto",
        max_features: int = 2**16,
        *,
        n_hashes: int = 2,
        min_frequency: float = 1,
        importance: str | Measure = "auto",
        tail_weight: float = 0.25,
        tail_indicator: bool = False,
        handle_missing: Literal["value", "ignore", "error"] = "value",
        seed: int = 0,
        dtype: DTypeLike = np.float64,
        sparse_output: bool = True,
        feature_name_combiner: Literal["concat"] | Callable[[str, Any], str] = "concat",
        max_tracked: int | None = None,
        decay: float = 1.0,
        n_jobs: int | None = None,
    ) -> None:
        self.top_k = top_k
        self.n_buckets = n_buckets
        self.max_features = max_features
        self.n_hashes = n_hashes
        self.min_frequency = min_frequency
        self.importance = importance
        self.tail_weight = tail_weight
        self.tail_indicator = tail_indicator
        self.handle_missing = handle_missing
        self.seed = seed
        self.dtype = dtype
        self.sparse_output = sparse_output
        self.feature_name_combiner = feature_name_combiner
        self.max_tracked = max_tracked
        self.decay = decay
        self.n_jobs = n_jobs

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any = None, sample_weight: ArrayLike | None = None) -> Self:
        """Select the values that get a slot, and lay out the output columns.

        Parameters
        ----------
        X : dataframe or array-like of shape (n_samples, n_features)
            Categorical columns of text or numbers, or of lists of these.
        y : array-like of shape (n_samples,), default=None
            The target. It ranks the values if `importance` uses it.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows; the weight of a value is their sum. Measures that use `y` add 10 rows
            with the class shares of all rows to every value, so the mean weight should be about 1.

        Returns
        -------
        self : HybridHashEncoder
            The fitted encoder. If fitting fails, it is left unchanged.

        Raises
        ------
        TypeError
            If a column mixes text and numbers, or holds any other type.
        ValueError
            If `X` has no rows or columns, if a mapping names a column that does not exist, if
            `max_features` is too small, if a value is missing with ``handle_missing="error"``, if
            `importance` needs classes and `y` has none, or if labels of classes are missing.
        """
        table = open_table(X)
        progress = Progress(self, table.shape[1], X=X, y=y, metadata={"sample_weight": sample_weight})
        names, settings = self._prepare(table)
        self._set_fitted(
            fit_table(table, y, sample_weight, settings, names, n_jobs=self.n_jobs, steps=progress.steps)
        )
        progress.end()
        return self

    @_fit_context(prefer_skip_nested_validation=True)
    def fit_counts(
        self,
        counts: Mapping[Any, Any],
        *,
        n_rows: Rows = None,
        multi_hot: str | Iterable[Any] = (),
    ) -> Self:
        """Fit to counts of values from a ``GROUP BY``; the result equals `fit` on the same rows.

        Parameters
        ----------
        counts : mapping of column to Series, DataFrame or mapping
            The counts of each input column, in input order: a Series indexed by value, or a mapping from
            value to count. By class of a target: a DataFrame with a column per class, or a Series
            indexed by value and class. None or NaN in the index is the missing value, counts of repeated
            values are added, and counts may be sums of weights. If columns have no names, keys are the
            positions 0, 1, ...
        n_rows : float, or Series or mapping by class, default=None
            Number or weight of all rows, by class if `counts` are by class. Needed if all columns hold
            lists, or if rare values were left out of `counts`; these are tail values.
        multi_hot : str or sequence of column keys, default=()
            Columns whose cells are lists; their counts are counts of elements.

        Returns
        -------
        self : HybridHashEncoder
            The fitted encoder. If fitting fails, it is left unchanged.

        Raises
        ------
        TypeError
            If values are neither text nor numbers, or both, or if counts are not numbers.
        ValueError
            If counts are negative or missing, if columns do not count the same rows, or if `importance`
            needs classes and there are none; also as in `fit`.

        See Also
        --------
        fit : Fit to rows.

        Notes
        -----
        Count missing values too. ``value_counts`` and ``groupby`` of pandas leave them out unless
        ``dropna=False``, as does ``COUNT(column)`` in SQL. Columns that do not count the same number of
        rows are an error unless `n_rows` is given.

        Values that cannot get a slot may be left out if values rank by frequency and `n_buckets` is a
        number: those that occur less often than the last value of the head. The report then contains
        only the values given, and the weight of the others as ``count_error``.

        Examples
        --------
        >>> import pandas as pd
        >>> counts = {"country": pd.Series({"US": 3, "FR": 2, "NZ": 1})}
        >>> encoder = HybridHashEncoder(top_k=2, n_buckets=3).fit_counts(counts)
        >>> encoder.get_feature_names_out().tolist()
        ['country_US', 'country_FR', 'country#0', 'country#1', 'country#2']
        """
        names, settings = self._prepare(header_of(counts))
        self._set_fitted(fit_groups(counts, n_rows, multi_hot, settings, names))
        return self

    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X: Any, y: Any = None, sample_weight: ArrayLike | None = None) -> Self:
        """Add the counts of a batch and update the vocabularies; the number of output columns is kept.

        The first call selects values as `fit` does, and fixes the output columns. A `top_k` given as a
        number is reserved in full. If anything is "auto", all of `max_features` is used, with free slots
        where new values are expected. Later calls multiply the earlier counts by `decay`, add those of
        the batch, and update each vocabulary:

        - a value keeps its slot until another value replaces it;
        - the best values without a slot get the free slots first;
        - then the best value without a slot is compared with the weakest value of the head, the second
          best with the second weakest, and so on. It replaces the other value if its score is higher by
          more than a standard error (if scores are equal, the weights are compared). Without this
          margin values of similar score would replace each other repeatedly.

        ``column_changes_`` lists the slots that changed. `transfer_weights` updates a model, so that its
        predictions for values that get a slot do not change.

        Parameters
        ----------
        X : dataframe or array-like of shape (n_samples, n_features)
            Categorical columns, the same in every call.
        y : array-like of shape (n_samples,), default=None
            The target. If the first call uses it, all calls need it. Later calls may add classes. With
            ``importance="auto"``, once there are more than 20 classes a warning is issued, and from then
            on the target is not used: values are ranked by frequency.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows. Standard errors are those of row counts, so the mean weight should be
            about 1.

        Returns
        -------
        self : HybridHashEncoder
            The updated encoder. If the call fails, it is left unchanged.

        Raises
        ------
        TypeError, ValueError
            As in `fit`; also if the columns or their kinds are not those of the first call, or if a
            column has more slots than `max_tracked`.

        See Also
        --------
        transfer_weights : Update the weights of a model.

        Notes
        -----
        After `fit`, `partial_fit` continues with its vocabularies and output columns, and with the
        counts of the head; those of the tail were not kept. `fit` after `partial_fit` starts again.

        Time and memory depend on the batch, the head and the counts that are kept: those of all values,
        or of `max_tracked`. Threads may share an encoder for `transform`, but not during `partial_fit`:
        encode rows with a copy then.

        Examples
        --------
        >>> encoder = HybridHashEncoder(top_k=2, n_buckets=3).partial_fit([["US"], ["US"]])
        >>> encoder.get_feature_names_out().tolist()
        ['x0_US', 'x0#free1', 'x0#0', 'x0#1', 'x0#2']
        >>> changes = encoder.partial_fit([["FR"], ["NZ"], ["FR"], ["NZ"], ["FR"]]).column_changes_
        >>> changes.to_frame()[["output_column", "old_value", "new_value", "was_free"]]
           output_column old_value new_value  was_free
        0              1      None        FR      True
        """
        table = open_table(X)
        if hasattr(self, "_fitted"):
            self._validate_params()  # scikit-learn validates in the first call only
            self._check_names(table)
            settings = self._fitted.settings.with_current(
                self.min_frequency, self.max_tracked, self.decay
            )
            fitted, changes = add_batch(self._fitted, table, y, sample_weight, settings, self.n_jobs)
        else:
            names, settings = self._prepare(table)
            fitted = fit_table(
                table, y, sample_weight, settings, names, streaming=True, n_jobs=self.n_jobs
            )
            changes = no_changes(fitted.columns[0], settings, fitted.layout.n_features_out)
        self._set_fitted(fitted, changes)
        return self

    def transform(self, X: Any) -> Any:
        """Encode rows.

        Parameters
        ----------
        X : dataframe or array-like of shape (n_samples, n_features)
            The columns that `fit` saw, in any container.

        Returns
        -------
        X_out : CSR matrix or ndarray of shape (n_samples, `n_features_out_`)
            A canonical matrix: indices of 32 bits, sorted, without duplicates. The class is
            :class:`scipy.sparse.csr_matrix` or ``csr_array``, by scikit-learn's configuration of
            ``sparse_interface``. With ``sparse_output=False``, a dense array.

        Raises
        ------
        TypeError
            If a column holds text where it held numbers at fit, or the reverse; likewise for lists.
        ValueError
            If the columns are not those of `fit`, or if a value is missing with
            ``handle_missing="error"``.
        """
        check_is_fitted(self)
        self._check_output()
        encoded = self._encode(X)
        return encoded if self.sparse_output else encoded.toarray()

    def fit_transform(self, X: Any, y: Any = None, sample_weight: ArrayLike | None = None) -> Any:
        """Fit to rows, then encode them: ``fit(X, y).transform(X)``.

        Parameters
        ----------
        X : dataframe or array-like of shape (n_samples, n_features)
            Categorical columns of text or numbers, or of lists of these.
        y : array-like of shape (n_samples,), default=None
            The target. If `importance` uses it, the labels of these rows influence which values get a
            slot. There is no cross-fitting as in :class:`sklearn.preprocessing.TargetEncoder`.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows.

        Returns
        -------
        X_out : CSR matrix or ndarray of shape (n_samples, `n_features_out_`)
            See `transform`.
        """
        self._check_output()
        return self.fit(X, y, sample_weight).transform(X)

    def encode_indices(self, X: Any) -> NDArray[np.int32]:
        """Output columns of each cell, the input of an embedding layer.

        Parameters
        ----------
        X : dataframe or array-like of shape (n_samples, n_features)
            The columns that `fit` saw. List columns are not supported.

        Returns
        -------
        indices : ndarray of int32 of shape (n_samples, `n_features_in_`, n_hashes)
            The slot of a value, followed by -1; or its buckets, in hash order; -1 for no output column.
            Indicators and weights are left out.

        Raises
        ------
        ValueError
            If a column holds lists, which have no fixed number of output columns.

        Examples
        --------
        >>> encoder = HybridHashEncoder(top_k=1, n_buckets=10).fit([["US"], ["US"], ["FR"]])
        >>> encoder.encode_indices([["US"], ["FR"]])
        array([[[ 0, -1]],
        <BLANKLINE>
               [[ 8,  1]]], dtype=int32)
        """
        check_is_fitted(self)
        columns, n_hashes = self._fitted.columns, self._fitted.settings.n_hashes
        _encode.check_no_lists(columns)
        return _encode.encode_indices(self._open(X), columns, n_hashes, self.n_jobs)

    def inverse_transform(self, X: Any) -> NDArray[np.object_]:
        """Values of the slots of encoded rows.

        Parameters
        ----------
        X : sparse matrix, dataframe or array-like of shape (n_samples, `n_features_out_`)
            The result of `transform`.

        Returns
        -------
        X_original : ndarray of object of shape (n_samples, `n_features_in_`)
            Values that have a slot (booleans as 0 and 1); None for a value in the tail or a missing
            value. In list columns, a list of the values that have a slot, each repeated as in the cell,
            in rank order.

        Raises
        ------
        ValueError
            If `X` does not have ``n_features_out_`` columns.

        Examples
        --------
        >>> encoder = HybridHashEncoder(top_k=1, n_buckets=10).fit([["US"], ["US"], ["FR"]])
        >>> encoder.inverse_transform(encoder.transform([["US"], ["FR"]]))
        array([['US'],
               [None]], dtype=object)
        """
        check_is_fitted(self)
        encoded = check_array(X, accept_sparse="csr", ensure_min_samples=0, ensure_min_features=0)
        return decode(encoded, self._fitted.columns)

    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> NDArray[np.object_]:
        """Names of the output columns, all different.

        ``country_US`` is a slot, ``country_<missing>`` the slot of the missing value, ``country#free3``
        a free slot, ``country#17`` a bucket, ``country#tail`` the indicator. If an earlier output column
        has the same name, the first of the suffixes ``__2``, ``__3``, ... that gives a unique name is
        added. Examples are the text "<missing>", and a column "a" with the value "b_c" after a column
        "a_b" with the value "c".

        Parameters
        ----------
        input_features : array-like of str, default=None
            Names of the input columns; by default ``feature_names_in_``, or x0, x1, ...

        Returns
        -------
        feature_names_out : ndarray of str of shape (`n_features_out_`,)
            In output order.
        """
        check_is_fitted(self)
        names = _check_feature_names_in(self, input_features)
        combiner = None if self.feature_name_combiner == "concat" else self.feature_name_combiner
        return output_names(self._fitted.layout, names, self.vocabularies_, combiner)

    def report(self, X: Any = None) -> pd.DataFrame:
        """A table of the fitted state, with a row per input column.

        Parameters
        ----------
        X : dataframe or array-like of shape (n_samples, n_features), default=None
            Rows to measure.

        Returns
        -------
        report : pandas.DataFrame
            A row per input column:

            - ``kind``: "text" or "number", "list of ..." for list columns, "missing" if all values were
              missing;
            - ``distinct``: number of distinct values seen in `fit`, without the missing value; after
              `partial_fit`, those of the last call and those whose counts were kept before;
            - ``slots``, ``free_slots``, ``buckets``, ``output_columns``: numbers of output columns;
            - ``head_share``, ``tail_share``, ``missing_share``: shares of the weight of all values seen;
              dropped counts are part of the tail;
            - ``tail_values``: number of distinct values without a slot;
            - ``expected_collisions``: expected number of tail values with the same buckets as an earlier
              value, for random hashes (section 3 of the paper);
            - ``starved``: whether the column got fewer slots than an equal share of the budget, and has
              most of its rows in the tail;
            - ``count_error``: upper bound on how much too low the weight of a value is, if not all
              counts are kept.

            With `X`, also ``measured_head_share``, ``measured_tail_share``,
            ``measured_missing_share``, ``measured_tail_values`` and ``measured_collisions`` in `X`.

        Examples
        --------
        >>> encoder = HybridHashEncoder(top_k=1, n_buckets=10).fit([["US"], ["US"], ["FR"]])
        >>> encoder.report()[["slots", "buckets", "tail_values"]]
                slots  buckets  tail_values
        column
        x0          1       10            1
        """
        check_is_fitted(self)
        report = _report.report(self._fitted)
        if X is None:
            return report
        return report.join(_report.measured(self._fitted, self._count(X)).set_index(report.index))

    def to_dict(self, *, counts: bool = False) -> dict[str, Any]:
        """The fitted encoder as a dict that JSON can hold, for other languages and for storage.

        Parameters
        ----------
        counts : bool, default=False
            Whether to write the counts from which `partial_fit` continues.

        Returns
        -------
        document : dict
            Lists, text, numbers, booleans and None, as ``hybrid_encoder/data/encoder.schema.json``
            describes. Infinities and integers beyond 2**53 are text.

        Raises
        ------
        ValueError
            If JSON cannot hold a parameter that was set after `fit`, or a label of `y`; with `counts`
            also if the encoder has none.

        See Also
        --------
        from_dict : Restore the encoder.

        Notes
        -----
        ``column_changes_`` and requests for metadata routing are not written. A function is written as
        its name.

        Examples
        --------
        >>> encoder = HybridHashEncoder(top_k=1, n_buckets=10).fit([["US"], ["US"], ["FR"]])
        >>> document = encoder.to_dict()
        >>> document["columns"][0]["head"], document["columns"][0]["n_buckets"]
        (['US'], 10)
        """
        check_is_fitted(self)
        container = vars(self).get("_sklearn_output_config", {}).get("transform")
        parameters = self.get_params(deep=False)
        return _document.document_of(self._fitted, parameters, container, counts=counts)

    @classmethod
    def from_dict(
        cls,
        document: dict[str, Any],
        *,
        importance: Measure | None = None,
        feature_name_combiner: Callable[[str, Any], str] | None = None,
    ) -> Self:
        """Restore a fitted encoder from the result of `to_dict`.

        Parameters
        ----------
        document : dict
            The result of `to_dict`, perhaps written to JSON and read again.
        importance, feature_name_combiner : callable, default=None
            The functions, if these parameters were functions.

        Returns
        -------
        encoder : HybridHashEncoder
            An encoder with the same results. `partial_fit` needs a document with counts. `dtype` becomes
            NumPy's type.

        Raises
        ------
        ValueError
            If the document is text, was altered, is of an unknown format version, or if a function is
            missing.

        See Also
        --------
        to_dict : Write the document.

        Examples
        --------
        >>> import json
        >>> encoder = HybridHashEncoder(top_k=1, n_buckets=10).fit([["US"], ["US"], ["FR"]])
        >>> text = json.dumps(encoder.to_dict())
        >>> HybridHashEncoder.from_dict(json.loads(text)).transform([["US"]]).indices
        array([0], dtype=int32)
        """
        given = {"importance": importance, "feature_name_combiner": feature_name_combiner}
        functions = {name: function for name, function in given.items() if function is not None}
        fitted, parameters, container = _document.read_document(document, functions)
        encoder = cls(**parameters)
        encoder._fitted = fitted
        if container is not None:
            encoder.set_output(transform=container)
        return encoder

    @property
    def vocabularies_(self) -> list[NDArray[Any]]:
        """Values of the slots of each column."""
        return [column.vocabulary.values for column in self._get_fitted().columns]

    @property
    def n_slots_(self) -> NDArray[np.int64]:
        """Number of slots of each column."""
        return self._get_fitted().layout.n_slots

    @property
    def n_buckets_(self) -> NDArray[np.int64]:
        """Number of buckets of each column."""
        return self._get_fitted().layout.n_buckets

    @property
    def importance_(self) -> str | Measure:
        """The measure that ranked the values."""
        return self._get_fitted().importance

    @property
    def n_features_in_(self) -> int:
        """Number of input columns."""
        return len(self._get_fitted().columns)

    @property
    def feature_names_in_(self) -> NDArray[np.object_]:
        """Names of the input columns."""
        names = self._get_fitted().feature_names
        if names is None:
            raise AttributeError("feature_names_in_: the columns had no names in fit.")
        return names

    @property
    def n_features_out_(self) -> int:
        """Number of output columns."""
        return self._get_fitted().layout.n_features_out

    @property
    def format_version_(self) -> int:
        """Version of the rules that map a value to its output columns."""
        return self._get_fitted().format_version

    def _get_fitted(self) -> Fitted:
        check_is_fitted(self)
        return self._fitted

    def _set_fitted(self, fitted: Fitted, changes: ColumnChanges | None = None) -> None:
        """Assign the result of a fit. This is its last step, so an error before it changes nothing."""
        self._fitted = fitted
        if changes is not None:
            self.column_changes_ = changes
        else:
            self.__dict__.pop("column_changes_", None)

    def _prepare(self, table: Table) -> tuple[NDArray[Any] | None, Settings]:
        """Names of the columns of a table, and the settings for a fit to it."""
        names = feature_names(table)
        return names, settings_of(vars(self), labels_of(names, table.shape[1]))

    def _check_names(self, table: Table) -> None:
        """Check that the columns of a table are those of `fit`."""
        validate_data(self, native(table), reset=False, skip_check_array=True)

    def _open(self, X: Any) -> Table:
        """Open rows to encode or to count."""
        table = open_table(X)
        self._check_names(table)
        return table

    def _encode(self, X: Any) -> Any:
        """Encode rows as a CSR matrix."""
        table, fitted = self._open(X), self._fitted
        return _encode.encode(table, fitted.columns, fitted.settings, self.n_jobs)

    def _count(self, X: Any, sample_weight: ArrayLike | None = None) -> Iterator[Counts]:
        """The counts of each column of rows, without classes."""
        return count_columns(self._open(X), self._fitted.columns, sample_weight, self.n_jobs)

    def _check_output(self) -> None:
        """Check the container that `set_output` requests."""
        container = _get_output_config("transform", estimator=self)["dense"]
        check_container(container, self.sparse_output)

    def __sklearn_is_fitted__(self) -> bool:
        return "_fitted" in vars(self)

    def __getstate__(self) -> dict[str, Any]:
        return _state.state_of(super().__getstate__())

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(_state.attributes_of(state))

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.categorical = True
        tags.input_tags.allow_nan = self.handle_missing != "error"
        tags.target_tags.required = needs_target(self.importance)
        tags.transformer_tags.preserves_dtype = []
        return tags

    @property
    def _doc_link_template(self) -> str:
        return "https://hybrid-encoder.readthedocs.io/en/stable/api/{estimator_module}.{estimator_name}.html"


def check_encoder(encoder: object) -> HybridHashEncoder:
    """Return the encoder, if it is one.

    Raises
    ------
    TypeError
        If it is anything else.
    """
    if isinstance(encoder, HybridHashEncoder):
        return encoder
    raise TypeError(
        f"encoder must be a HybridHashEncoder; it is a {type(encoder).__name__}. Pass the fitted "
        "encoder itself, for example pipeline[0] or column_transformer.named_transformers_['name']."
    )
