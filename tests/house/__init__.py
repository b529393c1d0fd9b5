"""Rules that the code itself must keep: imports, style, registers."""
