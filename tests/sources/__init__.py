"""Reading the sources of a site."""
