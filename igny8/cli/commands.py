"""The register of commands; a command is imported only when it is run."""

from typing import NamedTuple


class CommandEntry(NamedTuple):
    """Location of a command (module below igny8.cli, attribute) and its line in `--help`."""

    module: str
    attribute: str
    help: str


COMMANDS: dict[str, CommandEntry] = {
    "serve": CommandEntry("processes", "serve", "Start the web server and workers in one process."),
    "web": CommandEntry("processes", "web", "Start only the web server; workers run elsewhere."),
    "worker": CommandEntry(
        "workers", "worker", "Start only a worker; the web server runs elsewhere."
    ),
    "import-keywords": CommandEntry(
        "keywords", "import_keywords", "Import a keyword file; SITE is created if it is new."
    ),
    "run": CommandEntry("runs", "run", "Start a run of SITE; the workers carry it out."),
    "status": CommandEntry("status", "status", "Show the active run of SITE, or the last one."),
    "pause": CommandEntry("runs", "pause", "Pause the run of SITE."),
    "resume": CommandEntry("runs", "resume", "Resume the run of SITE."),
    "cancel": CommandEntry("runs", "cancel", "Cancel the run of SITE."),
    "retry-failed": CommandEntry("runs", "retry_failed", "Retry only the failed items of a run."),
    "publish": CommandEntry(
        "publish", "publish", "Publish or schedule the approved articles of SITE."
    ),
    "unpublish": CommandEntry("publish", "unpublish", "Remove an article from a target."),
    "read-site": CommandEntry(
        "inventory", "read_site", "Read which pages the website of SITE has."
    ),
    "setup-link": CommandEntry(
        "accounts", "setup_link", "Print the link that creates the first account."
    ),
    "create-user": CommandEntry("accounts", "create_user", "Create an account."),
    "reset-password": CommandEntry(
        "passwords", "reset_password", "Set a new password for an account, or print a link for it."
    ),
    "connect-identity": CommandEntry(
        "accounts", "connect_identity", "Let the account NAME sign in with another service."
    ),
    "create-token": CommandEntry("accounts", "create_token", "Create an API token for USER."),
    "mcp": CommandEntry(
        "agents", "mcp", "Serve tools for agents on standard input and output (MCP)."
    ),
    "verify-record": CommandEntry(
        "review_records", "verify_record", "Verify the signed record of review in FILE."
    ),
    "backup": CommandEntry(
        "backups", "backup", "Write database, images and uploads into one archive, FILE."
    ),
    "restore": CommandEntry(
        "backups", "restore_command", "Restore an archive, FILE, into an empty installation."
    ),
    "doctor": CommandEntry(
        "upkeep", "doctor_command", "Check the installation and explain how to fix each problem."
    ),
    "cleanup": CommandEntry(
        "upkeep", "cleanup", "Move unused image and keyword files to a separate folder."
    ),
    "prune": CommandEntry(
        "upkeep", "prune", "Delete items, log lines and stored replies of old runs."
    ),
    "rotate-key": CommandEntry(
        "upkeep", "rotate_key", "Create a new encryption key and re-encrypt all secrets."
    ),
    "db": CommandEntry("database", "database_group", "Upgrade, downgrade or vacuum the database."),
}

# old name → new name; an old name works for one more release and warns
RENAMED_COMMANDS = {"tidy": "cleanup"}
