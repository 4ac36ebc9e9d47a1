"""French `--help` for the platform's own commands."""

import argparse

from django.core.management.base import BaseCommand, DjangoHelpFormatter

OPTIONS_DJANGO = {
    "--version",
    "--verbosity",
    "--settings",
    "--pythonpath",
    "--traceback",
    "--no-color",
    "--force-color",
}


class AideFrancaise(DjangoHelpFormatter):
    def add_usage(self, usage, actions, groups, prefix=None):
        super().add_usage(usage, actions, groups, prefix or "usage : ")


class Commande(BaseCommand):
    """A command whose help shows its own arguments, in French; Django's technical options stay available, unlisted."""

    suppressed_base_arguments = OPTIONS_DJANGO

    def create_parser(self, prog_name, subcommand, **kwargs):
        parser = super().create_parser(prog_name, subcommand, formatter_class=AideFrancaise, **kwargs)
        parser._positionals.title, parser._optionals.title = "arguments", "options"
        for action in parser._actions:
            if action.dest == "help":
                action.help = "affiche cette aide"
            elif action.dest == "skip_checks":
                action.help = argparse.SUPPRESS
        return parser
