"""Length of lines, files and functions, and the width of interfaces."""
import re

import tree as tree_module

LINE_MAX, FUNCTION_MAX, VIRTUALS_MAX = 100, 70, 10
FILE_MAX, TEST_FILE_MAX, HEADER_MAX = 400, 500, 200
MEASURED = tree_module.CODE + (".build", "meson_options.txt")


def _is_program(tree, name):
    """A script without a suffix, as quickstart and tests/run are."""
    return "." not in name.rpartition("/")[2] and tree.text(name).startswith("#!")


def check_lines(tree):
    """No line over 100 columns."""
    for name in tree.files:
        if not name.endswith(MEASURED) and not _is_program(tree, name):
            continue
        for number, line in enumerate(tree.lines(name), 1):
            if len(line) > LINE_MAX and "http" not in line:
                yield f"{name}:{number}: {len(line)} columns, at most {LINE_MAX}"


def check_files(tree):
    """Source files to 400 lines, tests to 500, public headers to 200."""
    for name in tree.named(*MEASURED):
        limit = FILE_MAX
        if name.startswith("tests/"):
            limit = TEST_FILE_MAX
        if name.startswith("include/"):
            limit = HEADER_MAX
        count = len(tree.lines(name))
        if count > limit:
            yield f"{name}: {count} lines, at most {limit}"


_TEMPLATE = re.compile(r"\btemplate\s*<(?:[^<>]|<(?:[^<>]|<[^<>]*>)*>)*>")
_TYPE = re.compile(r"\b(class|struct|union|enum)\b")
_CONTINUES_INITIALISERS = re.compile(r"\)[^;{}]*(?<!:):(?!:).*[\w>]\s*$", re.S)


def _kind_of_block(head):
    """What an opening brace outside of functions opens, by the text before it."""
    head = _TEMPLATE.sub(" ", head)
    if re.search(r"\bnamespace\b|\bextern\s*$", head):
        return "namespace"
    plain = re.sub(r"operator\s*[^\s\w(]+", "operator", head)
    if "(" in plain and _CONTINUES_INITIALISERS.search(plain):
        return "initialiser"
    before_call = plain.split("(", 1)[0]
    if "(" in plain and "=" not in before_call:
        return "function"
    if _TYPE.search(before_call) and "=" not in before_call:
        return "type"
    return "initialiser"


def functions_of(text):
    """(first line, last line) of each function body's definition at namespace or class scope."""
    text = re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", lambda m: re.sub(r"[^\n]", " ", m.group(0)),
                  tree_module.sources_without_text(text), flags=re.M)
    found, blocks, head_start = [], [], 0
    for match in re.finditer(r"[{};]", text):
        position = match.start()
        inside = any(kind in ("function", "initialiser") for kind, _ in blocks)
        if match.group() == "{":
            kind = "block" if inside else _kind_of_block(text[head_start:position])
            blocks.append((kind, head_start))
            if not inside and kind != "initialiser":
                head_start = position + 1
        elif match.group() == "}" and blocks:
            kind, start = blocks.pop()
            if kind == "function":
                start += len(text[start:]) - len(text[start:].lstrip())
                found.append((text.count("\n", 0, start) + 1, text.count("\n", 0, position) + 1))
            if kind in ("function", "type", "namespace"):
                head_start = position + 1
        elif match.group() == ";" and not inside:
            head_start = position + 1
    return found


def _python_functions(text):
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        match = re.match(r"(\s*)(async )?def ", line)
        if not match:
            continue
        last = number
        for later in range(number, len(lines)):
            body = lines[later]
            if body.strip() and len(body) - len(body.lstrip()) <= len(match.group(1)):
                if not body.lstrip().startswith(")"):
                    break
            if body.strip():
                last = later + 1
        yield number, last


def check_functions(tree):
    """No function over 70 lines: it fits on a screen."""
    for name in tree.named(*tree_module.CXX, ".py"):
        found = _python_functions if name.endswith(".py") else functions_of
        for first, last in found(tree.text(name)):
            if last - first + 1 > FUNCTION_MAX:
                length = last - first + 1
                yield f"{name}:{first}: a function of {length} lines, at most {FUNCTION_MAX}"


def check_interfaces(tree):
    """No interface asks more than ten methods (and the destructor) of who implements it."""
    for name in tree.named(".hpp", ".h"):
        text = tree_module.sources_without_text(tree.text(name))
        starts = [match.start() for match in re.finditer(r"^(?:class|struct) \w+", text, re.M)]
        for start, end in zip(starts, starts[1:] + [len(text)]):
            count = len(re.findall(r"\bvirtual\b(?!\s*~)", text[start:end]))
            if count > VIRTUALS_MAX:
                line = text.count("\n", 0, start) + 1
                yield f"{name}:{line}: {count} virtual methods, at most {VIRTUALS_MAX}"
