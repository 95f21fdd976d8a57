"""What does a web server load? Any WSGI server: `granian --interface wsgi wsgi:app`."""

from marketplace.app import create_app

app = create_app()
