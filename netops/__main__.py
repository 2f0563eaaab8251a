"""Where ``netops`` begins: the language is chosen before any text is made."""

from netops.i18n import choose_language, set_language


def main() -> None:
    """Run the command line; exits with 0, 1 (a check failed) or 2 (bad use or settings)."""
    set_language(choose_language())
    from netops.cli.app import run_command_line  # noqa: PLC0415 - help texts are translated as they are defined

    run_command_line()


if __name__ == "__main__":
    main()
