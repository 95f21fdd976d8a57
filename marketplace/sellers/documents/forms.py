"""What does a supplier type about a document of a product?"""

from collections.abc import Iterable
from typing import Any

from flask_wtf.file import FileField, FileRequired
from wtforms import SelectField
from wtforms.validators import Optional

from marketplace.foundation.forms import Form, TextField, at_most, choices, required
from marketplace.foundation.language import language, lazy_text as _l
from marketplace.sellers.facts.documents import KINDS, LONGEST_TITLE, tongues

PROVES_NOTHING: dict[str, object] = {"": _l("none of them")}


class DocumentForm(Form):
    """A PDF, what kind of document it is, its language and title, and the certificate that it proves."""

    file = FileField(_l("File"), [FileRequired(_l("Please choose a file."))])
    kind = SelectField(
        _l("Kind of document"),
        [required()],
        choices=choices({code: kind.label for code, kind in KINDS.items()}),
    )
    language = SelectField(_l("Language of the document"), [required()])
    title = TextField(_l("Title"), [required(), at_most(LONGEST_TITLE)])
    certificate = SelectField(_l("It proves the certificate"), [Optional()])

    @classmethod
    def of(cls, certificates: Iterable[str]) -> "DocumentForm":
        """The form for a product that bears these certificates, with the present language."""
        form = cls(language=language())
        form.language.choices = choices(tongues())
        form.certificate.choices = choices({**PROVES_NOTHING, **{name: name for name in certificates}})
        return form

    def values(self) -> dict[str, Any]:
        """What was typed, and the bytes of the file."""
        typed = super().values()
        file = typed.pop("file")
        return {**typed, "content": file.read(), "certificate": typed["certificate"] or None}
