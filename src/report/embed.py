"""Writes text files as arrays of C++ string literals: embed.py OUTPUT NAME=FILE..."""
import pathlib
import re
import sys

PIECE = 40_000  # characters; compilers warn of literals over 64 KiB


def pieces(text):
    for start in range(0, max(len(text), 1), PIECE):
        yield f'R"embedded({text[start:start + PIECE]})embedded"'


def main():
    output, *inputs = sys.argv[1:]
    lines = []
    for entry in inputs:
        name, _, file = entry.partition("=")
        text = pathlib.Path(file).read_text(encoding="utf-8")
        # A map of the sources that is not there: a browser's console would complain.
        text = re.sub(r"(?m)^//# sourceMappingURL=.*\n?", "", text)
        if "</script" in text.lower() or ')embedded"' in text:
            sys.exit(f"{file} cannot stand in a page")
        lines.append(f"constexpr std::string_view {name}[] = {{\n" + ",\n".join(pieces(text))
                     + "};\n")
    pathlib.Path(output).write_text("".join(lines), encoding="utf-8")


main()
