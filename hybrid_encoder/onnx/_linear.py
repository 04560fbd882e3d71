"""Fitted pipelines of encoders, scaled numbers and a linear model, read as weights.

A linear model adds up its weights times the columns that it is given. What stands between the encoder
and the model, and is linear too, goes into the weights.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn import linear_model, svm
from sklearn.compose import ColumnTransformer
from sklearn.feature_selection import SelectorMixin
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils._set_output import _get_output_config
from sklearn.utils.validation import _check_feature_names_in

from .._encoder import HybridHashEncoder
from ._changes import Affine, Change, called, changes_of, check_fitted

Weights = NDArray[np.float64]
Form = Literal["scores", "logistic", "softmax", "huber", "identity", "exp"]


def _there(name: str) -> list[type]:
    """A model that scikit-learn 1.10 no longer has."""
    return [getattr(linear_model, name)] if hasattr(linear_model, name) else []


CLASSIFIERS = (
    linear_model.LogisticRegression,
    linear_model.LogisticRegressionCV,
    linear_model.SGDClassifier,
    linear_model.RidgeClassifier,
    linear_model.RidgeClassifierCV,
    linear_model.Perceptron,
    svm.LinearSVC,
    *_there("PassiveAggressiveClassifier"),
)
REGRESSORS = (
    linear_model.LinearRegression,
    linear_model.Ridge,
    linear_model.RidgeCV,
    linear_model.Lasso,
    linear_model.LassoCV,
    linear_model.ElasticNet,
    linear_model.ElasticNetCV,
    linear_model.SGDRegressor,
    linear_model.HuberRegressor,
    svm.LinearSVR,
    *_there("PassiveAggressiveRegressor"),
)
LOG_LINKS = (linear_model.PoissonRegressor, linear_model.GammaRegressor)

Step = tuple[str, Any]


@dataclass(frozen=True, slots=True)
class Source:
    """Where a column of an encoder comes from.

    Attributes
    ----------
    column : int
        Position in the input.
    changes : list of Change
        What is done to its numbers first, in order.
    in_matrix : bool
        Whether it comes in one NumPy array with others that say so.
    """

    column: int
    changes: list[Change]
    in_matrix: bool = False


@dataclass(frozen=True, slots=True)
class Encoded:
    """Columns of the input that an encoder encodes, and the weights of its output columns.

    Attributes
    ----------
    sources : list of Source
        In the encoder's order.
    encoder : HybridHashEncoder
        Fitted.
    weights : ndarray of shape (n_features_out, n_outputs)
        Of the model; without one there are no outputs.
    """

    sources: list[Source]
    encoder: HybridHashEncoder
    weights: Weights


@dataclass(frozen=True, slots=True)
class Numbers:
    """Columns of the input that are numbers to the model.

    Attributes
    ----------
    columns : list of int
        Positions in the input.
    changes : list of Change
        What is done to them first, in order.
    weights : ndarray of shape (n_columns, n_outputs)
        Of the model.
    """

    columns: list[int]
    changes: list[Change]
    weights: Weights


@dataclass(frozen=True, slots=True)
class Linear:
    """A pipeline as sums of weights.

    Attributes
    ----------
    names : list of str
        Of the columns of the input.
    parts : list of Encoded or Numbers
        What is added up.
    intercept : ndarray of shape (n_outputs,)
        What the sum begins with.
    classes : ndarray or None
        Labels of a classifier.
    form : {"scores", "logistic", "softmax", "huber", "identity", "exp"}
        What the sums become: a classifier's scores or probabilities, or a regressor's numbers.
    """

    names: list[str]
    parts: list[Encoded | Numbers]
    intercept: Weights
    classes: NDArray[Any] | None
    form: Form


def names_of(step: Any) -> list[str]:
    """Names of the columns that a fitted transformer takes; x0, x1, ... where they had none."""
    return [str(name) for name in _check_feature_names_in(step, None)]


def read_encoder(steps: Sequence[Step]) -> tuple[list[str], Encoded]:
    """Read a pipeline that ends with an encoder: the names of its columns, and what becomes of them."""
    name, encoder = steps[-1]
    check_fitted(name, encoder)
    check_fitted(*steps[0])
    names = names_of(steps[0][1])
    sources = _sources(steps[:-1], [Source(number, []) for number in range(len(names))])
    return names, Encoded(sources, encoder, np.zeros((encoder.n_features_out_, 0)))


def read(steps: Sequence[Step]) -> Linear:
    """Read a pipeline that ends with a linear model.

    Parameters
    ----------
    steps : sequence of (str, estimator)
        Fitted, as `flat` gives them.

    Raises
    ------
    TypeError
        If a step or the model is of a kind that is not known, with what to do instead.
    ValueError
        If one that is known is set up so that a graph cannot have it.
    """
    *before, (name, model) = steps
    if type(model) not in (*CLASSIFIERS, *REGRESSORS, *LOG_LINKS):
        if hasattr(model, "best_estimator_"):
            raise TypeError(
                f"Step {name!r}, the last, is a {type(model).__name__}. Put what it found in its place: "
                f"pipeline.set_params({name}=pipeline[-1].best_estimator_)."
            )
        known = ", ".join(cls.__name__ for cls in (*CLASSIFIERS, *REGRESSORS, *LOG_LINKS))
        raise TypeError(
            f"Step {name!r}, the last, is a {type(model).__name__}, which is no linear model that "
            f"to_onnx knows. Known: {known}. For others use skl2onnx, with "
            "hybrid_encoder.onnx.register_converter()."
        )
    if not before:
        raise TypeError(f"Nothing stands before the model {name!r}: pass a pipeline with an encoder.")
    check_fitted(name, model)
    check_fitted(*before[0])
    weights, intercept = _weights(name, model)
    names = names_of(before[0][1])
    parts, added = _fold(before, list(range(len(names))), weights)
    if not any(isinstance(part, Encoded) for part in parts):
        raise TypeError(
            "There is no HybridHashEncoder in the pipeline. Use skl2onnx.to_onnx for pipelines "
            "without one."
        )
    classes = _labels(name, model.classes_) if isinstance(model, CLASSIFIERS) else None
    return Linear(names, parts, intercept + added, classes, _form(name, model))


def flat(step: Any, name: str = "") -> list[Step]:
    """The steps of a pipeline and of those in it, with their names, without those that do nothing.

    Raises
    ------
    TypeError
        If one is of a kind that to_onnx knows, but has been made another by inheritance.
    """
    if isinstance(step, Pipeline):
        above = f"{name}." if name else ""
        return [one for own, part in step.steps for one in flat(part, above + own)]
    for known in (HybridHashEncoder, ColumnTransformer):
        if isinstance(step, known) and type(step) is not known:
            raise TypeError(
                f"{called(name)} is a {type(step).__name__}, a class made of {known.__name__} that may "
                f"do otherwise, so that to_onnx cannot export it. Fit a {known.__name__} itself."
            )
    idle = type(step) is FunctionTransformer and step.func is None and not step.validate
    return [] if idle or step is None or step == "passthrough" else [(name, step)]


def _fold(
    steps: Sequence[Step], columns: list[int], weights: Weights
) -> tuple[list[Encoded | Numbers], Weights]:
    """What steps make of columns, times weights: parts to add up, and a constant.

    The weights are those of the last step's output.
    """
    nothing = np.zeros(weights.shape[1])
    if not any(isinstance(step, HybridHashEncoder | ColumnTransformer) for _, step in steps):
        changes = [change for step in steps for change in changes_of(*step)]
        return [Numbers(columns, changes, weights)], nothing
    *before, (name, step) = steps
    if isinstance(step, HybridHashEncoder):
        check_fitted(name, step)
        sources = _sources(before, [Source(number, []) for number in columns])
        return [Encoded(sources, step, weights)], nothing
    if isinstance(step, ColumnTransformer):
        if before:
            raise TypeError(
                f"Step {before[-1][0]!r} stands before {name!r}, which to_onnx cannot export. Put it "
                f"into {name!r}, before the transformers that need it."
            )
        return _fold_columns(name, step, columns, weights)
    if isinstance(step, SelectorMixin):
        support = step.get_support()
        spread = np.zeros((len(support), weights.shape[1]))
        spread[support] = weights
        return _fold(before, columns, spread)
    changes = changes_of(name, step)
    affine = [change for change in changes if isinstance(change, Affine)]
    if len(affine) < len(changes):
        raise TypeError(
            f"Step {name!r}, a {type(step).__name__}, does more to encoded columns than to shift and "
            "scale them, so it cannot go into the weights. Put it before the model for columns of "
            "numbers only, in a ColumnTransformer."
        )
    for change in affine:
        nothing = nothing + (change.offset - change.shift * change.slope) @ weights
        weights = weights * change.slope[:, np.newaxis]
    parts, added = _fold(before, columns, weights)
    return parts, added + nothing


def _fold_columns(
    name: str, transformer: ColumnTransformer, columns: list[int], weights: Weights
) -> tuple[list[Encoded | Numbers], Weights]:
    """Each transformer's share of the weights, with the columns that it takes."""
    check_fitted(name, transformer)
    parts: list[Encoded | Numbers] = []
    added = np.zeros(weights.shape[1])
    for own, steps, taken in _transformers(name, transformer):
        share = weights[transformer.output_indices_[own]]
        share = share * (transformer.transformer_weights or {}).get(own, 1.0)
        found, constant = _fold(steps, [columns[number] for number in taken], share)
        parts += found
        added = added + constant
    return parts, added


def _transformers(
    name: str, transformer: ColumnTransformer
) -> Iterator[tuple[str, list[Step], list[int]]]:
    """Name, steps and columns of each transformer that has any, in the order of the output."""
    check_fitted(name, transformer)
    for own, step, _ in transformer.transformers_:
        taken = list(transformer._transformer_to_input_indices[own])
        if taken and not (isinstance(step, str) and step == "drop"):
            yield own, flat(step, f"{name}.{own}"), taken


def _sources(steps: Sequence[Step], sources: list[Source]) -> list[Source]:
    """Where the columns come from that steps before an encoder make."""
    for name, step in steps:
        if isinstance(step, HybridHashEncoder):
            raise TypeError(f"Step {name!r} is an encoder before an encoder. Take one of them.")
        if isinstance(step, ColumnTransformer):
            if step.transformer_weights:
                raise ValueError(
                    f"Step {name!r} has transformer_weights before an encoder: leave them out."
                )
            sources = [
                source
                for _, inner, taken in _transformers(name, step)
                for source in _sources(inner, [sources[number] for number in taken])
            ]
            if _get_output_config("transform", step)["dense"] == "default":
                sources = [replace(source, in_matrix=True) for source in sources]
        else:
            changes = changes_of(name, step)
            sources = [
                replace(source, changes=[*source.changes, *(change.of(number) for change in changes)])
                for number, source in enumerate(sources)
            ]
            if isinstance(step, FunctionTransformer):
                sources = [replace(source, in_matrix=True) for source in sources]
    return sources


def _labels(name: str, classes: NDArray[Any]) -> NDArray[Any]:
    """Labels of classes in one of the few types that runtimes know well."""
    labels = classes.tolist()
    if all(isinstance(label, str) for label in labels):
        return classes.astype(object)
    if classes.dtype.kind == "b" or (classes.dtype.kind == "f" and classes.dtype.itemsize <= 8):
        return classes
    odd = [label for label in labels if type(label) is not int or not -(2**63) <= label < 2**63]
    if odd:
        raise ValueError(
            f"Step {name!r}: the class {odd[0]!r} is no label that ONNX has. Fit on texts, by "
            "y.astype(str); or on whole numbers of int64, booleans or floats."
        )
    return classes.astype(np.int64)


def _weights(name: str, model: Any) -> tuple[Weights, Weights]:
    """Weights of shape (n_features, n_outputs), and the constant of each output."""
    binarizer = getattr(model, "_label_binarizer", None)
    if binarizer is not None and binarizer.y_type_.startswith("multilabel"):
        raise ValueError(f"Step {name!r} predicts several labels at once: export one model per label.")
    coef = model.coef_.toarray() if sp.issparse(model.coef_) else model.coef_
    weights = np.atleast_2d(coef).T.astype(np.float64)
    intercept = np.broadcast_to(np.asarray(model.intercept_, dtype=np.float64), weights.shape[1:])
    return weights, intercept


def _form(name: str, model: Any) -> Form:
    """What a model makes of its sums."""
    if not isinstance(model, CLASSIFIERS):
        return "exp" if isinstance(model, LOG_LINKS) else "identity"
    if not hasattr(model, "predict_proba"):
        return "scores"
    if isinstance(model, linear_model.SGDClassifier):
        return "huber" if model.loss == "modified_huber" else "logistic"
    # Up to scikit-learn 1.7 a parameter could have it another way.
    way = getattr(model, "multi_class", "auto")
    if way == "multinomial" and len(model.classes_) == 2:
        raise ValueError(f"Step {name!r}: multi_class='multinomial' with two classes. Fit without it.")
    one_by_one = way == "ovr" or model.solver == "liblinear" or len(model.classes_) == 2
    return "logistic" if one_by_one else "softmax"
