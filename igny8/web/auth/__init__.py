"""Sign in, look up the current user and check permissions."""
