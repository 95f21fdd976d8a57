"""How does Alembic reach our database and our models?"""

from collections.abc import Iterable

from alembic import context
from alembic.migration import MigrationContext
from alembic.operations import ops

from marketplace.app import rooms
from marketplace.foundation.db import Base, owner_engine
from marketplace.foundation.tenancy import HERE, ME

rooms()


def secure_new_tables(
    _context: MigrationContext, _revision: object, scripts: Iterable[ops.MigrationScript]
) -> None:
    """Let a drafted migration secure each table that it creates, as the model's tenancy and lifecycle say."""
    for script in scripts:
        for upgrade in script.upgrade_ops_list:
            for create in [o for o in upgrade.ops if isinstance(o, ops.CreateTableOp)]:
                upgrade.ops.extend(ops.ExecuteSQLOp(text) for text in statements(create.table_name))
        script.imports |= {"from migrations.statements import door, guard, secure"}


def statements(table_name: str) -> list[str]:
    """The statements of `migrations/statements.py` that belong to a table."""
    model = next(m.class_ for m in Base.registry.mappers if table_name in (t.name for t in m.tables))
    readers, writers = (
        p.replace(HERE, "{HERE}").replace(ME, "{ME}") for p in (model.tenancy.readers, model.tenancy.writers)
    )
    said = [
        f'secure("{table_name}", readers="{readers}", writers="{writers}",'
        f' grants="{", ".join(model.tenancy.grants)}", platform_grants="{", ".join(model.tenancy.platform_grants)}")'
    ]
    for column in model.__table__.columns:
        if "lifecycle" in column.info:
            moves = ", ".join(f'"{part}"' for part in column.info["lifecycle"].guard())
            said.append(f'guard("{table_name}", {moves})')
    return said


def run() -> None:
    """Migrate on the connection that the caller handed over, or on one of the owner's."""
    handed = context.config.attributes.get("connection")
    if handed is not None:
        _on(handed)
        return
    with owner_engine().connect() as connection:
        _on(connection)
        connection.commit()


def _on(connection: object) -> None:
    context.configure(
        connection=connection,  # type: ignore[arg-type]
        target_metadata=Base.metadata,
        process_revision_directives=secure_new_tables,
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
