"""Read fitted pipelines as sums of weights.

A linear model computes a sum of weights times columns. Linear steps before the model, and after an
encoder if there is one, only change these weights and the constant of the sum.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils._set_output import _get_output_config
from sklearn.utils.validation import _check_feature_names_in

from .._encoder import HybridHashEncoder
from ._models import (
    Encoded,
    LinearPipeline,
    Numbers,
    Part,
    Source,
    check_model,
    classes_of,
    output_of,
    weights_of,
)
from ._steps import Floats, Step, bins_of, check_fitted, fill_of, linear_of, step_label


def flatten(step: Any, name: str = "") -> list[Step]:
    """List the steps of nested pipelines, with their names, without those that do nothing.

    Raises
    ------
    TypeError
        If a step is of a subclass of HybridHashEncoder or ColumnTransformer.
    """
    if isinstance(step, Pipeline):
        prefix = f"{name}." if name else ""
        return [flat for inner, part in step.steps for flat in flatten(part, prefix + inner)]
    for base in (HybridHashEncoder, ColumnTransformer):
        if isinstance(step, base) and type(step) is not base:
            raise TypeError(
                f"{step_label(name)} is a {type(step).__name__}, a subclass of {base.__name__}, which "
                f"to_onnx cannot export, as it may behave differently. Fit a {base.__name__}."
            )
    # ColumnTransformer replaces "passthrough" by such a FunctionTransformer.
    is_identity = type(step) is FunctionTransformer and step.func is None and not step.validate
    return [] if is_identity or step is None or step == "passthrough" else [(name, step)]


def read_encoder(steps: Sequence[Step]) -> tuple[list[str], Encoded]:
    """Read a pipeline that ends with an encoder.

    Parameters
    ----------
    steps : sequence of (str, estimator)
        Fitted, from `flatten`.

    Returns
    -------
    names : list of str
        Columns of the input.
    part : Encoded
        The encoder and the sources of its columns; without weights of a model.
    """
    *before, (name, encoder) = steps
    check_fitted(name, encoder)
    check_fitted(*steps[0])
    names = _input_names(steps[0][1])
    sources = _sources(before, list(range(len(names))))
    return names, Encoded(sources, encoder, np.zeros((encoder.n_features_out_, 0)))


def read_linear(steps: Sequence[Step]) -> LinearPipeline:
    """Read a pipeline that ends with a linear model.

    Parameters
    ----------
    steps : sequence of (str, estimator)
        Fitted, from `flatten`.

    Raises
    ------
    TypeError
        If a step cannot be exported.
    ValueError
        If a step has parameters that cannot be exported.
    """
    *before, (name, model) = steps
    check_model(name, model)
    if not before:
        raise TypeError(f"The pipeline has no encoder before the model {name!r}.")
    check_fitted(name, model)
    check_fitted(*before[0])
    weights, intercept = weights_of(name, model)
    names = _input_names(before[0][1])
    parts, constant = _parts(before, list(range(len(names))), weights)
    if not any(isinstance(part, Encoded) for part in parts):
        raise TypeError(
            "The pipeline has no HybridHashEncoder. Use skl2onnx.to_onnx for pipelines without one."
        )
    classes, output = classes_of(name, model), output_of(name, model)
    return LinearPipeline(names, parts, intercept + constant, classes, output)


def _input_names(step: Any) -> list[str]:
    """Names of the columns that a fitted transformer takes; x0, x1, ... if they had no names."""
    return [str(name) for name in _check_feature_names_in(step, None)]


def _parts(steps: Sequence[Step], columns: list[int], weights: Floats) -> tuple[list[Part], Floats]:
    """Write the sum of weights times the output of ``steps`` as parts and a constant."""
    constant, shift = np.zeros(weights.shape[1]), np.zeros(len(weights))
    for position, (name, step) in reversed([*enumerate(steps)]):
        before = steps[:position]
        if type(step) is SimpleImputer and not before:
            return [Numbers(columns, fill_of(name, step), shift, weights)], constant
        constant = constant - shift @ weights
        if isinstance(step, HybridHashEncoder):
            check_fitted(name, step)
            return [Encoded(_sources(before, columns), step, weights)], constant
        if isinstance(step, ColumnTransformer):
            _check_single(name, before)
            parts, added = _column_parts(name, step, columns, weights)
            return parts, constant + added
        linear = linear_of(name, step)
        all_weights = np.zeros((len(linear.kept), weights.shape[1]))
        all_weights[linear.kept] = weights
        constant = constant + linear.offset @ all_weights
        weights, shift = all_weights * linear.slope[:, np.newaxis], linear.shift
    return [Numbers(columns, None, shift, weights)], constant


def _column_parts(
    name: str, transformer: ColumnTransformer, columns: list[int], weights: Floats
) -> tuple[list[Part], Floats]:
    """The parts and the constant of `_parts`, for the transformers of a ColumnTransformer."""
    check_fitted(name, transformer)
    parts: list[Part] = []
    constant = np.zeros(weights.shape[1])
    for inner, steps, positions in _transformers(name, transformer):
        factor = (transformer.transformer_weights or {}).get(inner, 1.0)
        scaled = weights[transformer.output_indices_[inner]] * factor
        found, added = _parts(steps, [columns[position] for position in positions], scaled)
        parts += found
        constant = constant + added
    return parts, constant


def _transformers(
    name: str, transformer: ColumnTransformer
) -> Iterator[tuple[str, list[Step], list[int]]]:
    """Name, steps and column positions of each transformer that has columns, in order."""
    check_fitted(name, transformer)
    for inner, step, _ in transformer.transformers_:
        positions = list(transformer._transformer_to_input_indices[inner])
        if positions and not (isinstance(step, str) and step == "drop"):
            yield inner, flatten(step, f"{name}.{inner}"), positions


def _sources(steps: Sequence[Step], columns: list[int]) -> list[Source]:
    """Sources of the columns of an encoder, from the steps before it."""
    transformers = [step for step in steps if isinstance(step[1], ColumnTransformer)]
    if not transformers:
        return [Source(*pair) for pair in zip(columns, bins_of(steps, len(columns)), strict=True)]
    name, transformer = transformers[0]
    _check_single(name, [step for step in steps if step[1] is not transformer])
    if transformer.transformer_weights:
        raise ValueError(
            f"Step {name!r} before an encoder has transformer_weights, which cannot be exported. Remove "
            "them."
        )
    sources = [
        source
        for _, inner, positions in _transformers(name, transformer)
        for source in _sources(inner, [columns[position] for position in positions])
    ]
    if _get_output_config("transform", transformer)["dense"] == "default":
        sources = [replace(source, in_matrix=True) for source in sources]
    return sources


def _check_single(name: str, others: Sequence[Step]) -> None:
    """Check that no steps are before a ColumnTransformer, or between it and an encoder."""
    if others:
        raise TypeError(
            f"Step {others[0][0]!r} and the ColumnTransformer {name!r} cannot be exported one after the "
            f"other. Move {others[0][0]!r} into {name!r}."
        )
