"""Changes that people make to clusters: merge, split, move keywords, rename, undo."""
