"""PyTorch embedding layer for encoded rows.

Needs the extra ``torch``: ``pip install "hybrid-encoder[torch]"``. See docs/guide/embeddings.md.
"""

try:
    import torch  # noqa: F401
except ImportError as error:
    raise ImportError(
        'hybrid_encoder.torch needs PyTorch: pip install "hybrid-encoder[torch]"'
    ) from error

from ._embedding import HybridHashEmbedding

__all__ = ["HybridHashEmbedding"]
