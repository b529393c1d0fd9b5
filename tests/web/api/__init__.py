"""Tests of igny8.web.api."""
