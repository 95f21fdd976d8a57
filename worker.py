"""What does a worker process run? The jobs of the queue: `python worker.py`, on as many hosts as wanted."""

from marketplace.app import create_app
from marketplace.foundation.background import work

app = create_app()

if __name__ == "__main__":
    with app.app_context():
        work()
