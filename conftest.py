"""Doctests of optional modules can only be collected where what they wrap is installed."""

from importlib.util import find_spec

collect_ignore = [] if find_spec("torch") else ["hybrid_encoder/torch.py"]
if not all(map(find_spec, ("onnx", "onnxruntime", "skl2onnx"))):
    collect_ignore_glob = ["hybrid_encoder/onnx/*", "docs/onnx.md"]
