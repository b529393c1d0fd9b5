"""Read the sources of a site: files and pages become text, text becomes passages. No database."""
