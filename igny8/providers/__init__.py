"""Providers generate clusters, ideas, articles and images behind one protocol (base); register.py lists them."""
