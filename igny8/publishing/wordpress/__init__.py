"""WordPress over its REST API with an application password: discovery, test, posts."""

from igny8.publishing.wordpress.client import WordPress, connect
from igny8.publishing.wordpress.discovery import Capabilities, check_access, find_api

__all__ = ["Capabilities", "WordPress", "check_access", "connect", "find_api"]
