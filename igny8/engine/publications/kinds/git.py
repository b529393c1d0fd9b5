"""Git repository: a commit per article, pushed over https or ssh, or to a local path."""

from collections.abc import Callable

from flask import current_app
from sqlalchemy import Row

from igny8.engine.publications.file_steps import check_files, publish_files, remove_files
from igny8.engine.publications.kinds.base import (
    SECRET,
    Field,
    Kind,
    TargetTestContext,
    TargetTestResult,
    log_nothing,
)
from igny8.engine.publications.kinds.file_fields import FILE_FIELDS, allowed_folder
from igny8.engine.publications.work import Work
from igny8.errors import ExternalError
from igny8.outbound.allowlist import Allowlist
from igny8.publishing.git_repository import (
    BRANCH,
    Access,
    GitStore,
    as_key_file,
    checked_address,
    normalise_url,
)
from igny8.publishing.requests import Log


def publish(work: Work) -> None:
    """Commit the article and its images, and push."""
    publish_files(work, _store_of(work, "write"))


def unpublish(work: Work) -> None:
    """Commit the removal of the article, and push."""
    remove_files(work, _store_of(work, "remove"))


def check(work: Work) -> None:
    """Check that the files in the branch are unchanged."""
    check_files(work, _store_of(work, "check"))


def _store_of(work: Work, name: str) -> GitStore:
    def before_push(commit: str) -> None:
        work.intend(name, commit=commit, version=work.version[:16])

    return _store(work.target, work.secret, work.allowed, work.log, before_push)


def _store(
    target: Row, secret: str, allowed: Allowlist, log: Log, before_push: Callable[[str], None]
) -> GitStore:
    try:
        url = _check_url(target.url)
    except ValueError as error:
        raise ExternalError(str(error), "refused", permanent=True) from error
    access = Access(url, target.options["branch"], target.username, secret, allowed)
    cache = current_app.config["SETTINGS"].data_dir / "git" / str(target.id)
    return GitStore(cache, access, log, before_push)


def _test(target: Row, secret: str, context: TargetTestContext) -> TargetTestResult:
    _store(target, secret, context.allowed, log_nothing, _ignore_commit).try_push()
    return TargetTestResult(True, f"Commits can be pushed to “{target.options['branch']}”.")


def _ignore_commit(commit: str) -> None:
    """Ignore the commit: a push that only tests the access stores nothing."""


def _check_url(text: str) -> str:
    url = normalise_url(text)
    return allowed_folder(url) if url.startswith("/") else url


def _check_branch(text: str) -> str:
    if not BRANCH.fullmatch(text) or ".." in text or text.endswith(("/", ".lock", ".")):
        raise ValueError("Enter the name of a branch, such as main.")
    return text


def _check_secret(text: str) -> str:
    secret = as_key_file(text)
    if not secret.isascii():
        raise ValueError("Enter the token or the private key only.")
    return secret


KIND = Kind(
    name="git",
    label="Git repository",
    noun="Git repository",
    example_name="My static site",
    fields=(
        Field(
            "target_url",
            "Repository",
            "Its address for cloning.",
            what="the address of the repository",
            max_chars=300,
            placeholder="https://github.com/me/site.git",
            check=_check_url,
        ),
        Field(
            "branch",
            "Branch",
            what="the name of the branch",
            max_chars=100,
            check=_check_branch,
            suggest=lambda: "main",
        ),
        Field(
            "username",
            "User name",
            "For https, where the service asks for one.",
            is_required=False,
            what="the user name",
            max_chars=120,
        ),
        Field(
            SECRET,
            "Token or SSH key",
            "A token that may write, or a private key without a passphrase. Stored encrypted and "
            "never shown again.",
            type=SECRET,
            is_required=False,
            what="a token or a key",
            max_chars=8000,
            check=_check_secret,
        ),
        *FILE_FIELDS,
    ),
    publish=publish,
    unpublish=unpublish,
    check=check,
    test=_test,
    max_concurrent=1,
    checked_address=checked_address,
)
