"""What does a worker process run? The jobs of the queue: `python worker.py`, on as many hosts as wanted."""

from marketplace.commands.worker import worker

if __name__ == "__main__":
    worker()
