"""The examples of README.md are the very files that are compiled as tests."""
import re

FOLDER = "tests/embedding/"
BLOCK = re.compile(r"^```(?:cpp|c\+\+)\n(.*?)^```", re.M | re.S)


def program(text):
    return re.sub(r"\A(//[^\n]*\n)+\n?", "", text).strip()


def check_readme_example(tree):
    """Each C++ block of README.md is an example that a test compiles, and each example is shown."""
    if "README.md" not in tree:
        yield "README.md is missing"
        return
    shown = tree.text("README.md")
    blocks = [program(block) for block in BLOCK.findall(shown)]
    if not blocks:
        yield "README.md: no C++ block shows how to embed the engine"
        return
    examples = {name: program(tree.text(name)) for name in tree.files
                if name.startswith(FOLDER) and name.endswith(".cpp")}
    for block in blocks:
        if block not in examples.values():
            yield (f"README.md: a C++ block differs from every example of {FOLDER}, so no test "
                   "compiles it")
    for name, code in examples.items():
        if code not in blocks:
            yield f"README.md: does not show {name}"
        output = name.removesuffix(".cpp") + ".expected"
        if output in tree and f"```\n{tree.text(output).strip()}\n```" not in shown:
            yield f"README.md: does not show the output that the test expects, {output}"
