"""Decisions about articles in review, by people and by rule."""
