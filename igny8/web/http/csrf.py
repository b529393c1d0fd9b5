"""The form-token check (CSRF) of all pages."""

from flask_wtf import CSRFProtect

csrf = CSRFProtect()
