"""The verbs of the `registry` command, a module each; registry/cli.py puts them together."""
