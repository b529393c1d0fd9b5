"""Pay for provider requests: idempotent paid requests, credits, access to providers."""
