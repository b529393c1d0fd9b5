"""`python -m igny8.cli`, where no script is installed."""

from igny8.cli import main

main()
