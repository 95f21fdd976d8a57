"""What is typed about people?"""

from wtforms import BooleanField, SelectField

from marketplace.foundation.forms import AddressField, BoxesField, Form, TextField, at_most, choices, required
from marketplace.foundation.language import LANGUAGES, lazy_text as _l

THEMES = {"auto": _l("As the system"), "light": _l("Light"), "dark": _l("Dark")}


class InvitationForm(Form):
    """Whom to invite, to do what."""

    email = AddressField(_l("E-mail"))
    roles = BoxesField(_l("Roles"), [required()])


class MemberForm(Form):
    """What a member may do."""

    roles = BoxesField(_l("Roles"), [required()])
    is_active = BooleanField(_l("May act for the organisation"))


class ProfileForm(Form):
    """What somebody may change about themselves."""

    name = TextField(_l("Your name"), [required(), at_most(120)])
    language = SelectField(_l("Language of pages and mail"), [required()], choices=choices(LANGUAGES))
    theme = SelectField(_l("Appearance"), [required()], choices=choices(THEMES))
