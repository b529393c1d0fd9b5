"""Read a pickled question from standard input; write progress lines, then a pickled plan.

Run as a file by subprocess_clustering.py.
"""

import os
import pickle  # between this process and its own parent # nosec B403
import sys
import threading
import types
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).resolve().parent
LOADING, EACH = (
    0.6,
    0.0025,
)  # seconds to load the libraries, and for each keyword: which part of the way is what
MODULES = 420  # that are there when all is loaded
TICK = 0.2


def skip_parent_packages() -> None:
    """Register the parent packages without running them: they load the whole web application."""
    for up, name in enumerate(("igny8.providers.builtin", "igny8.providers", "igny8")):
        package = types.ModuleType(name)
        package.__path__ = [str(HERE.parents[up])]
        sys.modules[name] = package


def exit_with_parent() -> None:
    """Exit when standard input closes: the parent process keeps it open while it runs."""
    sys.stdin.buffer.read()
    os._exit(1)


def say(share: float) -> None:
    """Write the progress (0 … 1) for the parent process."""
    sys.stdout.buffer.write(f"{share:.4f}\n".encode())
    sys.stdout.flush()


def watch_loading(loaded: threading.Event, part: float) -> None:
    """Report how many of the modules are loaded until all are."""
    begun = len(sys.modules)
    while not loaded.wait(TICK):
        say(part * min(1.0, (len(sys.modules) - begun) / (MODULES - begun)))


skip_parent_packages()
what, question = pickle.load(sys.stdin.buffer)  # written by the parent process # nosec B301
threading.Thread(target=exit_with_parent, daemon=True).start()
loading, loaded = LOADING / (LOADING + EACH * len(question[0])), threading.Event()
watching = threading.Thread(target=watch_loading, args=(loaded, loading), daemon=True)
watching.start()

from igny8.providers.builtin.clustering import cluster, explain, nearest, progress_reporter  # noqa: E402 - heavy: watched

loaded.set()
watching.join()
progress_reporter.add_listener(lambda share: say(loading + (1 - loading) * share))
functions: dict[str, Callable] = {"cluster": cluster, "explain": explain, "nearest": nearest}
answer = pickle.dumps(functions[what](*question))
sys.stdout.buffer.write(b"=\n" + answer)
sys.stdout.flush()
os._exit(0)
