"""Tests of igny8.web.content."""
