"""Do the migrations make exactly what the models say?"""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from marketplace.app import rooms
from marketplace.foundation.db import Base, owner_engine
from marketplace.foundation.migrating import scripts
from tests.cast import Cast

rooms()


def test_models_and_migrations_agree(market: Cast) -> None:
    with owner_engine().connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, Base.metadata) == []


def test_migrations_are_one_line_without_a_fork() -> None:
    assert len(scripts().get_heads()) == 1
