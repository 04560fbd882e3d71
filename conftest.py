"""Optional parts can only be collected where what they need is installed."""

from importlib.util import find_spec

_NEEDS = {
    "hybrid_encoder/dask.py": ["dask", "distributed"],
    "docs/guide/dask.md": ["dask", "distributed"],
    "hybrid_encoder/onnx": ["onnx", "onnxruntime", "skl2onnx"],
    "docs/guide/onnx.md": ["onnx", "onnxruntime", "skl2onnx"],
    "tests/layers.py": ["torch"],
    "tests/serving.py": ["onnx", "onnxruntime"],
    "tests/spark/tables.py": ["pyarrow"],
    "hybrid_encoder/spark": ["pyspark", "pyarrow"],
    "hybrid_encoder/torch": ["torch"],
    "docs/guide/embeddings.md": ["torch"],
    "docs/guide/sql.md": ["duckdb"],
    "docs/guide/saving.md": ["skops"],
}

# What Sphinx reads, and what it makes.
collect_ignore = ["docs/conf.py", "docs/gallery"]
collect_ignore += [path for path, packages in _NEEDS.items() if not all(map(find_spec, packages))]
