"""Doctests of optional modules can only be collected where what they wrap is installed."""

from importlib.util import find_spec

_NEEDS = {"hybrid_encoder/spark.py": "pyspark", "hybrid_encoder/torch.py": "torch"}

collect_ignore = [path for path, package in _NEEDS.items() if not find_spec(package)]
