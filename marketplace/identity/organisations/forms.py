"""What is typed about organisations and their sites?"""

from typing import Any

from wtforms import HiddenField, SearchField, SelectField
from wtforms.validators import AnyOf, Optional
from wtforms.widgets import TextArea

from marketplace.foundation.countries import countries
from marketplace.foundation.forms import Form, TextField, at_most, choices, required
from marketplace.foundation.language import LANGUAGES, lazy_text as _l
from marketplace.identity.organisations.lifecycle import OrganisationState

VERDICTS = (OrganisationState.ADMITTED, OrganisationState.REFUSED, OrganisationState.SUSPENDED)


class OrganisationForm(Form):
    """What an organisation says of itself."""

    name = TextField(_l("Registered name"), [required(), at_most(120)])
    registration_number = TextField(_l("Registration number"), [Optional(), at_most(40)])
    vat_number = TextField(_l("VAT number"), [Optional(), at_most(40)])
    language = SelectField(_l("Language of its documents"), [required()], choices=choices(LANGUAGES))


class SiteForm(Form):
    """A place and its address."""

    name = TextField(_l("Name of the site"), [required(), at_most(80)])
    street = TextField(_l("Street and number"), [required(), at_most(120)])
    postal_code = TextField(_l("Postal code"), [required(), at_most(12)])
    city = TextField(_l("City"), [required(), at_most(80)])
    country = SelectField(_l("Country"), [required()], default="FR")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.country.choices = choices(countries())


class DecisionForm(Form):
    """What the operator decides about an organisation, and why."""

    verdict = HiddenField(validators=[AnyOf(VERDICTS)])
    reason = TextField(
        _l("Reason, as the organisation will read it"), [Optional(), at_most(1000)], widget=TextArea()
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The forms that show this field are those whose verdict needs it.
        self.reason.flags.required = True


class MemberSearchForm(Form):
    """Whom the operator is looking for."""

    words = SearchField(_l("Name, registration or VAT number"), [Optional()])
