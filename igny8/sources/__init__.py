"""Read the sources of a site: convert files and pages to text and passages. No database."""
