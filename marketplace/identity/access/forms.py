"""What does somebody type to sign in, to join, and to keep their access in order?"""

from typing import Any

from babel.numbers import get_currency_name
from wtforms import EmailField, PasswordField, SelectField

from marketplace.foundation.countries import countries
from marketplace.foundation.forms import AddressField, BoxesField, Form, TextField, at_most, choices, required
from marketplace.foundation.language import lazy_text as _l, locale

SIDES = {"buyer": _l("We buy"), "supplier": _l("We sell")}
CURRENCIES = ("EUR", "CHF", "GBP", "USD", "SEK", "NOK", "DKK", "PLN", "CZK", "HUF", "RON", "CAD", "JPY")
NEW = {"autocomplete": "new-password"}


class SignInForm(Form):
    """E-mail and password."""

    email = EmailField(_l("E-mail"), [required()], render_kw={"autocomplete": "username"})
    password = PasswordField(
        _l("Password"), [required(), at_most(200)], render_kw={"autocomplete": "current-password"}
    )


class ApplicationForm(Form):
    """An organisation that asks to be admitted."""

    name = TextField(_l("Registered name"), [required(), at_most(120)])
    sides = BoxesField(_l("What the organisation does here"), [required()], choices=choices(SIDES))
    country = SelectField(_l("Country"), [required()], default="FR")
    currency = SelectField(_l("Currency it trades in"), [required()], default="EUR")
    registration_number = TextField(_l("Registration number (SIREN in France)"), [at_most(40)])
    vat_number = TextField(_l("VAT number"), [at_most(40)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.country.choices = choices(countries())
        names = {code: get_currency_name(code, locale=locale()) for code in CURRENCIES}
        self.currency.choices = choices({code: f"{name} ({code})" for code, name in names.items()})


class SignUpForm(ApplicationForm):
    """An organisation and the person who founds it here."""

    person_name = TextField(_l("Your name"), [required(), at_most(120)], render_kw={"autocomplete": "name"})
    email = AddressField(_l("E-mail"), render_kw={"autocomplete": "username"})
    password = PasswordField(_l("Password"), [required()], render_kw=NEW)


class ForgottenForm(Form):
    """Who has forgotten their password."""

    email = AddressField(_l("E-mail"), render_kw={"autocomplete": "username"})


class NewPasswordForm(Form):
    """A new password."""

    password = PasswordField(_l("New password"), [required()], render_kw=NEW)


class ChangePasswordForm(Form):
    """The present password and another one."""

    present = PasswordField(
        _l("Present password"), [required(), at_most(200)], render_kw={"autocomplete": "current-password"}
    )
    password = PasswordField(_l("New password"), [required()], render_kw=NEW)


class NewcomerForm(Form):
    """What somebody says who is invited and has no account."""

    name = TextField(_l("Your name"), [required(), at_most(120)], render_kw={"autocomplete": "name"})
    password = PasswordField(_l("Password"), [required()], render_kw=NEW)


class KnownForm(Form):
    """What somebody says who is invited and has an account, but is not signed in."""

    password = PasswordField(
        _l("Password of your account"),
        [required(), at_most(200)],
        render_kw={"autocomplete": "current-password"},
    )


class AcceptForm(Form):
    """What somebody says who is invited and signed in: yes."""


class ApiKeyForm(Form):
    """What a program's key is for, and what it may do."""

    label = TextField(_l("What it is for"), [required(), at_most(80)])
    roles = BoxesField(_l("Roles"), [required()])
