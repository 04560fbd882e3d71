"""Export encoders, and pipelines of encoders and a linear model, to ONNX.

See docs/guide/onnx.md.
"""

from ._export import to_onnx
from ._feed import feed
from ._skl2onnx import register_converter

__all__ = ["feed", "register_converter", "to_onnx"]
