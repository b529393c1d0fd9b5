"""Tests of igny8.web.runs."""
