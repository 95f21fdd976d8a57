"""Where is measured? On an embedded PostgreSQL (fsync on) and Redis of its own, in a folder that goes away."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from marketplace.commands.filling import fill
from marketplace.commands.preflight import free_port
from marketplace.commands.progress import step
from marketplace.commands.surroundings import settle, surroundings
from marketplace.foundation.settings import current_settings

LOOPBACK = "127.0.0.1"


@contextmanager
def measured_place() -> Iterator[Path]:
    """Inside, the settings speak of an empty, migrated database, a queue and a free port; yields DATA_DIR.

    A DATABASE_URL or REDIS_URL of the environment is not touched.
    """
    folder = Path(tempfile.mkdtemp(prefix="marketplace-bench-"))
    folder.chmod(0o711)  # as root the database runs under an account of its own, which must get through
    settle(DATA_DIR=str(folder), DATABASE_URL="", REDIS_URL="", SECRET_KEY="", IS_DEMO="false")
    try:
        settle(HOST=LOOPBACK, PORT=str(free_port(LOOPBACK, current_settings().port)), PUBLIC_URL="")
        with surroundings(may_join=False) as here:
            with step("Making the database"):
                fill(here, wants_demo=False)
            yield here.folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
