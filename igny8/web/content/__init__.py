"""Pages to list, review, edit and download articles and briefs."""
