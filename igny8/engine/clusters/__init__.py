"""Clusters as people shape them: merge, split, move keywords, rename, undo."""
