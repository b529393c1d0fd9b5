"""The page to open after signing in."""

from flask import url_for

MAX_CHARS = 1000  # of a path that waits in the cookie for the end of a sign-in
SIGN_IN_PATHS = ("login", "logout", "setup", "invitations")


def safe_next_path(path: str | None) -> str:
    """Return a local path to redirect to, by default the list of sites."""
    home = url_for("sites.index")  # ends with a slash, also on a path of a host
    if (
        path
        and len(path) <= MAX_CHARS
        and path.startswith(home)
        and not path.startswith(("//", "/\\"))
        and path.isprintable()
        and not path.removeprefix(home).startswith(SIGN_IN_PATHS)
    ):
        return path
    return home
