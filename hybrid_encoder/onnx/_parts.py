"""A fitted pipeline as parts that are added up: columns of the input, and weights of what they light."""

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from .._encoder import HybridHashEncoder
from ._models import Form, Weights
from ._steps import Change


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
