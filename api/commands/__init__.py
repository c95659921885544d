"""The terminal: the command `robo` and its subcommands."""

from api.commands.group import main

__all__ = ["main"]
