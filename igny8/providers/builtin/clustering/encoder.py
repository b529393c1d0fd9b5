"""Encode keywords with MiniLM, a small sentence encoder, in plain numpy.

The weights are those of all-MiniLM-L6-v2, stored as bytes (bench/make_encoder.py). Keywords of the
same number of tokens are encoded together, so that no padding is computed.
Architecture: Devlin et al. 2018 (arXiv 1810.04805), Wang et al. 2020 (arXiv 2002.10957).
"""

import unicodedata
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import numpy as np
from scipy.special import erf

from igny8.providers.builtin.clustering.wordpiece import WordPiece

DATA = Path(__file__).parent / "data"
LAYERS, HEADS, WIDTH = 6, 12, 384
START, END = 101, 102  # the tokens [CLS] and [SEP]
MAX_TOKENS = 32  # of a keyword, with START and END
BATCH_TOKENS = 2_048  # computed at a time: the activations stay in the cache of the processor
EPSILON = 1e-12  # of the layer norms, as in the model's configuration


class Encoder:
    """The model with its weights as float32; word rows stay bytes until they are looked up."""

    name, method, width, alone = "MiniLM", "encoder", WIDTH, True

    def __init__(self, folder: Path = DATA) -> None:
        with np.load(folder / "encoder.npz") as stored:
            self._arrays = {name: stored[name] for name in stored.files}
        for name in [name for name in self._arrays if name[0].isdigit()]:
            self._arrays[name] = self._as_float(name)
        self._pieces = WordPiece(folder / "vocabulary.txt")
        self._positions = self._arrays["positions"].astype(np.float32).reshape(-1, WIDTH)
        self._positions = self._positions + self._arrays["kind"].astype(np.float32)

    def _as_float(self, name: str) -> np.ndarray:
        """Return an array as float32, its bytes multiplied by the scale of their row."""
        values = self._arrays[name].astype(np.float32)
        scale = self._arrays.get(f"{name}_scale")
        return values if scale is None else np.ascontiguousarray((values * scale[:, None]).T)

    def can_read(self, text: str) -> bool:
        """Return whether a text can be written in ASCII once its accents are taken off."""
        plain = unicodedata.normalize("NFD", text)
        return "".join(c for c in plain if unicodedata.category(c) != "Mn").isascii()

    def encode(
        self, texts: list[str], progress: Callable[[float], None] = lambda share: None
    ) -> np.ndarray:
        """Return the unit vectors of texts, (texts, 384) float32; 0 for a text without tokens.

        `progress` is called with the completed share, 0 … 1.
        """
        tokens = [self._pieces.tokens(text)[: MAX_TOKENS - 2] for text in texts]
        vectors = np.zeros((len(texts), WIDTH), dtype=np.float32)
        lengths = np.array([len(one) for one in tokens], dtype=np.int64)
        done = 0
        for length in np.unique(lengths[lengths > 0]):
            rows = np.flatnonzero(lengths == length)
            size = max(1, BATCH_TOKENS // (int(length) + 2))
            for first in range(0, len(rows), size):
                batch = rows[first : first + size]
                ids = np.array([[START, *tokens[row], END] for row in batch])
                vectors[batch] = self._forward(ids)
                done += len(batch)
                progress(done / len(texts))
        return vectors

    def _forward(self, ids: np.ndarray) -> np.ndarray:
        """Return the unit vectors of token ids, (keywords, tokens) → (keywords, 384)."""
        count, length = ids.shape
        words = self._arrays["words"][ids].astype(np.float32)
        words *= self._arrays["words_scale"][ids][..., None]
        hidden = (words + self._positions[:length]).reshape(-1, WIDTH)
        hidden = _normed(hidden, self._arrays["norm_weight"], self._arrays["norm_bias"])
        for layer in range(LAYERS):
            hidden = self._layer(layer, hidden, count, length)
        means = hidden.reshape(count, length, WIDTH).mean(axis=1)
        return means / np.linalg.norm(means, axis=1, keepdims=True)

    def _layer(self, layer: int, hidden: np.ndarray, count: int, length: int) -> np.ndarray:
        """Return the hidden states after a layer: attention, then two dense maps."""
        attended = self._attention(layer, hidden, count, length)
        attended = self._dense(f"{layer}_output", attended)
        attended += hidden
        hidden = self._norm(f"{layer}_first", attended)
        wide = self._dense(f"{layer}_wide", hidden)
        narrow = self._dense(f"{layer}_narrow", _gelu(wide))
        narrow += hidden
        return self._norm(f"{layer}_second", narrow)

    def _attention(self, layer: int, hidden: np.ndarray, count: int, length: int) -> np.ndarray:
        """Return the attention output of each token over its keyword, (tokens, 384)."""
        size = WIDTH // HEADS
        mixed = self._dense(f"{layer}_input", hidden)
        mixed = mixed.reshape(count, length, 3, HEADS, size).transpose(2, 0, 3, 1, 4)
        query, key, value = np.ascontiguousarray(mixed)
        weights = query @ key.transpose(0, 1, 3, 2)
        weights *= np.float32(size**-0.5)
        weights -= weights.max(axis=-1, keepdims=True)
        np.exp(weights, out=weights)
        weights /= weights.sum(axis=-1, keepdims=True)
        taken = weights @ value
        return np.ascontiguousarray(taken.transpose(0, 2, 1, 3)).reshape(-1, WIDTH)

    def _dense(self, name: str, values: np.ndarray) -> np.ndarray:
        found = values @ self._arrays[name]
        found += self._arrays[f"{name}_bias"]
        return found

    def _norm(self, name: str, values: np.ndarray) -> np.ndarray:
        return _normed(values, self._arrays[f"{name}_weight"], self._arrays[f"{name}_bias"])


def _normed(values: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """Return rows with mean 0 and variance 1, scaled and shifted, in place."""
    values = values - values.mean(axis=1, keepdims=True)
    variance = np.einsum("ij,ij->i", values, values)[:, None] / values.shape[1]
    values /= np.sqrt(variance + EPSILON)
    values *= weight.astype(np.float32)
    values += bias.astype(np.float32)
    return values


def _gelu(values: np.ndarray) -> np.ndarray:
    """Return x · Φ(x), the activation of BERT. Source: Hendrycks and Gimpel, arXiv 1606.08415."""
    share = erf(values * np.float32(0.5**0.5))
    share += 1
    share *= values
    share *= np.float32(0.5)
    return share


@lru_cache(maxsize=1)
def load_encoder(folder: Path = DATA) -> Encoder | None:
    """Return the Encoder, or None if its weights are missing."""
    return Encoder(folder) if (folder / "encoder.npz").exists() else None
