"""How does a command call the rooms of the house?"""

from collections.abc import Iterator
from contextlib import contextmanager

from marketplace.app import create_app
from marketplace.foundation.errors import Refusal
from marketplace.foundation.language import speaking
from marketplace.foundation.processes import CannotStart
from marketplace.foundation.settings import current_settings


@contextmanager
def inside() -> Iterator[None]:
    """All rooms are open, addresses of pages and documents can be written, and a refusal is one sentence."""
    with create_app().test_request_context(base_url=current_settings().address):
        try:
            yield
        except Refusal as refusal:
            with speaking("en"):
                raise CannotStart(str(refusal)) from refusal
