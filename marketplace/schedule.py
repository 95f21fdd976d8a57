"""What is done again and again? Every periodic job of the house, on one page."""

from datetime import timedelta

from marketplace.app import create_app
from marketplace.buyers.approvals.jobs import escalate_overdue
from marketplace.buyers.requisitions.jobs import expire_holds
from marketplace.foundation import mail, outbox, tasks
from marketplace.foundation.periodic import Periodic, run_forever
from marketplace.foundation.settings import current_settings

PERIODICS = (
    Periodic("deliver news that a crash left", timedelta(seconds=3), outbox.sweep),
    Periodic("send mail that still waits", timedelta(seconds=30), mail.send_waiting_mail),
    Periodic("resume tasks whose worker fell silent", timedelta(seconds=60), tasks.resume_tasks),
    Periodic("ask the procurement leads where a decision is overdue", timedelta(minutes=5), escalate_overdue),
    Periodic("give back what was held for too long", timedelta(minutes=5), expire_holds),
)


def run_schedule() -> None:
    """Be the schedule of this installation, until told to stop."""
    app = create_app()
    with app.test_request_context(base_url=current_settings().address):
        run_forever(PERIODICS)
