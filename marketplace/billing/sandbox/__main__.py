"""How is the sandbox started by hand?

`python -m marketplace.billing.sandbox data/stripe.sqlite --port 8025`
"""

import argparse
import sys
from pathlib import Path

from marketplace.billing.sandbox.server import SandboxNotStarted, serve_sandbox


def main(arguments: list[str]) -> int:
    """Serve until stopped; 0 after a clean end, 1 when the sandbox cannot listen."""
    parser = argparse.ArgumentParser(description="A stand-in for Stripe on this machine. No real money.")
    parser.add_argument("file", type=Path, help="the SQLite file in which it remembers")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8025, help="0: any free one")
    chosen = parser.parse_args(arguments)
    try:
        serve_sandbox(chosen.file, chosen.host, chosen.port, announce=lambda url: print(url, flush=True))
    except SandboxNotStarted as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
