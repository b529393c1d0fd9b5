"""Who thinks: the built-in engine and model servers behind one protocol (base.py)."""
