"""`python -m web.translations check | missing [CAPABILITY]`."""

import sys

from web.translations.check import CATALOGUES, as_po, complaints, missing, source_texts

USAGE = "usage: python -m web.translations check | missing [CAPABILITY]"


def main(arguments: list[str]) -> int:
    match arguments:
        case ["check"]:
            found = list(complaints())
            for line in found:
                sys.stdout.write(line + "\n")
            if not found:
                sys.stdout.write(f"{len(source_texts())} texts, complete in every language\n")
            return 1 if found else 0
        case ["missing", *wanted]:
            for lang in CATALOGUES:
                for capability, texts in sorted(missing(lang).items()):
                    if not wanted or capability in wanted:
                        sys.stdout.write(f"# ---- web/locale/{lang}/{capability}.po ----\n\n")
                        sys.stdout.write(as_po(texts) + "\n")
            return 0
    sys.stderr.write(USAGE + "\n")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
