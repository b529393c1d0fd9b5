"""Addresses and keys of Git repositories as people enter them, and hosts that are refused."""

import pytest

from igny8.errors import ExternalError
from igny8.outbound.allowlist import Allowlist
from igny8.publishing.git_repository import (
    Access,
    GitStore,
    as_key_file,
    checked_address,
    normalise_url,
)

BODY = "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW" * 2


@pytest.mark.parametrize(
    ("entered", "url", "checked"),
    [
        ("git@github.com:me/site.git", "ssh://git@github.com/me/site.git", "https://github.com:22"),
        ("ssh://git@a.example:2222/x", "ssh://git@a.example:2222/x", "https://a.example:2222"),
        ("https://a.example/x.git", "https://a.example/x.git", "https://a.example/x.git"),
        ("/srv/site.git", "/srv/site.git", ""),
    ],
)
def test_repository_address_is_parsed_and_its_host_checked(entered, url, checked):
    assert normalise_url(entered) == url and checked_address(url) == checked


@pytest.mark.parametrize(
    "entered",
    ["ext::sh -c x", "file:///etc", "https://u:p@a.example/x", "--upload-pack=x", "https://a/?x"],
)
def test_invalid_repository_address_is_refused(entered):
    with pytest.raises(ValueError, match="Enter"):
        normalise_url(entered)


def test_key_gets_its_line_breaks_back():
    flat = f"-----BEGIN OPENSSH PRIVATE KEY-----{BODY}-----END OPENSSH PRIVATE KEY-----"
    lines = as_key_file(flat).splitlines()
    assert lines[1:-1] == [BODY[:70], BODY[70:]] and as_key_file(" token ") == "token"


@pytest.mark.parametrize("url", ["https://127.0.0.1/x.git", "ssh://git@169.254.169.254/x.git"])
def test_private_host_is_refused_before_git_runs(url, tmp_path):
    lines: list[str] = []
    access = Access(url, "main", "", "secret-token", Allowlist())
    with pytest.raises(ExternalError, match="lies inside|never allowed"):
        GitStore(tmp_path / "cache", access, lines.append, str).refresh()


def test_git_error_names_the_cause_but_not_the_token(tmp_path):
    lines: list[str] = []
    access = Access(
        "http://127.0.0.1:9/x.git", "main", "", "secret-token", Allowlist.of("127.0.0.1")
    )
    with pytest.raises(ExternalError) as caught:
        GitStore(tmp_path / "cache", access, lines.append, str).refresh()
    assert "cannot be reached" in str(caught.value) and lines
    assert "secret-token" not in str(caught.value) + "".join(lines)
