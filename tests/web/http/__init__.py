"""Tests of igny8.web.http."""
