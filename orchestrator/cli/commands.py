"""A group of commands that names the nearest one where none has the name that was given."""

from typing import Any

import typer
from typer.core import TyperGroup

from orchestrator.errors import InputError, nearest


class Commands(TyperGroup):
    """See the module."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # noqa: ANN401 - typer keeps these types to itself
        """Find the command that `args` begin with.

        Raises:
            InputError: there is none of that name.
        """
        if args[0] not in self.commands:
            where = f"{ctx.info_name} {args[0]}" if ctx.parent else args[0]
            raise InputError(where, f"no such command{nearest(args[0], self.commands)}")
        return super().resolve_command(ctx, args)


def command_group(name: str, help: str) -> typer.Typer:
    """An empty group, plain in its help and in its errors."""
    group = typer.Typer(
        cls=Commands,
        name=name,
        help=help,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    # With a callback, a group of one command stays a group.
    group.callback()(lambda: None)
    return group
