"""What keeps an installation well: its tables and their version, backups, and what the doctor finds."""
