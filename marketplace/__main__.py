"""How does `python -m marketplace` start? As the operator's command line."""

from marketplace.commands.main import cli

if __name__ == "__main__":
    cli(prog_name="marketplace")
