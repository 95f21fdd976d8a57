"""With which servers and which secret does a command work?

Those of the settings, else those that `marketplace up` runs on the same DATA_DIR, else embedded ones that run
as long as the command does.
"""

import hashlib
import hmac
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from pydantic import ValidationError

from marketplace.commands.preflight import prepared_folder, require_postgres, require_redis, secret_key
from marketplace.commands.programs import start_sandbox
from marketplace.foundation.embedded import start_postgres, start_redis
from marketplace.foundation.processes import CannotStart
from marketplace.foundation.servers import EmbeddedServer, running_url
from marketplace.foundation.settings import Settings, current_settings

DATABASE = "marketplace"
SANDBOX_KEY = "sk_test_marketplace_sandbox"


@dataclass(frozen=True)
class Surroundings:
    """What a command works with; `servers` are those that run only as long as it does."""

    folder: Path
    is_embedded: bool
    """Whether the database is the one in DATA_DIR."""
    stack: ExitStack
    servers: list[EmbeddedServer] = field(default_factory=list)

    def url_of(self, name: str, start: Callable[[Path], EmbeddedServer], *, may_join: bool) -> str:
        """The URL of the server in the folder of that name: the one that runs there, else one that is
        started.
        """
        found = running_url(self.folder / name) if may_join else None
        if found:
            return found
        server = start(self.folder / name)
        self.stack.callback(server.stop)
        self.servers.append(server)
        return server.url


@contextmanager
def surroundings(*, may_join: bool = True, needs_stripe: bool = False) -> Iterator[Surroundings]:
    """A database server and a queue that answer (and where it `needs_stripe`, Stripe or its sandbox), settled
    into the environment.

    `may_join` is False for `up` alone: it owns its servers, and does not build on those of another command.
    """
    given = read_settings()
    folder = prepared_folder(given.data_dir)
    if given.database_url:
        require_postgres(given.database_url)
    if given.redis_url:
        require_redis(given.redis_url)
    key = given.secret_key.get_secret_value() or secret_key(folder)
    settle(DATA_DIR=str(folder), SECRET_KEY=key)
    with ExitStack() as stack:
        here = Surroundings(folder, not given.database_url, stack)
        if not given.database_url:
            settle(
                DATABASE_URL=here.url_of(
                    "postgres", partial(start_postgres, database=DATABASE), may_join=may_join
                )
            )
        if not given.redis_url:
            settle(REDIS_URL=here.url_of("redis", start_redis, may_join=may_join))
        if needs_stripe and not given.stripe_api_key.get_secret_value():
            settle(STRIPE_API_KEY=SANDBOX_KEY, STRIPE_WEBHOOK_SECRET=_webhook_secret(key))
            settle(STRIPE_API_BASE=here.url_of("sandbox", start_sandbox, may_join=may_join))
        yield here


def settle(**environment: str) -> Settings:
    """Puts settings into the environment, for this process and those that it starts; returns all settings as
    they now are.
    """
    os.environ.update(environment)
    current_settings.cache_clear()
    return read_settings()


def read_settings() -> Settings:
    """The settings; CannotStart names the one that is wrong."""
    try:
        return current_settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]).upper()
        raise CannotStart(f"The setting {name} cannot be {first['input']!r}: {first['msg']}.") from error


def _webhook_secret(key: str) -> str:
    return "whsec_" + hmac.new(key.encode(), b"sandbox webhooks", hashlib.sha256).hexdigest()
