"""What does somebody type who writes a buying rule?"""

from uuid import UUID

from wtforms import BooleanField, SelectField
from wtforms.validators import Optional

from marketplace.buyers.policies.evaluating import Effect, PolicyKind
from marketplace.buyers.policies.wording import EFFECTS, KINDS
from marketplace.foundation.forms import (
    BoxesField,
    DayField,
    Form,
    NumberField,
    RowField,
    TextField,
    at_most,
    choices,
    required,
)
from marketplace.foundation.language import lazy_text as _l


class PolicyRuleForm(Form):
    """What a rule asks, of which lines, from when until when; of a kind, which says what it measures."""

    name = TextField(_l("Name"), [required(), at_most(120)])
    effect = SelectField(_l("What the rule does"), coerce=lambda chosen: Effect(chosen) if chosen else None)
    figure = NumberField(_l("Figure"))
    supplier_ids = BoxesField(_l("Preferred suppliers"), coerce=lambda value: UUID(str(value)))
    cpv_prefix = TextField(_l("Category (CPV)"), [at_most(20)])
    minimum_amount = NumberField(_l("From this amount on"))
    cost_centre_id = RowField(_l("Cost centre"))
    site_id = RowField(_l("Site"))
    starts_on = DayField(_l("First day"), [required()])
    ends_on = DayField(_l("Last day"), [Optional()])
    is_on = BooleanField(_l("The rule is switched on"))

    def be_of_kind(self, kind: PolicyKind) -> None:
        """Ask for what that kind needs, and for nothing that it knows nothing of."""
        self.effect.choices = choices({effect: state.label for effect, state in EFFECTS.items()})
        self.effect.flags.required = True
        words = KINDS[kind]
        if words.figure:
            self.figure.label.text = words.figure
            self.figure.flags.required = True
        else:
            del self.figure
        if kind == PolicyKind.PREFERRED_SUPPLIER:
            self.supplier_ids.flags.required = True
        else:
            del self.supplier_ids
        self.cpv_prefix.flags.required = kind == PolicyKind.CATEGORY_BAN
