from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from marketplace.app import rooms
from marketplace.foundation.db import Base, owner_engine
rooms()
def test_it(market):
    with owner_engine().connect() as c:
        ctx=MigrationContext.configure(c, opts={"compare_type":True,"compare_server_default":True})
        d=[x for x in compare_metadata(ctx, Base.metadata) if any(w in str(x) for w in ('payment','ledger','stripe','payout','commission'))]
        assert d==[]
