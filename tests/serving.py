"""ONNX models at work: a session of one thread, and what it makes of a table."""

from typing import Any

import numpy as np
import onnx
import onnxruntime

from hybrid_encoder.onnx import feed


def session(model: onnx.ModelProto) -> onnxruntime.InferenceSession:
    onnx.checker.check_model(model, full_check=True)
    onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4  # errors are raised, and need not be printed too
    return onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )


def outputs(model: onnx.ModelProto, X: Any) -> dict[str, np.ndarray]:
    """What a model gives for the columns of a table, by the names of its outputs."""
    running = session(model)
    names = [output.name for output in running.get_outputs()]
    return dict(zip(names, running.run(names, feed(X, running)), strict=True))
