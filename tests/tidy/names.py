"""Names of files and folders, and words that say that something is unfinished."""
import re

TOP = {"meson.build", "meson_options.txt", "include", "src", "bindings", "bench", "etc", "tests",
       "README.md", "quickstart", "LICENSE", "NOTICE", "debian", "packages.txt"}
BANNED = re.compile(r"(^|[/_.-])(utils?|common|misc|helpers?|managers?)([/_.-]|$)", re.I)
# Spelt apart, so that this file keeps its own rule.
MARKS = re.compile(r"\b(" + "|".join(("TO" "DO", "FIX" "ME", "X" "XX", "HA" "CK")) + r")\b")
TEXT = (".cpp", ".hpp", ".c", ".h", ".py", ".java", ".js", ".sh", ".md", ".build", ".txt",
        ".html", ".css", ".sql", ".yaml", ".json")


def check_top_level(tree):
    """The top level holds what was agreed and dot files, nothing else."""
    for top in sorted({name.split("/")[0] for name in tree.files}):
        if top not in TOP and not top.startswith("."):
            yield f"{top}: not part of the agreed top level"


def check_banned_names(tree):
    """No file or folder is called after what it is not: a room without a purpose of its own."""
    for name in tree.files:
        if BANNED.search(name):
            yield f"{name}: a name that says nothing"


def check_unfinished(tree):
    """Nothing is left to be done later by its own word."""
    for name in tree.files:
        if not name.endswith(TEXT) and "." in name.rpartition("/")[2]:
            continue
        for number, line in enumerate(tree.lines(name), 1):
            if MARKS.search(line):
                yield f"{name}:{number}: unfinished by its own word"


def check_build_files(tree):
    """Every C++ source is named in the meson.build of its folder or of one above it."""
    for name in tree.named(".cpp", ".c"):
        folder, _, base = name.rpartition("/")
        stem = base.rpartition(".")[0]
        parts = folder.split("/")
        texts = [tree.text(build) for build in
                 ("/".join(parts[:depth] + ["meson.build"]) for depth in range(len(parts), -1, -1))
                 if build in tree]
        named = re.compile(r"['/]" + re.escape(base) + r"'|'" + re.escape(stem) + r"'")
        if not any(named.search(text) for text in texts):
            yield f"{name}: no meson.build names it"


def check_headers_guarded(tree):
    """Each header is guarded, each C++ file says at its top what it is."""
    for name in tree.named(".hpp", ".cpp"):
        text = tree.text(name)
        if name.endswith(".hpp") and "#pragma once" not in text:
            yield f"{name}: without #pragma once"
        if name.startswith("include/") and not text.startswith("//"):
            yield f"{name}: a public header begins with what it is"
