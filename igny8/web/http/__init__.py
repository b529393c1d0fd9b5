"""HTTP concerns: errors, limits, security headers, health and metrics."""
