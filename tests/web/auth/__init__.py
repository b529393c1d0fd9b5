"""Tests of igny8.web.auth."""
