"""What does a migration say beyond tables? Row-level security, the guards of lifecycles, and doors.

These statements are part of history: a new form gets a new name, an old one stays as it is.
"""

from alembic import op
from sqlalchemy import text

HERE = "(select nullif(current_setting('app.organisation_id', true), '')::uuid)"
ME = "(select nullif(current_setting('app.person_id', true), '')::uuid)"
TENANT, PLATFORM, DOORS, RUNTIME = (
    f"marketplace_{role}" for role in ("tenant", "platform", "doors", "runtime")
)


def secure(table: str, *, readers: str, writers: str, grants: str, platform_grants: str) -> None:
    """Force row-level security on `table`: tenants by the two predicates (HERE and ME filled in), the platform all."""
    readers, writers = (p.replace("{HERE}", HERE).replace("{ME}", ME) for p in (readers, writers))
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY readers ON {table} FOR SELECT TO {TENANT} USING ({readers})")
    op.execute(
        f"CREATE POLICY writers ON {table} FOR ALL TO {TENANT} USING ({writers}) WITH CHECK ({writers})"
    )
    op.execute(
        f"CREATE POLICY platform ON {table} FOR ALL TO {PLATFORM}, {DOORS} USING (true) WITH CHECK (true)"
    )
    if grants:
        op.execute(f"GRANT {grants} ON {table} TO {TENANT}")
    op.execute(f"GRANT {platform_grants} ON {table} TO {PLATFORM}, {DOORS}")


def rewrite_policies(table: str, *, readers: str, writers: str) -> None:
    """Say anew which rows of `table` tenants read and write (HERE and ME filled in)."""
    readers, writers = (p.replace("{HERE}", HERE).replace("{ME}", ME) for p in (readers, writers))
    op.execute(f"ALTER POLICY readers ON {table} USING ({readers})")
    op.execute(f"ALTER POLICY writers ON {table} USING ({writers}) WITH CHECK ({writers})")


def guard(table: str, initial: str, *moves: str) -> None:
    """Let `table` take only these moves of its status ("source>target"), and new rows only in the initial one."""
    arguments = ", ".join(f"'{argument}'" for argument in (initial, *moves))
    op.execute(
        f"CREATE TRIGGER lifecycle_guard BEFORE INSERT OR UPDATE OF status ON {table}"
        f" FOR EACH ROW EXECUTE FUNCTION lifecycle_guard({arguments})"
    )


def door(signature: str, definition: str, *, to: str = f"{TENANT}, {PLATFORM}") -> None:
    """A function of the schema `doors` that does one checked thing with rights of its own, open to the roles `to`.

    `signature` is its name with argument types; `definition` what follows CREATE FUNCTION, without SECURITY DEFINER.
    """
    op.execute(f"CREATE FUNCTION doors.{definition}")
    op.execute(f"ALTER FUNCTION doors.{signature} SECURITY DEFINER SET search_path = public, pg_temp")
    op.execute(f"ALTER FUNCTION doors.{signature} OWNER TO {DOORS}")
    op.execute(f"REVOKE ALL ON FUNCTION doors.{signature} FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION doors.{signature} TO {to}")


def shown(product: str) -> str:
    """Whether an actor may see a row of products that is another's: the one predicate of policies and doors."""
    return f"{product}.status = 'published' AND {within_circles(product)}"


def in_term(product: str) -> str:
    """Whether the day of the transaction is one on which a row of products is offered; asked once a statement."""
    has_begun = f"({product}.starts_on IS NULL OR {product}.starts_on <= (SELECT present_day()))"
    return f"{has_begun} AND ({product}.ends_on IS NULL OR {product}.ends_on >= (SELECT present_day()))"


def offered(product: str) -> str:
    """As `shown`, and on the day: the one predicate of policies and doors since migration 0194."""
    return f"{product}.status = 'published' AND {in_term(product)} AND {within_circles(product)}"


def within_circles(product: str) -> str:
    """Whether a row of products is for everybody, or for a circle that the actor belongs to; asked once a statement."""
    return f"({product}.circle_id IS NULL OR {product}.circle_id = ANY ((SELECT doors.circles())::uuid[]))"


def reword_doors(old: str, new: str) -> None:
    """Let each door that says `old` say `new` instead; its owner and who may knock stay. LookupError if none does."""
    found = op.get_bind().execute(
        text(
            "SELECT pg_get_functiondef(oid) FROM pg_proc"
            " WHERE pronamespace = 'doors'::regnamespace AND position(:old IN prosrc) > 0"
        ),
        {"old": old},
    )
    definitions = list(found.scalars())
    if not definitions:
        raise LookupError(old)
    for definition in definitions:
        op.get_bind().exec_driver_sql(definition.replace(old, new).replace("%", "%%"))
