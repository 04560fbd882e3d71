"""Report the progress of a fit to scikit-learn's callbacks (scikit-learn 1.9 and later)."""

from collections.abc import Iterator
from typing import Any, TypeVar

try:
    from sklearn.callback import CallbackSupportMixin
except ImportError:

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """Older releases have no callbacks."""


T = TypeVar("T")


class Progress:
    """Reports the start, the steps and the end of a fit to the callbacks of an estimator.

    Parameters
    ----------
    estimator : CallbackSupportMixin
        The estimator that is being fitted.
    n_steps : int
        Number of steps of the fit.
    **data : object
        Passed to callbacks: ``X``, ``y``, ``metadata``.
    """

    def __init__(self, estimator: CallbackSupportMixin, n_steps: int, **data: Any) -> None:
        begin = getattr(estimator, "_init_callback_context", None)
        self._root = None if begin is None else begin(max_subtasks=n_steps)
        self._n_steps = n_steps
        self._data = {"estimator": estimator, **data}
        if self._root is not None:
            self._root.call_on_fit_task_begin(**self._data)

    def steps(self, results: Iterator[T], name: str) -> Iterator[T]:
        """Yield the same results, and report each as a step."""
        if self._root is None:
            yield from results
            return
        for _ in range(self._n_steps):
            step = self._root.subcontext(task_name=name)
            step.call_on_fit_task_begin(**self._data)
            result = next(results)
            step.call_on_fit_task_end(**self._data)
            yield result

    def end(self) -> None:
        """Report that the estimator is fitted."""
        if self._root is not None:
            self._root.call_on_fit_task_end(**self._data, reconstruction_attributes={})


def no_progress(results: Iterator[T], name: str) -> Iterator[T]:
    """The same results, without a report."""
    return results
