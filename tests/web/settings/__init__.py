"""Tests of igny8.web.settings."""
