"""Hand out, process and settle run items; recover items of dead workers."""
