"""Doctests of optional modules can only be collected where what they wrap is installed."""

from importlib.util import find_spec

collect_ignore = [] if find_spec("torch") else ["hybrid_encoder/torch.py"]
if not all(map(find_spec, ("onnx", "onnxruntime", "skl2onnx"))):
    collect_ignore += ["hybrid_encoder/onnx.py", "hybrid_encoder/_onnx_graph.py", "docs/onnx.md"]
    collect_ignore += [
        f"hybrid_encoder/_onnx_{room}.py" for room in ("converter", "feed", "places", "scores")
    ]
