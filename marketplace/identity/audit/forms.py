"""What is somebody looking for in the audit trail?"""

from wtforms import SelectField
from wtforms.validators import Optional

from marketplace.foundation.forms import Form, TextField, choices
from marketplace.foundation.language import lazy_text as _l
from marketplace.identity.audit.subjects import SUBJECTS


class AuditFilterForm(Form):
    """One document, or one kind of document."""

    document = TextField(_l("Document (number or name)"), [Optional()])
    subject = SelectField(
        _l("Kind of document"), [Optional()], choices=choices({"": _l("Every kind"), **SUBJECTS})
    )
