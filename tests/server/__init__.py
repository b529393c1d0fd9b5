"""Tests of the built-in web server."""
