"""Answer one pickled question on standard input with a pickled plan: the other end of apart.py."""

import pickle
import sys

from igny8.providers.builtin.clustering import cluster

pickle.dump(cluster(*pickle.load(sys.stdin.buffer)), sys.stdout.buffer)  # noqa: S301 - our own parent's words
