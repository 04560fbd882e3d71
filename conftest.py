"""Optional parts can only be collected where what they need is installed."""

from importlib.util import find_spec

_NEEDS = {
    "hybrid_encoder/dask.py": ["dask", "distributed"],
    "docs/dask.md": ["dask", "distributed"],
    "hybrid_encoder/onnx": ["onnx", "onnxruntime", "skl2onnx"],
    "docs/onnx.md": ["onnx", "onnxruntime", "skl2onnx"],
    "tests/layers.py": ["torch"],
    "tests/serving.py": ["onnx", "onnxruntime"],
    "hybrid_encoder/spark": ["pyspark", "pyarrow"],
    "hybrid_encoder/torch": ["torch"],
    "docs/sql.md": ["duckdb"],
    "docs/saving.md": ["skops"],
}

collect_ignore = [path for path, packages in _NEEDS.items() if not all(map(find_spec, packages))]
