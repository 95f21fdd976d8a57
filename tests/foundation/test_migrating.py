"""Can several marketplaces on one server start at the same time?"""

from concurrent.futures import ThreadPoolExecutor

from marketplace.foundation.db import owner_engine
from marketplace.foundation.migrating import make_roles, migrate
from tests.databases import new_database

STARTS = 25


def test_roles_are_written_by_several_at_once() -> None:
    with new_database():
        with ThreadPoolExecutor(4) as starting:
            for done in [starting.submit(_write_again_and_again) for _ in range(4)]:
                done.result()
        migrate()


def _write_again_and_again() -> None:
    for _ in range(STARTS):
        with owner_engine().begin() as connection:
            make_roles(connection)
