"""Carry out the changes of parts of articles that reviewers ask a model for."""
