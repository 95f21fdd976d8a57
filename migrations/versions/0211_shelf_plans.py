"""A shelf is read by a plan for that very shelf.

Revision ID: 0211
Revises: 0194
"""

from migrations.statements import reword_doors

revision = "0211"
down_revision = "0194"
branch_labels = None
depends_on = None

# After some executions a connection keeps one plan for all questions. It is as good for words, whose terms are looked
# up one by one; of a shelf with choices it does not know how little of the market stands there, and reads all products.
REWORDED = {
    "BEGIN\n    RETURN (\n        WITH asked AS MATERIALIZED (": (
        "    answer jsonb;\nBEGIN\n    IF NOT is_typed THEN\n"
        "        PERFORM set_config('plan_cache_mode', 'force_custom_plan', true);\n"
        "    END IF;\n    answer := (\n        WITH asked AS MATERIALIZED ("
    ),
    "        )\n    );\nEND ": (
        "        )\n    );\n    PERFORM set_config('plan_cache_mode', 'auto', true);\n    RETURN answer;\nEND "
    ),
}


def upgrade() -> None:
    """One door."""
    for old, new in REWORDED.items():
        reword_doors(old, new)
