"""What does somebody type in a mediation?"""

from uuid import UUID

from wtforms import HiddenField, validators
from wtforms.widgets import TextArea

from marketplace.foundation.forms import Form, TextField, at_most, required
from marketplace.foundation.language import lazy_text as _l


class NameForm(Form):
    """Who shall mediate."""

    person_id = HiddenField(_l("Who mediates?"), [validators.UUID(_l("Please choose somebody."))])

    def values(self) -> dict[str, UUID]:
        """The person's id."""
        return {"person_id": UUID(self.person_id.data)}


class AnswerForm(Form):
    """Whether one side accepts the mediator: the button that was pressed."""

    answer = HiddenField(_l("Answer"), [validators.AnyOf(["yes", "no"], _l("Please say yes or no."))])

    def values(self) -> dict[str, bool]:
        """Yes, or no."""
        return {"is_accepted": self.answer.data == "yes"}


class ConfideForm(Form):
    """Something for the private caucus."""

    body = TextField(_l("For this caucus only"), [required(), at_most(10_000)], widget=TextArea())
