"""References from other projects: programs that judge our articles from outside."""
