"""`python -m igny8.cli`, for environments without the installed script."""

from igny8.cli import main

main()
