"""`Fitted`: everything that a fit returns."""

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from .._transform.fitted_column import FittedColumn
from .._transform.layout import Layout
from .._transform.settings import Measure, Settings
from .coverage import Coverage
from .history import History

# Version of the rules that map a value to its output columns.
FORMAT_VERSION = 1


@dataclass(frozen=True, slots=True)
class Fitted:
    """The fitted state of an encoder.

    Attributes
    ----------
    settings : Settings
        The parameters at fit.
    feature_names : ndarray of object, or None
        Names of the input columns; None if they have no names.
    layout : Layout
        The output columns.
    columns : list of FittedColumn
        The input columns.
    coverages : list of Coverage
        The coverage of each input column.
    histories : list of History, or None
        Counts of each input column, from which `partial_fit` continues; None if they were not saved.
    importance : str or callable
        The measure that ranked the values; never "auto".
    class_labels : ndarray or None
        Labels of the classes of the target; None if it is not used.
    format_version : int
        Version of the rules that map a value to its output columns.
    """

    settings: Settings
    feature_names: NDArray[Any] | None
    layout: Layout
    columns: list[FittedColumn]
    coverages: list[Coverage]
    histories: list[History] | None
    importance: str | Measure
    class_labels: NDArray[Any] | None
    format_version: int = FORMAT_VERSION

    def __post_init__(self) -> None:
        # A public attribute returns this array.
        if self.feature_names is not None:
            self.feature_names.setflags(write=False)
