"""What is typed about people?"""

from typing import Any

from wtforms import BooleanField, EmailField, SelectField, SelectMultipleField
from wtforms.validators import Regexp
from wtforms.widgets import CheckboxInput, ListWidget

from marketplace.foundation.forms import Form, TextField, at_most, required
from marketplace.foundation.language import LANGUAGES, lazy_text as _l

ADDRESS = r"^[^@\s<>\"',;]+@[^@\s<>\"',;]+\.[^@\s<>\"',;]+$"
THEMES = {"auto": _l("As the system"), "light": _l("Light"), "dark": _l("Dark")}


class AddressField(EmailField):  # type: ignore[misc]
    """An e-mail address, in lower case and without blanks around it."""

    def __init__(self, label: object, **options: Any) -> None:
        checks = [required(), at_most(254), Regexp(ADDRESS, message=_l("This is no e-mail address."))]
        super().__init__(label, checks, filters=[lambda typed: typed and typed.strip().lower()], **options)


class RolesField(SelectMultipleField):  # type: ignore[misc]
    """Roles as a list of boxes to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class InvitationForm(Form):
    """Whom to invite, to do what."""

    email = AddressField(_l("E-mail"))
    roles = RolesField(_l("Roles"), [required()])


class MemberForm(Form):
    """What a member may do."""

    roles = RolesField(_l("Roles"), [required()])
    is_active = BooleanField(_l("May act for the organisation"))


class ProfileForm(Form):
    """What somebody may change about themselves."""

    name = TextField(_l("Your name"), [required(), at_most(120)])
    language = SelectField(_l("Language of pages and mail"), choices=list(LANGUAGES.items()))
    theme = SelectField(_l("Appearance"), choices=list(THEMES.items()))
