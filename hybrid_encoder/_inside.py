"""The encoder inside a model: how to reach it, for those who pass the model instead."""

from collections.abc import Iterator

from sklearn.base import BaseEstimator

from ._encoder import HybridHashEncoder

# Where pipelines, unions and column transformers keep their parts, and how one of a name is reached.
_NAMED_PARTS = {
    "steps": "[{!r}]",
    "transformer_list": ".named_transformers[{!r}]",
    "transformers_": ".named_transformers_[{!r}]",
}


def check_encoder(encoder: object) -> HybridHashEncoder:
    """The encoder, if it is one.

    Raises
    ------
    TypeError
        If it is something else, such as the pipeline that holds one.
    """
    if isinstance(encoder, HybridHashEncoder):
        return encoder
    path = _path_to_encoder(encoder)
    remedy = "Pass a fitted HybridHashEncoder." if path is None else f"Pass the one in it: model{path}."
    raise TypeError(f"encoder must be a HybridHashEncoder; it is a {type(encoder).__name__}. {remedy}")


def _path_to_encoder(model: object) -> str | None:
    """How to reach the encoder in a model, as in ``.best_estimator_['encode']``; None if it has none."""
    if isinstance(model, HybridHashEncoder):
        return ""
    paths = ((step, _path_to_encoder(part)) for step, part in _parts(model))
    return next((step + path for step, path in paths if path is not None), None)


def _parts(model: object) -> Iterator[tuple[str, object]]:
    """The fitted estimators that a model is made of, and how to reach them."""
    if not isinstance(model, BaseEstimator):
        return
    held = vars(model)
    for attribute, how in _NAMED_PARTS.items():
        for name, part, *_ in held.get(attribute, ()):
            yield how.format(name), part
    for attribute, part in held.items():
        if attribute.endswith("_"):
            yield f".{attribute}", part
            if isinstance(part, list):
                yield from ((f".{attribute}[{number}]", one) for number, one in enumerate(part))
