"""Publish approved articles: claimed by one worker, carried out step by step, exactly once."""
