"""The audit log of the installation, for its administrators."""

from flask import Blueprint, render_template
from sqlalchemy import Select, select
from werkzeug.wrappers import Response

from igny8.models import AuditEntry
from igny8.models.queries import audit_log
from igny8.web.auth.permissions import enforce_rate_limit
from igny8.web.ui.downloads import csv_download
from igny8.web.ui.listing import paginate, search_arg
from igny8.web.ui.listing import choice_arg

bp = Blueprint("audit", __name__, url_prefix="/admin")
