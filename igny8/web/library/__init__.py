"""Pages for keywords, keyword imports, clusters and ideas."""
