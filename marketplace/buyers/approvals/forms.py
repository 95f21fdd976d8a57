"""What does somebody type who decides, delegates or writes a rule?"""

import re
from typing import Any
from uuid import UUID

from wtforms import BooleanField, HiddenField, SelectField, StringField
from wtforms.validators import AnyOf
from wtforms.widgets import TextArea

from marketplace.foundation.errors import Invalid
from marketplace.foundation.forms import (
    ROW_ID,
    BoxesField,
    DayField,
    Form,
    NumberField,
    RowField,
    TextField,
    at_most,
    required,
)
from marketplace.foundation.language import lazy_text as _l

VOICE = re.compile(rf"(?P<step>{ROW_ID}) (?P<hash>[0-9a-f]{{64}})")


class DecisionForm(Form):
    """Yes or no, to the document with that hash."""

    document_hash = HiddenField(validators=[required()])
    decision = StringField(validators=[AnyOf(["yes", "no"], message=_l("Yes or no?"))])
    comment = TextField(_l("Comment"), [at_most(1000)], widget=TextArea())

    def values(self) -> dict[str, Any]:
        """What was decided."""
        return {
            "document_hash": self.document_hash.data,
            "is_yes": self.decision.data == "yes",
            "comment": self.comment.data,
        }


class SeveralForm(Form):
    """The same decision on several documents, each by its step and its hash."""

    chosen = BoxesField(_l("Documents"), [required()], validate_choice=False)
    decision = StringField(validators=[AnyOf(["yes", "no"], message=_l("Yes or no?"))])
    comment = TextField(_l("Comment"), [at_most(1000)])

    def values(self) -> dict[str, Any]:
        """What was decided. Raises Invalid where what was chosen is no step with a hash."""
        return {
            "voices": [_voice(chosen) for chosen in self.chosen.data],
            "is_yes": self.decision.data == "yes",
            "comment": self.comment.data,
        }


class QuestionForm(Form):
    """What an approver wants to know first."""

    question = TextField(_l("Question"), [required(), at_most(1000)], widget=TextArea())


class AnswerForm(Form):
    """What the requester says to that."""

    answer = TextField(_l("Answer"), [required(), at_most(1000)], widget=TextArea())


class DelegationForm(Form):
    """Who decides in one's place, from when to when."""

    to_person_id = RowField(_l("Who decides in your place"), [required()])
    starts_on = DayField(_l("First day"), [required()])
    ends_on = DayField(_l("Last day"), [required()])


class RuleForm(Form):
    """When somebody is asked, whom, and in which turn."""

    name = TextField(_l("Name"), [required(), at_most(120)])
    minimum_amount = NumberField(_l("From this amount on"))
    cpv_prefix = SelectField(_l("Category"), coerce=lambda chosen: chosen or None)
    cost_centre_id = RowField(_l("Cost centre"))
    asks_owner = BooleanField(_l("The owner of the cost centre"))
    approver_ids = BoxesField(_l("Colleagues"), coerce=lambda value: UUID(str(value)))
    position = NumberField(_l("Turn"), [required()])
    quorum = NumberField(_l("How many must say yes"), [required()])
    deadline_days = NumberField(_l("Working days to decide"), [required()])


class PolicyForm(Form):
    """How the organisation buys."""

    is_ordering_automatic = BooleanField(
        _l("Place orders by themselves as soon as a requisition is approved")
    )
    hold_days = NumberField(_l("Days for which price, stock and budget are held"), [required()])


def _voice(chosen: str) -> tuple[UUID, str]:
    found = VOICE.fullmatch(chosen)
    if found is None:
        raise Invalid(_l("Please choose from the list."), field="chosen")
    return UUID(found["step"]), found["hash"]
