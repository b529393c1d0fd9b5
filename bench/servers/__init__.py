"""Compare web servers for the pages (docs/decisions/0020-web-server.md)."""
