"""Publish approved texts: claimed by one worker, carried out step by step, exactly once."""
