"""The estimator: it checks, conducts the other rooms, and keeps what they found."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from numbers import Integral, Real
from typing import Any, ClassVar, Literal, Self, TypeVar

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
from ._fit.budget import Auto
from ._fit.counts import Counts
from ._fit.from_counts import Rows, header_of, read_groups
from ._fit.from_table import Sample, rank_sample, rank_tallies
from ._fit.history import History
from ._fit.importance import MEASURES, Measure, needs_target, takes_target
from ._fit.plan import Plan
from ._fit.progress import CallbackSupportMixin, Progress, untold
from ._fit.selection import Candidates, Findings, Look, check_tracked, choose_heads
from ._fit.slots import Seating, seat
from ._fit.tally import Tally
from ._fit.target import MOST_BY_DEFAULT
from ._fit.weights import check_weights
from ._input import tables as _tables
from ._input.columns import Column
from ._partial_fit.stream import Stream
from ._partial_fit.transfer import ColumnChanges, join_changes, no_changes
from ._serialize import attributes as _attributes
from ._serialize import document as _portable
from ._serialize import state as _state
from ._serialize.state import FORMAT_VERSION
from ._transaction import all_or_nothing
from ._transform import encode as _encoding
from ._transform.fitted_column import SettledColumn, read_new, settle
from ._transform.layout import Layout, feature_names
from ._transform.output import check_container, check_dtype, decode

PerColumn = Mapping[Any, Any]
T = TypeVar("T")


class HybridHashEncoder(CallbackSupportMixin, TransformerMixin, BaseEstimator):
    """Encode categorical columns: values that matter one-hot, all others by two hashed buckets.

    The head of each column, its most important values, get an output column each ("slots"). Every
    other value, seen in `fit` or not, lights two of the column's bucket columns, chosen by two hash
    functions. So the width of the output is bounded, new values need no refit, and the same value
    has the same columns wherever and in whatever container it comes.

    The class covers the four systems of the paper [1]_ and their limits:

    ===========================  =========  =============  ============
    system                       ``top_k``  ``n_buckets``  ``n_hashes``
    ===========================  =========  =============  ============
    regular hashing              0          B              1
    double hashing               0          B              2
    frequency hashing            K          B              1
    hybrid hashing (default)     K          B              2
    one-hot encoding             None       0              any
    head only, the tail dropped  K          0              any
    ===========================  =========  =============  ============

    The paper sums with full weight: ``tail_weight=1``.

    Parameters
    ----------
    top_k : int, None, "auto" or mapping, default="auto"
        How many values of a column get a slot: the best K, all (None), or as many as its share of
        `max_features` allows. With "auto" the values of all columns are ranked together, as in the
        paper, so a column whose values matter more gets more slots. A mapping gives each column its
        own; columns it does not list are "auto". Keys are column names, or positions where the
        input has no column names.
    n_buckets : int, "auto" or mapping, default="auto"
        How many buckets a column's tail shares. 0 drops the tail. "auto" gives every column at least
        two, and in `fit` never more than it has tail values beyond those two; `partial_fit` does not
        know the values to come, and shares out all that slots leave of `max_features`.
    max_features : int, default=65536
        The total budget that "auto" shares out: an upper bound of all output columns together. What
        is given as a number is granted first. With nothing "auto" it plays no part.
    n_hashes : {1, 2}, default=2
        Buckets per tail value.
    min_frequency : int or float, default=1
        A value seen less often gets no slot. An int is a count (a sum of `sample_weight`), a float a
        share of the rows. 1 admits every value of a positive weight.
    importance : {"auto", "frequency", "entropy", "mutual_info", "pooled_info", "fisher", "gini"} \
            or callable, default="auto"
        The measure that ranks values:

        - "frequency", the paper's: how often a value occurs; "entropy": what it adds to the entropy of
          its column, which is less again for a value of most rows;
        - "mutual_info", "fisher", "gini": what a value tells of the classes of `y`; "pooled_info": the
          same, and what its column's values tell on average, the best of them in our studies;
        - "auto": "pooled_info" where `fit` is given a `y` of up to 20 classes, else "frequency";
        - a function ``callable(class_counts, class_totals)``: it is given, per column, how often each
          value occurs with each class, of shape (n_values, n_classes), and how often each class occurs,
          of shape (n_classes,), and returns a score per value. Without a `y` of classes all rows are of
          one class. Whole numbers count as classes, however many.

        A head that is ranked by `y` depends on the labels that it helps to predict (see Notes).
    tail_weight : float, default=0.25
        Value stored in each bucket column. Slots and indicators hold 1. With two hashes, 0.5 makes a
        tail row weigh as much as a head row, and 1 gives the paper's plain sum.
    tail_indicator : bool, default=False
        Whether each input column gets one more output column, 1 where its value is in the tail.
    handle_missing : {"value", "ignore", "error"}, default="value"
        None, NaN, NaT, pandas.NA and null are one value like any other; or leave no non-zero; or are
        refused, and infinite numbers with them.
    seed : int, default=0
        Seed of the hash functions, any unsigned 32-bit integer.
    dtype : dtype, default=numpy.float64
        Number type of the output; it must be able to hold `tail_weight`.
    sparse_output : bool, default=True
        Whether to give a CSR matrix, or a dense array.
    feature_name_combiner : "concat" or callable, default="concat"
        Names of the slots: ``column_value``, or what ``callable(column, value)`` returns (the value
        is None for missing).
    max_tracked : int, default=None
        How many values per column `partial_fit` keeps counts of from call to call; None: all. A column
        has at most so many slots, after `fit` too, and should have several times fewer. See Notes for
        what the bound guarantees.
    decay : float, default=1.0
        What `partial_fit` multiplies all earlier counts by first: above 0, and 1 to forget nothing.
        With 0.9 a row counts half after seven calls.
    n_jobs : int, default=None
        Threads that share the columns at `fit`, and blocks of rows afterwards. None means 1 unless in a
        :obj:`joblib.parallel_config` context. The output does not depend on it.

    Attributes
    ----------
    vocabularies_ : list of ndarray
        Head values of each column, best first; None stands for missing. After `partial_fit`, in the
        order of their slots.
    n_slots_ : ndarray of int64 of shape (`n_features_in_`,)
        Slots of each column, those included that `partial_fit` keeps free.
    n_buckets_ : ndarray of int64 of shape (`n_features_in_`,)
        Buckets of each column.
    importance_ : str or callable
        The measure that ranked the values: what "auto" stood for, or `importance` itself.
    n_features_in_ : int
        Number of input columns.
    feature_names_in_ : ndarray of str of shape (`n_features_in_`,)
        Their names, where the input had names that are all strings.
    n_features_out_ : int
        Number of output columns.
    column_changes_ : ColumnChanges
        The slots that changed hands in the last call of `partial_fit`; none in the first, as there was
        nothing before.
    format_version_ : int
        Version of the rules that lead from a value to its columns. A pickle with another version
        than this release knows is refused.

    See Also
    --------
    transfer_weights : Makes the weights of a model follow what `partial_fit` changes.
    sklearn.preprocessing.OneHotEncoder : A column per value; all of them known in advance.
    sklearn.feature_extraction.FeatureHasher : One hashed column per value; no head, no names.

    Notes
    -----
    What the values of the output depend on counts as it was at `fit`; a parameter that is set later
    waits for the next `fit`. Only `sparse_output`, `feature_name_combiner` and `n_jobs` act at once, and
    in `partial_fit` also `decay`, `max_tracked` and `min_frequency`.

    With a target, by default, the head is ranked by what values tell of it, and `fit_transform` encodes
    rows by a head that their own labels have helped to choose. There is no cross-fitting as in
    :class:`sklearn.preprocessing.TargetEncoder`: labels decide which values have a column, and do not
    enter the output. Shares of classes are drawn towards the base rate, so that values seen a few
    times do not win by luck. With "pooled_info" one's own labels cost less than 0.1 in relative cross
    entropy (per cent); the other measures that look at `y` should not be paired with `tail_indicator`,
    which would tell a model which values the labels have passed over; the guide's page on importance has
    the figures. ``importance="frequency"`` never looks at `y`.

    With ``max_tracked=m`` the counts of a column are a Misra-Gries summary [2]_ after each call of
    `partial_fit`: if there are more than m values, all counts are lowered by the greatest that would be
    one too many, and what is then not above 0 is let go of. So no value with a share above 1 / (m + 1)
    of the weight of all values counted since the first call is lost, and no count is too low by more
    than that share of it; in lists every element counts, and with `decay` weights count as they do by
    now. ``report()["count_error"]`` has the bound as it stands; where `partial_fit` goes on after `fit`,
    it begins at the greatest count that `fit` did not keep.

    A column holds text or numbers. Values are the same by value, whatever the dtype: 1, 1.0 and True
    are, 1 and "1" are not. One missing value turns a NumPy integer column into floats, which hold
    integers up to 2**53 exactly; use pandas' ``Int64`` for larger identifiers.

    A cell may be a list, tuple, set or array (or an Arrow or polars list): every element counts, a
    repeat adds, an empty list leaves no non-zero.

    Output columns come per input column, in input order: ``[slots by rank | buckets | indicator]``.
    Values rank by score, then weight, then numbers before text before missing, numbers by value and
    text by its UTF-8 bytes, then by column order.

    References
    ----------
    .. [1] Zhang, C., Liu, Y., Xie, Y., Ktena, S. I., Tejani, A., Gupta, A., Myana, P. K.,
       Dilipkumar, D., Paul, S., Ihara, I., Upadhyaya, P., Huszar, F., Shi, W. "Model Size Reduction
       Using Frequency Based Double Hashing for Recommender Systems", RecSys 2020.
       https://doi.org/10.1145/3383313.3412227

    .. [2] Agarwal, P. K., Cormode, G., Huang, Z., Phillips, J. M., Wei, Z., Yi, K. "Mergeable
       summaries", ACM Transactions on Database Systems 38 (2013), section 2.
       https://doi.org/10.1145/2500128

    Examples
    --------
    >>> import pandas as pd
    >>> from hybrid_encoder import HybridHashEncoder
    >>> X = pd.DataFrame({"country": ["US", "US", "FR", "US", "FR", "NZ"]})
    >>> encoder = HybridHashEncoder(top_k=2, n_buckets=3).fit(X)
    >>> encoder.get_feature_names_out().tolist()
    ['country_US', 'country_FR', 'country#0', 'country#1', 'country#2']
    >>> encoder.transform(pd.DataFrame({"country": ["FR", "never seen"]})).toarray()
    array([[0.  , 1.  , 0.  , 0.  , 0.  ],
           [0.  , 0.  , 0.25, 0.  , 0.25]])
    """

    _doc_link_module = "hybrid_encoder"
    _histories: list[History]
    _settled: list[SettledColumn]

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "top_k": [Interval(Integral, 0, 2**31 - 1, closed="both"), None, StrOptions({"auto"}), Mapping],
        "n_buckets": [
            Interval(Integral, 0, 2**31 - 1, closed="both"),
            StrOptions({"auto"}),
            Mapping,
        ],
        "max_features": [Interval(Integral, 1, 2**31 - 1, closed="both")],
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
        """Choose the head of every column and lay out the output.

        Parameters
        ----------
        X : dataframe or array-like of shape (n_samples, n_features)
            Categorical columns of text or numbers: a pandas, polars or other dataframe, an Arrow
            table, an array, or a list of rows.
        y : array-like of shape (n_samples,), default=None
            The target. By default one of up to 20 classes ranks the values, as does any that another
            measure looks at.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows; a value counts as the sum of these. Shares of classes are drawn
            towards the base by a weight of 10, so a mean of about 1 keeps its meaning.

        Returns
        -------
        self : HybridHashEncoder
            The fitted encoder.

        Raises
        ------
        TypeError
            If a column mixes text and numbers, or holds anything else.
        ValueError
            If `X` has no rows or columns, if a mapping names a column that is not there, if the budget
            is too small for the columns, if a value is missing with
            ``handle_missing="error"``, if the measure of importance needs classes and `y`
            has none, or if labels of classes are missing.
        """
        table = _tables.open_table(X)
        progress = Progress(self, table.shape[1], X=X, y=y, metadata={"sample_weight": sample_weight})

        self._fit_by(self._counting(table, y, sample_weight, progress.steps), table)
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
        """Fit to counts of values, as a ``GROUP BY`` gives them; equal to `fit` on the same rows.

        Parameters
        ----------
        counts : mapping of column to Series, DataFrame or mapping
            For each input column, in input order, how often each value occurs: a Series indexed by
            value, or a mapping such as :class:`collections.Counter`. By class of a target: a DataFrame
            with a column per class, or a Series indexed by value and class. None or NaN in the index
            stands for missing, values that come more than once add up, and counts may be sums of
            weights. Where keys are not names, they are the positions 0, 1, ...
        n_rows : float, or Series or mapping by class, default=None
            How many rows were counted, or their weight, by class if the counts are. Needed where cells
            are lists, which may hold any number of values. Elsewhere the counts add up to it, and if
            they are given without their rare values, it tells what is left out: that counts as tail.
        multi_hot : str or sequence of column keys, default=()
            The columns whose cells are lists; their counts are those of elements.

        Returns
        -------
        self : HybridHashEncoder
            The fitted encoder.

        Raises
        ------
        TypeError
            If values are neither text nor numbers, or both, or if counts are no numbers.
        ValueError
            If counts are negative or missing, if columns do not count the same rows, if the measure of
            importance needs classes and there are none; also as in `fit`.

        See Also
        --------
        fit : The same from rows.

        Notes
        -----
        Beware of counts that leave missing values out, as ``value_counts`` and ``groupby`` of pandas
        do unless told ``dropna=False``, and ``COUNT(column)`` in SQL. Where values are left out, columns
        do not count the same number of rows, which is refused unless `n_rows` is given.

        Values that cannot get a slot may be left out where they rank by frequency. The threshold must
        not be above the count of the last value of the head, and `n_buckets` must be a number, as "auto"
        goes by how many different values there are. The report then knows of no others than those given,
        and has the weight of the others as ``count_error``.

        Examples
        --------
        >>> import pandas as pd
        >>> counts = {"country": pd.Series({"US": 3, "FR": 2, "NZ": 1})}
        >>> encoder = HybridHashEncoder(top_k=2, n_buckets=3).fit_counts(counts)
        >>> encoder.get_feature_names_out().tolist()
        ['country_US', 'country_FR', 'country#0', 'country#1', 'country#2']
        """

        def look(plan: Plan) -> Findings:
            tallies = read_groups(
                counts,
                plan,
                most_classes=self._settings["most_classes"],
                no_missing=self.handle_missing == "error",
                n_rows=n_rows,
                multi_hot=multi_hot,
            )
            return rank_tallies(tallies, plan)

        return self._fit_by(look, header_of(counts))

    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X: Any, y: Any = None, sample_weight: ArrayLike | None = None) -> Self:
        """Count more rows, and let the head follow; the number of output columns stays.

        The first call chooses the head as `fit` does, and lays out the output for good: slots are
        reserved up to `top_k`, also where this leaves less of `max_features` for columns that are
        "auto", and where something is "auto" all of `max_features` is shared out, as far as
        `max_tracked` lets it, with free slots where new values are to be expected. Later calls add the
        counts of their rows to those before, times `decay`, and revise the head:

        - a value keeps its slot until another displaces it;
        - values without a slot first take the free ones, the best first;
        - then the best of them meets the value of the head whose score and standard error add up to
          least, and displaces it if its own score is above that sum (or, at equal scores, if the same
          holds for the weights); then the second best meets the second weakest, and so on. Without this
          margin values of about the same score would take turns, and what a model has learnt of a slot
          would be lost.

        ``column_changes_`` has the slots that changed hands, and `transfer_weights` makes the weights
        of a model follow, so that its predictions for promoted values do not move.

        Parameters
        ----------
        X : dataframe or array-like of shape (n_samples, n_features)
            Categorical columns, the same in every call.
        y : array-like of shape (n_samples,), default=None
            The target. The first call decides whether it ranks values; if it does, all calls need it.
            Classes may come later, and are never let go of. With ``importance="auto"`` a target that
            has had more than 20 is looked at no longer: with a warning, values rank by frequency from
            then on.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows. Standard errors are those of counts, so the mean should be about 1.

        Returns
        -------
        self : HybridHashEncoder
            The encoder, with what it has learnt. If the call fails, it is left as it was.

        Raises
        ------
        TypeError, ValueError
            As in `fit`, or if the columns or their kinds are not those of the first call; also if a
            column has more slots than `max_tracked`.

        See Also
        --------
        transfer_weights : Weights for the new meaning of the output columns.

        Notes
        -----
        After `fit`, `partial_fit` goes on with the head, the width and the counts of the head that it
        left; the counts of the tail were not kept. `fit` after `partial_fit` starts afresh.

        A call takes time and memory for its rows, the head and the counts that are kept: all values ever
        seen, or `max_tracked` of them. Values whose weight has decayed to nothing are let go of.

        Threads may share an encoder for `transform`, but not while `partial_fit` changes it: serve a
        copy.

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
        with all_or_nothing(self):
            if not hasattr(self, "vocabularies_"):
                table = self._open(X, reset=True)
                self._begin(self._counting(table, y, sample_weight), reserve=True)
                changes = no_changes(
                    self._layout, self._stored_tail_weight(), self._settings["n_hashes"]
                )
            else:
                # scikit-learn does so in the first call alone.
                self._validate_params()
                changes = join_changes(self._go_on(self._open(X, reset=False), y, sample_weight))
            self.column_changes_ = changes
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
            Canonical: indices of 32 bits, sorted, none twice. A :class:`scipy.sparse.csr_matrix`
            or ``csr_array``, as scikit-learn's ``sparse_interface`` says; dense with
            ``sparse_output=False``.

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
            Categorical columns of text or numbers.
        y : array-like of shape (n_samples,), default=None
            The target. By default it ranks the values, so that the rows are encoded by a head that
            their own labels have helped to choose: there is no cross-fitting as in
            :class:`sklearn.preprocessing.TargetEncoder`, see the class's Notes.
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
        """Numbers of the output columns that each cell lights, as an embedding layer takes them.

        Parameters
        ----------
        X : dataframe or array-like of shape (n_samples, n_features)
            The columns that `fit` saw, none of them with lists.

        Returns
        -------
        indices : ndarray of int32 of shape (n_samples, `n_features_in_`, n_hashes)
            For a value of the head its slot, then -1; for any other its buckets, in hash order;
            -1 where there is nothing. Indicators and weights are left out.

        Raises
        ------
        ValueError
            If a column holds lists: their elements have no fixed number.

        Examples
        --------
        >>> encoder = HybridHashEncoder(top_k=1, n_buckets=10).fit([["US"], ["US"], ["FR"]])
        >>> encoder.encode_indices([["US"], ["FR"]])
        array([[[ 0, -1]],
        <BLANKLINE>
               [[ 8,  1]]], dtype=int32)
        """
        check_is_fitted(self)
        _encoding.refuse_lists(self._settled)
        table = self._open(X, reset=False)
        return _encoding.encode_indices(table, self._settled, self._layout, self.n_jobs)

    def inverse_transform(self, X: Any) -> NDArray[np.object_]:
        """Head values of encoded rows.

        Parameters
        ----------
        X : sparse matrix, dataframe or array-like of shape (n_samples, `n_features_out_`)
            What `transform` gave.

        Returns
        -------
        X_original : ndarray of object of shape (n_samples, `n_features_in_`)
            The values of the head exactly (booleans as 0 and 1); None for a value in the tail or a
            missing one. In columns of lists, a list of the head values, each as often as it stood
            in the cell, in rank order; what was in the tail is left out.

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
        return decode(encoded, self._layout, self.vocabularies_, self._multi_hot)

    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> NDArray[np.object_]:
        """Names of the output columns, all different.

        ``country_US`` is a slot, ``country_<missing>`` that of missing values, ``country#free3`` one
        that `partial_fit` keeps for values to come, ``country#17`` a bucket, ``country#tail`` the
        indicator. A name that an earlier column has already taken (the
        text "<missing>", a column "a" with a value "b_c" beside a column "a_b" with "c") takes the
        first of the suffixes ``__2``, ``__3``, ... that no other name has.

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
        return feature_names(self._layout, names, self.vocabularies_, combiner)

    def report(self, X: Any = None) -> pd.DataFrame:
        """What the encoder makes of each input column.

        Parameters
        ----------
        X : dataframe or array-like of shape (n_samples, n_features), default=None
            Rows to measure, perhaps others than those of `fit`.

        Returns
        -------
        report : pandas.DataFrame
            A row per input column:

            - ``kind``: text or number, with "list of" before it in columns of lists; "missing"
              where `fit` saw nothing else;
            - ``distinct``: different values that `fit` saw, missing aside; after `partial_fit`, those of
              the last call and those whose counts were kept before;
            - ``slots``, ``buckets``, ``output_columns``: what the column has;
            - ``free_slots``: how many of the slots no value has had yet;
            - ``head_share``, ``tail_share``, ``missing_share``: of all values that `fit` or
              `partial_fit` saw, by weight, how much has a slot, has none, and is missing; where not
              all counts are kept, what is let go of counts as tail;
            - ``tail_values``: how many of the distinct ones have no slot;
            - ``expected_collisions``: how many of these find their buckets taken by another one
              (tail values less different pairs of buckets), if hashes were random: section 3 of the
              paper, with the codes that sums of two weights can tell apart;
            - ``starved``: whether the sharing of the budget left the column fewer slots than an
              equal share, and most of its rows in the tail. Give such a column a ``top_k`` of its
              own, if it matters;
            - ``count_error``: by how much the weight of a value may be counted too low, as not all
              counts are kept (see the class's Notes); 0 where they are.

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
        index = pd.Index(_check_feature_names_in(self, None), name="column")
        report = pd.DataFrame(self._description, index=index)
        if X is None:
            return report

        measured = self._over_counts(
            lambda counts, number: _report.measure(counts, self._settled[number]), X
        )
        return report.join(pd.DataFrame(list(measured), index=index))

    def to_dict(self, *, counts: bool = False) -> dict[str, Any]:
        """The fitted encoder as a plain dict that JSON can hold, for other languages and for storage.

        Parameters
        ----------
        counts : bool, default=False
            Whether to write the counts too that `partial_fit` goes on from.

        Returns
        -------
        document : dict
            Of lists, text, numbers, booleans and None, as ``hybrid_encoder/data/encoder.schema.json``
            describes; the portable specification tells how rows are encoded by it. Infinities and
            integers beyond 2**53 are text.

        Raises
        ------
        ValueError
            If a parameter that was set since `fit`, or a label of `y`, has no form in JSON; with
            `counts` also if the encoder has none.

        See Also
        --------
        from_dict : Makes the encoder again.

        Notes
        -----
        What `partial_fit` changed last, ``column_changes_``, is left out, and so are requests for
        metadata routing. JSON cannot hold functions: of those their names are written.

        Examples
        --------
        >>> encoder = HybridHashEncoder(top_k=1, n_buckets=10).fit([["US"], ["US"], ["FR"]])
        >>> document = encoder.to_dict()
        >>> document["columns"][0]["head"], document["columns"][0]["n_buckets"]
        (['US'], 10)
        """
        check_is_fitted(self)
        return _portable.document_of(self._plain_state(), self.get_params(deep=False), counts=counts)

    @classmethod
    def from_dict(
        cls,
        document: dict[str, Any],
        *,
        importance: Measure | None = None,
        feature_name_combiner: Callable[[str, Any], str] | None = None,
    ) -> Self:
        """Make a fitted encoder again from what `to_dict` gave.

        Parameters
        ----------
        document : dict
            What `to_dict` gave, or what ``json.load`` read of it.
        importance, feature_name_combiner : callable, default=None
            The functions, where these parameters were functions: JSON does not hold them.

        Returns
        -------
        encoder : HybridHashEncoder
            It encodes, names and reports as the one that was written. `partial_fit` needs a document
            with counts. `dtype` comes back as NumPy's type.

        Raises
        ------
        ValueError
            If the document is text, is damaged or was altered, is of a format version that this release
            does not know, or if a function is wanting.

        See Also
        --------
        to_dict : Writes the document.

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
        encoder = cls.__new__(cls)
        encoder._restore(_state.checked(_portable.state_of(document, functions)))
        return encoder

    def _fit_by(self, look: Look, header: _tables.Table) -> Self:
        """Fit to what some way of counting finds, given a table with the names of the columns."""
        with all_or_nothing(self):
            self._check_names(header, reset=True)
            self._begin(look, reserve=False)
            self.__dict__.pop("column_changes_", None)
        return self

    def _counting(
        self,
        table: _tables.Table,
        y: Any,
        sample_weight: ArrayLike | None,
        steps: Callable[[Iterator[Candidates], str], Iterator[Candidates]] = untold,
    ) -> Look:
        """The way that counts the rows of a table."""

        def look(plan: Plan) -> Findings:
            sample = Sample.to_fit(table, y, sample_weight, self.importance)
            return rank_sample(sample, self._readers(), plan, self.n_jobs, steps)

        return look

    def _tallies(self, table: _tables.Table, y: Any, sample_weight: ArrayLike | None) -> list[Tally]:
        """The counts of every column over some of the rows that are to be fitted."""
        self._check_names(table, reset=False)
        sample = Sample.to_fit(table, y, sample_weight, self.importance, may_be_zero=True)
        return sample.tallies(self._readers(), self.n_jobs)

    def _readers(self) -> list[Callable[[Any], Column]]:
        """How each column is read before anything is settled."""
        no_missing = self.handle_missing == "error"
        return [partial(read_new, label=label, no_missing=no_missing) for label in self._labels()]

    def _begin(self, look: Look, *, reserve: bool) -> None:
        """Choose the head of every column and lay out the output."""
        check_dtype(self.dtype, self.tail_weight)
        self._settings = self._output_settings()
        plan = self._plan(reserve=reserve)
        labels, columns = look(plan)
        layout, heads = choose_heads(columns, plan)
        self.importance_ = plan.with_classes(labels).importance
        self._class_labels = labels if takes_target(self.importance_) else None
        self._shares_slots = plan.shares_slots
        self.n_slots_, self.n_buckets_ = layout.n_slots, layout.n_buckets
        self.n_features_out_ = layout.n_features_out
        self.format_version_ = FORMAT_VERSION
        seatings = seat(columns, heads, keep_tails=reserve)
        self._keep(seatings, self.max_tracked if reserve else None)

    def _plan(self, *, reserve: bool) -> Plan:
        """What the parameters ask for, column by column."""
        return Plan.of(vars(self), self._labels(), reserve=reserve)

    def _go_on(
        self, table: _tables.Table, y: Any, sample_weight: ArrayLike | None
    ) -> list[ColumnChanges]:
        """Add the counts of more rows, and revise the head of every column."""
        if not hasattr(self, "_histories"):
            raise ValueError(
                "This encoder was saved without counts to go on from. Fit it again, or write it with "
                "to_dict(counts=True)."
            )
        sample, known = Sample.to_go_on_with(
            table,
            y,
            sample_weight,
            self.importance_,
            self._class_labels,
            self._settings["most_classes"],
        )
        if sample.labels is None and self._class_labels is not None:
            self.importance_ = "frequency"
        check_tracked(self.n_slots_, self._labels(), self.max_tracked)
        readers = [column.read_more for column in self._settled]
        revised = list(sample.over_counts(readers, self._stream(known).after, self.n_jobs))
        seatings, changes = map(list, zip(*revised, strict=True))
        self._class_labels = sample.labels
        self._keep(seatings, self.max_tracked)
        return changes

    def _stream(self, known: NDArray[np.intp] | None) -> Stream:
        """What has been so far, and what a further batch is to go by."""
        return Stream(
            self._settled,
            self._histories,
            _check_feature_names_in(self, None),
            self._layout,
            self._stored_tail_weight(),
            self.importance_,
            self.min_frequency,
            self.decay,
            known,
        )

    def _keep(self, seatings: Sequence[Seating], max_tracked: int | None) -> None:
        """Keep what is known of the values of each column, and who has which slot."""
        self.vocabularies_ = [seating.head for seating in seatings]
        self._kinds = [seating.counts.kind for seating in seatings]
        self._multi_hot = [seating.counts.multi_hot for seating in seatings]
        self._prepare()
        bounded = [seating.bounded(max_tracked) for seating in seatings]
        self._description = _report.describe(seatings, self._settled, self._layout, self._shares_slots)
        self._description["count_error"] = [seating.counts.error for seating in bounded]
        self._histories = [seating.history() for seating in bounded]

    def _open(self, X: Any, *, reset: bool) -> _tables.Table:
        """Check the container and the names of its columns, not yet its values."""
        table = _tables.open_table(X)
        self._check_names(table, reset=reset)
        return table

    def _check_names(self, table: _tables.Table, *, reset: bool) -> None:
        validate_data(self, _tables.native(table), reset=reset, skip_check_array=True)

    def _labels(self) -> list[Any]:
        """What messages and mappings call the columns: names, or positions where there are none."""
        names = getattr(self, "feature_names_in_", None)
        return list(range(self.n_features_in_)) if names is None else names.tolist()

    def _encode(self, X: Any) -> Any:
        """The rows encoded, in the one form that there is before any other is asked for."""
        table = self._open(X, reset=False)
        return _encoding.encode(table, self._settled, self._layout, self._settings, self.n_jobs)

    def _over_counts(
        self, work: Callable[[Counts, int], T], X: Any, sample_weight: ArrayLike | None = None
    ) -> Iterator[T]:
        """What `work` makes of the values of each column of other rows than those of fit."""
        table = self._open(X, reset=False)
        sample = Sample(table, check_weights(sample_weight, _tables.native(table)))
        return sample.over_counts([column.read for column in self._settled], work, self.n_jobs)

    def _output_settings(self) -> dict[str, Any]:
        """What the output depends on, in plain values: it stays as it was at fit."""
        return {
            "n_hashes": int(self.n_hashes),
            "tail_weight": float(self.tail_weight),
            "tail_indicator": bool(self.tail_indicator),
            "handle_missing": self.handle_missing,
            "seed": int(self.seed),
            "dtype": np.dtype(self.dtype).name,
            "most_classes": MOST_BY_DEFAULT if self.importance == "auto" else None,
        }

    def _stored_tail_weight(self) -> float:
        """The weight as the output holds it, which in a short number type is not the one given."""
        return float(np.dtype(self._settings["dtype"]).type(self._settings["tail_weight"]))

    def _check_output(self) -> None:
        container = _get_output_config("transform", estimator=self)["dense"]
        check_container(container, self.sparse_output)

    def _prepare(self) -> None:
        """Build what look-ups need, from what a pickle holds."""
        self._layout = Layout(self.n_slots_, self.n_buckets_, self._settings["tail_indicator"])
        self._settled = settle(
            self._labels(),
            self._kinds,
            self._multi_hot,
            self.vocabularies_,
            self._layout,
            self._settings,
            self.__dict__.get("_settled", ()),
        )

    def _plain_state(self) -> dict[str, Any]:
        """What is saved, as plain values."""
        return _attributes.plain(super().__getstate__())

    def __getstate__(self) -> dict[str, Any]:
        return _state.sealed(self._plain_state())

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._restore(_state.unsealed(state))

    def _restore(self, state: dict[str, Any]) -> None:
        # Parameters that there were not when it was saved have their defaults.
        super().__setstate__(type(self)().get_params(deep=False) | _attributes.revived(state))
        if "vocabularies_" in state:
            self._prepare()

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
