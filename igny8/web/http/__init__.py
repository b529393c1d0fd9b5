"""HTTP concerns: errors, limits, security headers, health checks and metrics."""
