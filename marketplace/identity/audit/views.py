"""What does somebody see who asks what happened, and whether that is still the truth?"""

import json
from io import StringIO

from defusedcsv import csv
from flask import Blueprint, Response as FlaskResponse, request, url_for
from werkzeug.wrappers import Response

from marketplace.foundation.language import lazy_text as _l, text as _
from marketplace.foundation.navigation import Entrance
from marketplace.foundation.outbox import EVENTS
from marketplace.foundation.tenancy import current_actor, platform
from marketplace.foundation.unit_of_work import unit_of_work
from marketplace.foundation.web import page, requires
from marketplace.identity.audit import queries
from marketplace.identity.audit.forms import AuditFilterForm
from marketplace.identity.audit.models import AuditEntry
from marketplace.identity.audit.subjects import SUBJECTS
from marketplace.permissions import Permission

blueprint = Blueprint("audit", __name__, url_prefix="/audit")
NAVIGATION = (
    Entrance(
        "organisation", _l("Audit trail"), "identity.audit.index", Permission.AUDIT_READ, "shield-check"
    ),
)
COLUMNS = (
    *(_l("Number"), _l("Time"), _l("What"), _l("Kind"), _l("Document"), _l("Who"), _l("Reason")),
    *("JSON", "SHA-256"),
)


@blueprint.get("/")
@requires(Permission.AUDIT_READ)
def index() -> Response:
    """What happened, newest first."""
    form = AuditFilterForm(request.args, meta={"csrf": False})
    return page(
        "identity/audit/index.html",
        form=form,
        entries=queries.entries(**_narrowing(form)),
        headline=headline,
        subjects=SUBJECTS,
        details=_details,
    )


@blueprint.get("/check")
@requires(Permission.AUDIT_READ)
def check() -> Response:
    """Recompute every seal of our trail, and say whether it is whole."""
    actor = current_actor()
    with unit_of_work(platform("check the audit trail", person=actor), read_only=True):
        broken, length = queries.verify_chain(actor.organisation), queries.length_of(actor.organisation)
    return page("identity/audit/check.html", broken=broken, length=length)


@blueprint.get("/export.csv")
@requires(Permission.AUDIT_READ)
def export() -> Response:
    """The trail as a table for other programs; a cell can never be taken for a formula.

    A long one comes in parts: the last row of a full part says where the next one is.
    """
    form = AuditFilterForm(request.args, meta={"csrf": False})
    narrowed, first = _narrowing(form), request.args.get("first", 1, type=int)
    found = queries.exported_entries(first=first, **narrowed)
    sheet = StringIO()
    writer = csv.writer(sheet)
    writer.writerow([str(title) for title in COLUMNS])
    writer.writerows(map(_exported, found))
    if len(found) == queries.MOST_EXPORTED:
        following = url_for(".export", first=found[-1].number + 1, **narrowed, _external=True)
        writer.writerow([_("What comes after this is at %(address)s", address=following)])
    answer = FlaskResponse(sheet.getvalue().encode("utf-8-sig"), mimetype="text/csv")
    answer.headers["Content-Disposition"] = 'attachment; filename="audit-trail.csv"'
    return answer


def headline(entry: AuditEntry) -> str:
    """What happened, in the present language."""
    kind = EVENTS.get(entry.name)
    return str(kind.headline) if kind and kind.headline else entry.name


def _narrowing(form: AuditFilterForm) -> dict[str, str]:
    subject = form.subject.data or ""
    return {
        "document": (form.document.data or "").strip(),
        "subject": subject if subject in SUBJECTS else "",
    }


def _details(entry: AuditEntry) -> str:
    return json.dumps(entry.payload, ensure_ascii=False, sort_keys=True, indent=2)


def _exported(entry: AuditEntry) -> list[str | int]:
    return [
        entry.number,
        entry.happened_at.isoformat(),
        headline(entry),
        entry.name,
        entry.document,
        entry.person_name,
        entry.reason,
        json.dumps(entry.payload, ensure_ascii=False, sort_keys=True),
        entry.hash,
    ]
