"""Explain a database error to the operator of the installation.

Used by the command line, the web server and the doctor.
"""

from sqlalchemy.exc import DatabaseError, OperationalError

from igny8.redaction import redact

DAMAGE_SIGNS = ("not a database", "malformed", "corrupt", "invalid page")
REFUSAL_SIGNS = ("password authentication failed", "no password supplied")
CHECK_SIGN_IN = (
    "Check DATABASE_PASSWORD (or the password in DATABASE_URL, percent-encoded) and the user."
)
CHECK_SERVER = (
    "Check DATABASE_URL and its server; with SQLite, check the owner, the mode and the free space "
    "of the data folder, and who else has the file open."
)
RESTORE = "Stop IGNY8, keep a copy of the file, and restore a backup: “igny8 restore FILE --force”."


def explain(error: Exception) -> tuple[str, str] | None:
    """Return the problem with the database and its remedy; None for any other error."""
    if not isinstance(error, DatabaseError):
        return None
    problem = _one_line(redact(str(error.orig)))
    if isinstance(error, OperationalError):
        is_refused = any(sign in problem for sign in REFUSAL_SIGNS)
        return f"The database does not answer: {problem}", (
            CHECK_SIGN_IN if is_refused else CHECK_SERVER
        )
    if any(sign in problem for sign in DAMAGE_SIGNS):
        return f"The database is damaged: {problem}", RESTORE
    return None


def _one_line(text: str) -> str:
    """Return a driver's message on one line without repetitions, ending with a full stop."""
    lines = [line.strip().removeprefix("connection failed: ") for line in text.splitlines()]
    message = "; ".join(dict.fromkeys(filter(None, lines)))
    return message if message.endswith((".", "?", "!")) else f"{message}."
