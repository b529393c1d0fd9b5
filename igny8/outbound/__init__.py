"""All requests to other servers: which addresses are allowed, and the HTTP client for them."""
