"""Is what is said lazily safe to show?"""

from flask import Flask

from marketplace.foundation.language import lazy_text


def test_show_lazy_text_on_a_page_escapes_what_is_filled_in(portal: Flask, speaking: None) -> None:
    sentence = lazy_text("“%(name)s”", name="<b>Gloves</b>")
    shown = portal.jinja_env.from_string("{{ one }} {{ [one, one]|join(' ') }}").render(one=sentence)
    assert shown == " ".join(["“&lt;b&gt;Gloves&lt;/b&gt;”"] * 3)
