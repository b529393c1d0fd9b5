"""Read the name and password of a new account, or a new password, from a form."""

from igny8.extensions import db
from igny8.models import (
    User,
    passwords,
)
from igny8.web.ui.forms import Form


def read_new_account(form: Form) -> tuple[str, str]:
    """Return name and password hash for a new account; errors are added to the form."""
    name = form.text("name", "a user name", 80)
    fault = User.name_problem(name)
    if fault and "name" not in form.errors:
        form.errors["name"] = fault
    hashed = read_password(form, name)
    if "name" not in form.errors and User.find(db.session, name) is not None:
        form.errors["name"] = "This name is taken. Choose another one, or sign in."
    return name, hashed


def read_password(form: Form, name: str) -> str:
    """Return the hash of the password of a form, "" if the form has an error."""
    weakness = passwords.password_problem(form.value("password"), name)
    if weakness:
        form.errors["password"] = weakness
        return ""
    return passwords.hash_password(form.value("password"))
