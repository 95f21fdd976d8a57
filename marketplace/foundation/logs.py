"""What stands in the log, and what never does?

A line tells what went wrong and where in the code. It never tells what was being worked on: a value in it may be a
password, a token, or somebody's secret. What people have typed is written as one word in quotes, so that nobody writes
lines of their own.
"""

import structlog


def configure() -> None:
    """Let everything that this process logs be written so."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="%Y-%m-%d %H:%M:%S", utc=False),
            structlog.dev.ConsoleRenderer(
                colors=False,
                repr_native_str=True,
                # The other formatters show the variables of every function that the error went through.
                exception_formatter=structlog.dev.plain_traceback,
            ),
        ]
    )
