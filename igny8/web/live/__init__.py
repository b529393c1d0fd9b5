"""Caches for the partials that open pages poll."""
