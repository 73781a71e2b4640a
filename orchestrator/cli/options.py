"""Options that several commands have."""

from typing import Annotated

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print the result as one JSON object.")]

Overrides = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Override a key, as in worlds=256.")
]

Seconds = Annotated[float, typer.Option(min=0.01, max=3600, help="Of each measurement.")]
