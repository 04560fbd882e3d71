"""Linear models of scikit-learn, and fitted pipelines as sums of weights."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn import linear_model, svm

from .._encoder import HybridHashEncoder
from ._steps import Bins, Floats

Output = Literal["scores", "logistic", "softmax", "huber", "identity", "exp"]


@dataclass(frozen=True, slots=True)
class Source:
    """Where a column of an encoder comes from.

    Attributes
    ----------
    column : int
        Position in the input.
    bins : Bins or None
        How its numbers are binned before the encoder; None if they are not.
    in_matrix : bool
        Whether it reaches the encoder in one NumPy array with other such columns.
    """

    column: int
    bins: Bins | None
    in_matrix: bool = False


@dataclass(frozen=True, slots=True)
class Encoded:
    """Columns that an encoder encodes, and the weights of its output columns.

    Attributes
    ----------
    sources : list of Source
        In the order of the encoder's columns.
    encoder : HybridHashEncoder
        Fitted.
    weights : ndarray of shape (n_features_out, n_outputs)
        Weights of the model; of shape (n_features_out, 0) if there is no model.
    """

    sources: list[Source]
    encoder: HybridHashEncoder
    weights: Floats


@dataclass(frozen=True, slots=True)
class Numbers:
    """Columns that are numbers to the model.

    Attributes
    ----------
    columns : list of int
        Positions in the input.
    fill : ndarray of shape (n_columns,) or None
        Numbers that replace NaN.
    shift : ndarray of shape (n_columns,)
        Numbers that are subtracted after that.
    weights : ndarray of shape (n_columns, n_outputs)
        Weights of the model for these differences.
    """

    columns: list[int]
    fill: Floats | None
    shift: Floats
    weights: Floats


Part = Encoded | Numbers


@dataclass(frozen=True, slots=True)
class LinearPipeline:
    """A fitted pipeline as a sum of weights.

    Attributes
    ----------
    names : list of str
        Columns of the input.
    parts : list of Encoded or Numbers
        Summands.
    intercept : ndarray of shape (n_outputs,)
        Constant summand.
    classes : ndarray or None
        Class labels of a classifier.
    output : {"scores", "logistic", "softmax", "huber", "identity", "exp"}
        How the sums become scores, probabilities or predictions.
    """

    names: list[str]
    parts: list[Part]
    intercept: Floats
    classes: NDArray[Any] | None
    output: Output


def _if_available(name: str) -> list[type]:
    """A model that scikit-learn 1.10 removes; an empty list if it is removed."""
    return [getattr(linear_model, name)] if hasattr(linear_model, name) else []


CLASSIFIERS = (
    linear_model.LogisticRegression,
    linear_model.LogisticRegressionCV,
    linear_model.SGDClassifier,
    linear_model.RidgeClassifier,
    linear_model.RidgeClassifierCV,
    linear_model.Perceptron,
    svm.LinearSVC,
    *_if_available("PassiveAggressiveClassifier"),
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
    *_if_available("PassiveAggressiveRegressor"),
)
LOG_LINK_REGRESSORS = (linear_model.PoissonRegressor, linear_model.GammaRegressor)
MODELS = (*CLASSIFIERS, *REGRESSORS, *LOG_LINK_REGRESSORS)


def check_model(name: str, model: Any) -> None:
    """Check that the last step is one of ``MODELS``.

    Raises
    ------
    TypeError
        If it is of another type.
    """
    if type(model) in MODELS:
        return
    if hasattr(model, "best_estimator_"):
        raise TypeError(
            f"Step {name!r}, the last, is a {type(model).__name__}. Replace it by the model that it "
            f"found: pipeline.set_params({name}=pipeline[-1].best_estimator_)."
        )
    raise TypeError(
        f"Step {name!r}, the last, is a {type(model).__name__}, which to_onnx cannot export. It exports "
        f"linear models: {', '.join(cls.__name__ for cls in MODELS)}. For others use skl2onnx with "
        "hybrid_encoder.onnx.register_converter()."
    )


def weights_of(name: str, model: Any) -> tuple[Floats, Floats]:
    """Weights of shape (n_features, n_outputs), and the intercept of each output."""
    binarizer = getattr(model, "_label_binarizer", None)
    if binarizer is not None and binarizer.y_type_.startswith("multilabel"):
        raise ValueError(f"Step {name!r} predicts several labels at once. Export one model per label.")
    coef = model.coef_.toarray() if sp.issparse(model.coef_) else model.coef_
    weights = np.atleast_2d(coef).T.astype(np.float64)
    intercept = np.broadcast_to(np.asarray(model.intercept_, dtype=np.float64), weights.shape[1:])
    return weights, intercept


def classes_of(name: str, model: Any) -> NDArray[Any] | None:
    """Class labels of a classifier, in a type that ONNX has; None for a regressor."""
    if not isinstance(model, CLASSIFIERS):
        return None
    classes: NDArray[Any] = model.classes_
    labels = classes.tolist()
    if all(isinstance(label, str) for label in labels):
        return classes.astype(object)
    if classes.dtype.kind == "b" or (classes.dtype.kind == "f" and classes.dtype.itemsize <= 8):
        return classes
    unsupported = [label for label in labels if type(label) is not int or not -(2**63) <= label < 2**63]
    if unsupported:
        raise ValueError(
            f"Step {name!r}: the class label {unsupported[0]!r} has no ONNX type. Fit on texts, with "
            "y.astype(str), or on int64, booleans or floats."
        )
    return classes.astype(np.int64)


def output_of(name: str, model: Any) -> Output:
    """How a model turns the sums into its output."""
    if not isinstance(model, CLASSIFIERS):
        return "exp" if isinstance(model, LOG_LINK_REGRESSORS) else "identity"
    if not hasattr(model, "predict_proba"):
        return "scores"
    if isinstance(model, linear_model.SGDClassifier):
        return "huber" if model.loss == "modified_huber" else "logistic"
    # A parameter up to scikit-learn 1.7.
    multi_class = getattr(model, "multi_class", "auto")
    if multi_class == "multinomial" and len(model.classes_) == 2:
        raise ValueError(
            f"Step {name!r}: multi_class='multinomial' with two classes cannot be exported. Fit "
            "without it."
        )
    one_vs_rest = multi_class == "ovr" or model.solver == "liblinear" or len(model.classes_) == 2
    return "logistic" if one_vs_rest else "softmax"
