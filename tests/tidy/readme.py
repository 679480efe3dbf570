"""The embedding example of README.md is the very file that is compiled as a test."""
import re

EXAMPLE = "tests/embedding/host_program.cpp"
OUTPUT = "tests/embedding/host_program.expected"
BLOCK = re.compile(r"^```(?:cpp|c\+\+)\n(.*?)^```", re.M | re.S)


def check_readme_example(tree):
    """Each C++ block of README.md equals the example, but for its leading comment."""
    if "README.md" not in tree:
        yield "README.md is missing"
        return
    blocks = BLOCK.findall(tree.text("README.md"))
    if not blocks:
        yield "README.md: no C++ block shows how to embed the engine"
        return
    if EXAMPLE not in tree:
        yield f"{EXAMPLE} is missing: README.md shows code that no test compiles"
        return
    program = re.sub(r"\A(//[^\n]*\n)+\n?", "", tree.text(EXAMPLE)).strip()
    for block in blocks:
        if re.sub(r"\A(//[^\n]*\n)+\n?", "", block).strip() != program:
            yield f"README.md: a C++ block differs from {EXAMPLE}"
    if OUTPUT in tree and f"```\n{tree.text(OUTPUT).strip()}\n```" not in tree.text("README.md"):
        yield f"README.md: does not show the output that the test expects, {OUTPUT}"
