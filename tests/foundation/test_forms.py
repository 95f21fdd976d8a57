"""Is what a person types understood as they meant it, or asked again?"""

from decimal import Decimal

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict
from wtforms.validators import Optional
from wtforms.widgets import TextArea

from marketplace.foundation.errors import Conflict
from marketplace.foundation.forms import (
    AddressField,
    BoxesField,
    Form,
    LinesField,
    NumberField,
    TextField,
    at_most,
    choices,
    file_name,
    required,
)


class OfferForm(Form):
    amount = NumberField("Amount", [required()])
    note = TextField("Note", [Optional(), at_most(5)])
    codes = LinesField("Codes")
    email = AddressField("E-mail")
    boxes = BoxesField("Boxes", choices=choices({"a": "A", "b": "B"}))


class StoryForm(Form):
    title = TextField("Title", [required()])
    story = TextField("Story", widget=TextArea())


def told(portal: Flask, **values: str) -> StoryForm:
    with portal.test_request_context(headers={"Accept-Language": "en"}):
        form = StoryForm(MultiDict(values))
        form.validate()
        return form


def typed(portal: Flask, language: str = "en", **values: str | list[str]) -> OfferForm:
    with portal.test_request_context(headers={"Accept-Language": language}):
        form = OfferForm(MultiDict({"email": "a@b.example", **values}))
        form.validate()
        return form


@pytest.mark.parametrize(
    ("language", "text", "number"),
    [
        ("en", "1,234.5", "1234.5"),
        ("en", "1234", "1234"),
        ("en", " 7 ", "7"),
        ("fr", "1 234,5", "1234.5"),
        ("fr", "1\u202f234,50", "1234.50"),
        ("fr", "1\u00a0234", "1234"),
        ("fr", "-0,5", "-0.5"),
    ],
)
def test_number_is_read_in_the_language_of_the_page(
    portal: Flask, language: str, text: str, number: str
) -> None:
    form = typed(portal, language, amount=text)
    assert form.amount.data == Decimal(number)
    assert not form.amount.errors


@pytest.mark.parametrize(
    ("language", "text"),
    [("en", "12,5"), ("fr", "12.5"), ("en", "abc"), ("en", "1,23,456"), ("en", "NaN"), ("en", "1e3")],
)
def test_number_that_could_be_either_is_asked_again(portal: Flask, language: str, text: str) -> None:
    form = typed(portal, language, amount=text)
    assert form.amount.data is None
    assert form.amount.errors
    assert form.amount._value() == text


def test_number_that_is_missing_is_none_and_asked_for(portal: Flask) -> None:
    form = typed(portal, amount="  ")
    assert form.amount.data is None
    assert form.amount.errors


def test_text_loses_blanks_and_control_characters(portal: Flask) -> None:
    assert typed(portal, amount="1", note=" a\x00b\x1b ").note.data == "ab"
    assert typed(portal, amount="1", note="   ").note.data is None
    assert typed(portal, amount="1", note="123456").note.errors


def test_lines_are_the_entries_of_a_scanner(portal: Flask) -> None:
    assert typed(portal, codes=" L-1\r\n\r\nS\x0022 \n").codes.data == ["L-1", "S22"]
    form = typed(portal, codes="L-1\nL-2")
    assert form.codes() == '<textarea id="codes" name="codes">\r\nL-1\nL-2</textarea>'
    assert typed(portal).codes.data == []


@pytest.mark.parametrize("address", ["A@B.Example ", "first.last+tag@sub.example"])
def test_address_is_kept_in_lower_case(portal: Flask, address: str) -> None:
    form = typed(portal, amount="1", email=address)
    assert form.email.data == address.strip().lower()
    assert not form.email.errors


@pytest.mark.parametrize(
    "address", ["a", "a@b", "a b@c.example", "a@b.example\nBcc: x@y.example", "<a@b.example>"]
)
def test_address_that_is_none_is_refused(portal: Flask, address: str) -> None:
    assert typed(portal, amount="1", email=address).email.errors


def test_boxes_are_several_of_the_choices(portal: Flask) -> None:
    assert typed(portal, amount="1", boxes=["a", "b"]).boxes.data == ["a", "b"]
    assert typed(portal, amount="1", boxes=["c"]).boxes.errors
    assert typed(portal, amount="1").boxes.data == []


def test_refuse_stands_beside_its_field_or_above_the_form(portal: Flask) -> None:
    form = typed(portal, amount="1")
    form.refuse(Conflict("Taken.", field="note"))
    form.refuse(Conflict("Too late."))
    form.refuse(Conflict("Elsewhere.", field="unknown"))
    assert form.note.errors == ["Taken."]
    assert form.form_errors == ["Too late.", "Elsewhere."]


def test_values_are_what_goes_to_the_action(portal: Flask) -> None:
    form = typed(portal, amount="1")
    unsaid = {"note": None, "codes": [], "boxes": []}
    assert form.values() == {"amount": Decimal(1), "email": "a@b.example", **unsaid}


def test_a_number_that_no_column_holds_is_refused_at_its_field(portal: Flask) -> None:
    assert typed(portal, amount="9" * 13).amount.errors == ["This number is out of range."]


def test_a_text_is_on_one_line_where_it_is_typed_into_one(portal: Flask) -> None:
    form = told(portal, title="Bob\r\nBcc: eve@x.example", story="One.\r\n\r\nTwo.\x00")
    assert form.title.data == "Bob Bcc: eve@x.example"
    assert form.story.data == "One.\n\nTwo."


def test_a_text_of_nothing_that_can_be_read_is_missing(portal: Flask) -> None:
    assert told(portal, title="\u202e\x00").title.errors == ["Please fill this in."]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\secret\\plan.pdf", "plan.pdf"),
        ("a\r\nX-Evil: 1.csv", "a X-Evil: 1.csv"),
        ("\u202efdp.exe", "fdp.exe"),
        ("..", "file"),
        ("x" * 300 + ".csv", "x" * 196 + ".csv"),
    ],
)
def test_an_uploaded_file_is_called_by_its_own_name_alone(given: str, kept: str) -> None:
    assert file_name(given) == kept


@pytest.mark.parametrize(
    "address",
    ["=?utf-8?q?eve=40x.example=2C?=a@b.example", "a@[b.example", "a(b@c.example", "a:b@c.example", "a@b"],
)
def test_an_address_that_a_mail_program_reads_otherwise_is_refused(portal: Flask, address: str) -> None:
    assert typed(portal, email=address).email.errors == ["This is no e-mail address."]


@pytest.mark.parametrize("address", ["anne.d+list@mail.example.fr", "élise@dépôt.example", "o_b-1@b.example"])
def test_an_address_as_people_have_it_is_taken(portal: Flask, address: str) -> None:
    assert typed(portal, email=address).email.errors == []
