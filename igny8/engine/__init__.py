"""Change runs: start, claim, process, settle, advance, retry and recover (docs/engine.md)."""
