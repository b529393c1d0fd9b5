"""Tests of igny8.web.admin."""
