"""CSRF protection of all forms by tokens."""

from flask_wtf import CSRFProtect

csrf = CSRFProtect()
