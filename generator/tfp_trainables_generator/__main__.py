"""Entry of the command line, which tells what to install where something is missing."""

from __future__ import annotations

import sys

_EXTRA = ("black", "jinja2", "platformdirs", "pydantic", "rich", "tomli", "typer")


def main() -> None:
    """Runs the `tfp-trainables` command."""
    try:
        from tfp_trainables_generator.cli.commands import app
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package not in _EXTRA:
            raise
        sys.stderr.write(
            f"tfp-trainables: the package {package!r} is not installed. The compiler needs the "
            "`generate` extra:\n  pip install 'tfp-trainables[generate]'\n"
        )
        sys.exit(2)
    app()


if __name__ == "__main__":
    main()
