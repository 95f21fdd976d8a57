"""What does somebody type to sign in?"""

from wtforms import EmailField, PasswordField

from marketplace.foundation.forms import Form, required
from marketplace.foundation.language import lazy_text as _l


class SignInForm(Form):
    """E-mail and password."""

    email = EmailField(_l("E-mail"), [required()], render_kw={"autocomplete": "username"})
    password = PasswordField(_l("Password"), [required()], render_kw={"autocomplete": "current-password"})
