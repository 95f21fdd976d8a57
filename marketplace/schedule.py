"""What is done again and again? Every periodic job of the house, on one page."""

from datetime import timedelta

from marketplace.app import create_app
from marketplace.foundation import mail, outbox, tasks
from marketplace.foundation.periodic import Periodic, run_forever
from marketplace.foundation.settings import current_settings

PERIODICS = (
    Periodic("deliver news that a crash left", timedelta(seconds=3), outbox.sweep),
    Periodic("send mail that still waits", timedelta(seconds=30), mail.send_waiting_mail),
    Periodic("resume tasks whose worker fell silent", timedelta(seconds=60), tasks.resume_tasks),
)


def run_schedule() -> None:
    """Be the schedule of this installation, until told to stop."""
    app = create_app()
    with app.test_request_context(base_url=current_settings().address):
        run_forever(PERIODICS)
