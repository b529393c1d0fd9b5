"""Pay for provider requests: idempotent paid requests, credit reservations, provider access."""
