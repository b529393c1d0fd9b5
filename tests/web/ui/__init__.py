"""Tests of igny8.web.ui."""
