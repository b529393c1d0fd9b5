"""Claim, process and settle run items; keep claims alive and requeue those of dead workers."""
