"""Relative cross entropy, the metric of the paper, and its scorer.

References
----------
Zhang, C. et al. "Model Size Reduction Using Frequency Based Double Hashing for Recommender Systems",
RecSys 2020. https://doi.org/10.1145/3383313.3412227
"""

import warnings
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import entropy
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.metrics import log_loss
from sklearn.utils import check_array, check_consistent_length, column_or_1d

__all__ = ["relative_cross_entropy", "relative_cross_entropy_scorer"]


def relative_cross_entropy(
    y_true: ArrayLike,
    y_prob: ArrayLike,
    sample_weight: ArrayLike | None = None,
    *,
    labels: ArrayLike | None = None,
) -> float:
    """Relative cross entropy (RCE): improvement over the cross entropy of the base rate, in per cent.

    RCE = 100 (1 - CE(model) / CE(base rate)). The base rate predicts the class frequencies of `y_true`
    for every row. 100 is perfect, 0 is as good as the base rate, and below 0 is worse. Where both are
    defined, RCE is 100 times :func:`sklearn.metrics.d2_log_loss_score`.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        Classes: numbers, booleans or text.
    y_prob : array-like of shape (n_samples,) or (n_samples, n_classes)
        Probabilities of the second of two classes, or of all classes in sorted order.
        :func:`sklearn.metrics.log_loss` clips them by the precision of their dtype.
    sample_weight : array-like of shape (n_samples,), default=None
        Weights of the rows, in both cross entropies.
    labels : array-like of shape (n_classes,), default=None
        All classes, sorted. Needed if `y_prob` has a column for a class that is not in `y_true`.

    Returns
    -------
    rce : float
        Per cent, at most 100. If only one class of `y_true` has a weight above 0, the cross entropy of
        the base rate is 0. The result is then NaN, with an
        :class:`~sklearn.exceptions.UndefinedMetricWarning`.

    Raises
    ------
    ValueError
        If lengths differ, if a value is missing, if a probability is not between 0 and 1, if a weight
        is negative or all are 0, or if `labels` is not sorted or does not have all classes of `y_true`.

    See Also
    --------
    sklearn.metrics.d2_log_loss_score : The same as a fraction.

    References
    ----------
    He, X. et al. "Practical Lessons from Predicting Clicks on Ads at Facebook", ADKDD 2014, define the
    normalized entropy CE(model) / CE(base rate). https://doi.org/10.1145/2648584.2648589

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
        raise ValueError("y_true has missing values; remove these rows.")
    floats = [np.float64, np.float32, np.float16]
    prob = check_array(y_prob, ensure_2d=False, dtype=floats, input_name="y_prob")
    if prob.min() < 0 or prob.max() > 1:
        raise ValueError(
            f"y_prob must hold probabilities from 0 to 1; it holds {prob.min():g} to {prob.max():g}. "
            "Pass the result of predict_proba, not of decision_function."
        )
    weight = None if sample_weight is None else _check_weights(sample_weight)
    check_consistent_length(truth, prob, weight)
    classes, codes = np.unique(truth, return_inverse=True)
    if labels is not None:
        _check_labels(classes, np.asarray(labels))
    base = entropy(np.bincount(codes, weights=weight))
    if base == 0:
        warnings.warn(
            "Relative cross entropy is undefined: only one class of y_true has a weight above 0.",
            UndefinedMetricWarning,
            stacklevel=2,
        )
        return float("nan")
    return 100 * (1 - float(log_loss(truth, prob, sample_weight=weight, labels=labels) / base))


def _check_weights(sample_weight: ArrayLike) -> NDArray[np.float64]:
    weight = check_array(sample_weight, ensure_2d=False, dtype=np.float64, input_name="sample_weight")
    if (weight < 0).any() or not weight.any():
        raise ValueError(
            "sample_weight must hold no negative number and at least one above 0; "
            f"it holds numbers from {weight.min():g} to {weight.max():g}."
        )
    return column_or_1d(weight)


def _check_labels(classes: NDArray[Any], labels: NDArray[Any]) -> None:
    # Some supported releases of scikit-learn do not check labels in log_loss.
    unknown = classes[~np.isin(classes, labels)].tolist()
    if unknown:
        raise ValueError(
            f"y_true has the class {unknown[0]!r}, but labels is {labels.tolist()}. Score a model on "
            "classes of its training rows only: split with StratifiedKFold, or remove rare classes."
        )
    if not np.array_equal(labels, np.unique(labels)):
        raise ValueError(
            f"labels must be sorted and unique, like the columns of y_prob; it is {labels.tolist()}."
        )


def relative_cross_entropy_scorer(
    estimator: Any, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None
) -> float:
    """Score a classifier by the relative cross entropy of its ``predict_proba``; greater is better.

    Pass it as `scoring` to scikit-learn, alone or in a dict of scorers. A fold need not have all classes
    of the training rows. If it has only one class, a warning is issued and the score is NaN.

    Parameters
    ----------
    estimator : classifier
        A fitted classifier with ``predict_proba``.
    X : array-like of shape (n_samples, n_features)
        Rows to predict.
    y : array-like of shape (n_samples,)
        Their classes.
    sample_weight : array-like of shape (n_samples,), default=None
        Weights of the rows.

    Returns
    -------
    rce : float
        Relative cross entropy in per cent.

    See Also
    --------
    relative_cross_entropy : The metric.

    Notes
    -----
    ``scoring="d2_log_loss_score"`` of scikit-learn 1.7 and later is the same as a fraction, but fails
    on folds that do not have all classes. For sample weights by metadata routing, make a scorer that can
    request them: ``make_scorer(relative_cross_entropy, response_method="predict_proba")``.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.model_selection import cross_val_score
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from hybrid_encoder.metrics import relative_cross_entropy_scorer
    >>> X, y = load_iris(return_X_y=True)
    >>> cross_val_score(GaussianNB(), X, y, scoring=relative_cross_entropy_scorer).round(1)
    array([79.9, 88.7, 80.7, 89.7, 99.3])
    """
    probability = estimator.predict_proba(X)
    return relative_cross_entropy(y, probability, sample_weight, labels=estimator.classes_)
