"""The paper's metric, relative cross entropy, and its scorer.

Importing this module also gives scikit-learn the scorer's name: ``scoring="relative_cross_entropy"``
then works wherever scikit-learn takes the name of a scorer. A worker process that is handed nothing but
the name, as a search inside a parallel search may be, has to import this module too; handed
`relative_cross_entropy_scorer` itself, it need not.

References
----------
Zhang, C. et al. "Model Size Reduction Using Frequency Based Double Hashing for Recommender Systems",
RecSys 2020. https://doi.org/10.1145/3383313.3412227
"""

import contextlib
import inspect
import sys
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import entropy
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.metrics import log_loss, make_scorer
from sklearn.utils import check_array, check_consistent_length, column_or_1d

__all__ = ["relative_cross_entropy", "relative_cross_entropy_scorer"]


def relative_cross_entropy(
    y_true: ArrayLike,
    y_prob: ArrayLike,
    sample_weight: ArrayLike | None = None,
    *,
    labels: ArrayLike | None = None,
) -> float:
    """Relative cross entropy (RCE): what a model saves of the base rate's cross entropy, in per cent.

    RCE = 100 (1 - CE(model) / CE(base rate)), where the base rate gives every row the class shares
    of `y_true`. 100 is perfect, 0 as good as the base rate, below 0 worse. Where both are defined it
    is 100 times :func:`sklearn.metrics.d2_log_loss_score`.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        Classes: numbers, booleans or text.
    y_prob : array-like of shape (n_samples,) or (n_samples, n_classes)
        Probabilities of the greater of two classes, or of every class, in the order of the sorted
        classes. As in :func:`sklearn.metrics.log_loss`, 0 and 1 stand for the nearest number that
        the dtype tells from them: 2.2e-16 from them for float64, 1.2e-7 for float32.
    sample_weight : array-like of shape (n_samples,), default=None
        Weights of the rows, in both cross entropies and in the base rate.
    labels : array-like of shape (n_classes,), default=None
        All classes, sorted. To be given where `y_true` may lack one that `y_prob` has a column for;
        the scorer does.

    Returns
    -------
    rce : float
        Per cent, at most 100. NaN, with an
        :class:`~sklearn.exceptions.UndefinedMetricWarning`, where only one class has weight in
        `y_true`: the base rate is perfect then.

    Raises
    ------
    ValueError
        If lengths differ, if a value is missing, if a probability or weight is out of its range, or
        if `y_true` has a class that is not among `labels`.

    See Also
    --------
    sklearn.metrics.d2_log_loss_score : The same as a fraction.

    References
    ----------
    He, X. et al. "Practical Lessons from Predicting Clicks on Ads at Facebook", ADKDD 2014,
    whose normalized entropy is CE(model) / CE(base rate). https://doi.org/10.1145/2648584.2648589

    Examples
    --------
    >>> from hybrid_encoder.metrics import relative_cross_entropy
    >>> round(relative_cross_entropy([0, 1, 1, 0], [0.1, 0.8, 0.6, 0.4]), 2)
    51.3
    >>> relative_cross_entropy(["no", "yes", "yes", "no"], [0.5, 0.5, 0.5, 0.5])
    0.0
    """
    truth = column_or_1d(y_true)
    if pd.isna(truth).any():
        raise ValueError("y_true has missing values; leave these rows out.")
    prob = _check_probabilities(y_prob)
    weight = _check_weights(sample_weight)
    check_consistent_length(truth, prob, weight)
    classes, codes = np.unique(truth, return_inverse=True)
    if labels is not None:
        _check_labels(classes, np.asarray(labels))
    base = float(entropy(np.bincount(codes, weights=weight)))
    if base == 0:
        warnings.warn(
            "Only one class has weight in y_true: relative cross entropy is not defined in that case.",
            UndefinedMetricWarning,
            stacklevel=2,
        )
        return float("nan")
    return 100 * (1 - float(log_loss(truth, prob, sample_weight=weight, labels=labels)) / base)


def _check_probabilities(y_prob: ArrayLike) -> NDArray[Any]:
    prob = check_array(
        y_prob, ensure_2d=False, dtype=[np.float64, np.float32, np.float16], input_name="y_prob"
    )
    wrong = (prob < 0) | (prob > 1)
    if wrong.any():
        raise ValueError(
            f"y_prob must hold probabilities, from 0 to 1; it holds {prob[wrong][0]:g}. "
            "Give what predict_proba returns, not decision_function."
        )
    return prob


def _check_weights(sample_weight: ArrayLike | None) -> NDArray[Any] | None:
    if sample_weight is None:
        return None
    weight = check_array(sample_weight, ensure_2d=False, dtype=np.float64, input_name="sample_weight")
    if (weight < 0).any() or not weight.any():
        raise ValueError(
            "sample_weight must hold no negative number, and at least one above 0; "
            f"it holds numbers from {weight.min():g} to {weight.max():g}."
        )
    return column_or_1d(weight)


def _check_labels(classes: NDArray[Any], labels: NDArray[Any]) -> None:
    """Stop what the lowest supported log loss lets pass: it gives unknown classes no loss at all."""
    unknown = classes[~np.isin(classes, labels)]
    if len(unknown):
        raise ValueError(
            f"y_true has the class {unknown.tolist()[0]!r}, of which the model knows nothing (labels="
            f"{labels.tolist()}). Every training set must have every class: split with "
            "StratifiedKFold, or leave rare classes out."
        )
    if not np.array_equal(labels, np.unique(labels)):
        raise ValueError(
            "labels must be sorted, each once, in the order of y_prob's columns; "
            f"it is {labels.tolist()}."
        )


# The classes of scikit-learn's scorers are private, but make_scorer, which is not, gives one of them.
_plain_scorer: Any = make_scorer(relative_cross_entropy, response_method="predict_proba")
_ScorerType: Any = type(_plain_scorer)


class _ClassAwareScorer(_ScorerType):
    """A scorer that tells its metric the classes of the model, one of which a fold may lack.

    Should scikit-learn rename the method that is extended here, the plain scorer remains.
    """

    def __init__(self, scorer: Any) -> None:
        self.__dict__.update(vars(scorer))

    def _score(self, method_caller: Any, estimator: Any, X: Any, y_true: Any, **kwargs: Any) -> Any:
        kwargs.setdefault("labels", getattr(estimator, "classes_", None))
        return super()._score(method_caller, estimator, X, y_true, **kwargs)


#: Scores a classifier by the relative cross entropy of its ``predict_proba``; greater is better. A
#: fold may lack a class; with one class alone, it has no score (NaN, with a warning).
relative_cross_entropy_scorer = _ClassAwareScorer(_plain_scorer)


def _register(name: str, scorer: Any) -> None:
    """Let scikit-learn know a scorer by name.

    Names are kept in one private table. But a function or class that takes ``scoring`` checks the
    name against a set of its own, copied from the table when its module was imported: modules that
    are imported later have the name by themselves, those that are there already get it here. Where
    a later scikit-learn has no such table, `scoring` still takes the scorer itself.
    """
    with contextlib.suppress(ImportError, AttributeError, TypeError):
        from sklearn.metrics import _scorer

        _scorer._SCORERS[name] = scorer
        for names in _sets_of_scorer_names():
            names.add(name)


def _sets_of_scorer_names() -> Iterator[set[str]]:
    """The sets that functions and classes of scikit-learn hold the names of scorers against."""
    modules = [module for name, module in list(sys.modules.items()) if name.startswith("sklearn.")]
    for module in modules:
        for thing in list(vars(module).values()):
            if inspect.isfunction(thing):
                constraints = getattr(thing, "_skl_parameter_constraints", {})
            elif inspect.isclass(thing):
                constraints = getattr(thing, "_parameter_constraints", {})
            else:
                continue
            for option in constraints.get("scoring", ()):
                names = getattr(option, "options", ())
                if isinstance(names, set) and "neg_log_loss" in names:
                    yield names


_register("relative_cross_entropy", relative_cross_entropy_scorer)
