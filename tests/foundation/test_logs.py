"""Does the log tell what went wrong without telling anybody's secrets?"""

import pytest
import structlog
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from marketplace.identity.people.models import Person
from tests.cast import Cast

SECRET = "a secret that nobody reads"


def break_down(password: str) -> None:
    raise ZeroDivisionError(len(password))


def test_an_error_in_the_log_names_the_place_and_no_variable(
    browser: FlaskClient, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        break_down(SECRET)
    except ZeroDivisionError:
        structlog.get_logger().exception("broken", who="one\ntwo")
    written = capsys.readouterr().out
    assert "break_down" in written
    assert "who='one\\ntwo'" in written
    assert SECRET not in written


def test_an_error_of_the_database_names_no_value(market: Cast) -> None:
    with market.platform() as work, pytest.raises(DBAPIError) as refused:
        work.scalar(select(Person.id).where(Person.email == f"{SECRET}\x00"))
    assert "people.email" in str(refused.value)
    assert SECRET not in str(refused.value)
