"""Tests of igny8.web.library."""
