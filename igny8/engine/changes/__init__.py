"""Carry out the changes of parts and images of articles that reviewers ask a model for."""
