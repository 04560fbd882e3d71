"""Fitted pipelines of encoders, scaled numbers and a linear model, read as weights.

A linear model adds up its weights times the columns that it is given. What stands between the encoder
and the model, and is linear too, goes into the weights.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.feature_selection import SelectorMixin
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils._set_output import _get_output_config
from sklearn.utils.validation import _check_feature_names_in

from .._encoder import HybridHashEncoder
from ._models import Weights, check_known, form_of, labels_of, weights_of
from ._parts import Encoded, Linear, Numbers, Source
from ._steps import Affine, called, changes_of, check_fitted

Step = tuple[str, Any]


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
    check_known(name, model)
    if not before:
        raise TypeError(f"Nothing stands before the model {name!r}: pass a pipeline with an encoder.")
    check_fitted(name, model)
    check_fitted(*before[0])
    weights, intercept = weights_of(name, model)
    names = names_of(before[0][1])
    parts, added = _fold(before, list(range(len(names))), weights)
    if not any(isinstance(part, Encoded) for part in parts):
        raise TypeError(
            "There is no HybridHashEncoder in the pipeline. Use skl2onnx.to_onnx for pipelines "
            "without one."
        )
    return Linear(names, parts, intercept + added, labels_of(name, model), form_of(name, model))


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
    share, added = _before(name, step, weights)
    parts, constant = _fold(before, columns, share)
    return parts, constant + added


def _before(name: str, step: Any, weights: Weights) -> tuple[Weights, Weights]:
    """Weights of what a step takes, from those of what it gives; and a constant.

    It stands behind an encoder, so that it has to be linear.
    """
    added = np.zeros(weights.shape[1])
    if isinstance(step, SelectorMixin):
        support = step.get_support()
        spread = np.zeros((len(support), weights.shape[1]))
        spread[support] = weights
        return spread, added
    changes = changes_of(name, step)
    affine = [change for change in changes if isinstance(change, Affine)]
    if len(affine) < len(changes):
        raise TypeError(
            f"Step {name!r}, a {type(step).__name__}, does more to encoded columns than to shift and "
            "scale them, so it cannot go into the weights. Put it before the model for columns of "
            "numbers only, in a ColumnTransformer."
        )
    for change in affine:
        added = added + (change.offset - change.shift * change.slope) @ weights
        weights = weights * change.slope[:, np.newaxis]
    return weights, added


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
