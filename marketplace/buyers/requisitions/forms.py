"""What does somebody type who asks for something to be bought?"""

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from werkzeug.datastructures import MultiDict
from wtforms import Field, HiddenField
from wtforms.validators import Optional, ValidationError
from wtforms.widgets import TextArea

from marketplace.buyers.policies.actions import Reason
from marketplace.buyers.requisitions.policing import reasons_said
from marketplace.foundation.forms import (
    ROW_ID,
    DayField,
    Form,
    NumberField,
    RowField,
    TextField,
    at_most,
    read_text,
    required,
)
from marketplace.foundation.language import lazy_text as _l

SAID, READ, LONGEST = "reason-", "version-", 1000


class AddForm(Form):
    """So much of a product."""

    product_id = HiddenField(validators=[required()], filters=[lambda typed: UUID(typed) if typed else None])
    quantity = NumberField(_l("Quantity"), [required()])


class QuantityForm(Form):
    """Another quantity."""

    quantity = NumberField(_l("Quantity"), [required()])


class ReasonsField(Field):  # type: ignore[misc]
    """Why something is asked for in spite of buying rules; its data is a Reason by rule.

    Each is sent as `reason-<rule>`, with the version that was read as `version-<rule>`.
    """

    def process(self, formdata: MultiDict[str, str] | None, data: Any = None, **_: object) -> None:
        """Read what was sent, else what is kept."""
        self.process_errors: list[str] = []
        self.data: Mapping[UUID, Reason] = reasons_said(data or {}) if formdata is None else _sent(formdata)

    def pre_validate(self, form: Form) -> None:
        """Raises ValidationError where one is too long."""
        if any(len(said.text) > LONGEST for said in self.data.values()):
            raise ValidationError(str(_l("At most %(max)d characters, please.", max=LONGEST)))


def _sent(formdata: MultiDict[str, str]) -> dict[UUID, Reason]:
    """The reasons among what was sent; what is no reason of a rule is left out."""
    found = {}
    for name, typed in formdata.items():
        rule_id, said = name.removeprefix(SAID), read_text(typed, is_long=True)
        version = formdata.get(f"{READ}{rule_id}", "")
        if name.startswith(SAID) and re.fullmatch(ROW_ID, rule_id) and said:
            found[UUID(rule_id)] = Reason(int(version) if re.fullmatch("[0-9]{1,9}", version) else 0, said)
    return found


class DetailsForm(Form):
    """Whom it is for, where it goes, when it is needed."""

    cost_centre_id = RowField(_l("Cost centre"))
    site_id = RowField(_l("Deliver to"))
    needed_on = DayField(_l("Needed on"), [Optional()])
    note = TextField(_l("Note for the approvers"), [at_most(1000)], widget=TextArea())
    reasons = ReasonsField(_l("Why all the same"))


class ReasonForm(Form):
    """Why something is taken back."""

    reason = TextField(_l("Reason"), [at_most(1000)])
