"""Each header compiles alone, so that a reader may include it first.

A header that some source of the build includes before all else is proven by that source's
compilation; only the others are compiled here, and only when something they read has changed.
"""
import concurrent.futures
import hashlib
import json
import os
import pathlib
import shlex
import subprocess

FLAGS = ["-std=c++20", "-fsyntax-only", "-x", "c++"]


def compile_commands(build):
    commands = pathlib.Path(build) / "compile_commands.json" if build else None
    return json.loads(commands.read_text()) if commands and commands.exists() else []


def include_flags(commands):
    """Where the build looks for libraries: the -I and -isystem flags of its compile commands."""
    found = {}
    for entry in commands:
        words = shlex.split(entry["command"])
        for word, following in zip(words, words[1:] + [""]):
            if word == "-isystem":
                found[os.path.normpath(following)] = None
            elif word.startswith("-I/"):
                found[os.path.normpath(word[2:])] = None
    found.pop("/usr/include", None)  # given as -isystem it hides the compiler's own order
    return [word for folder in found for word in ("-isystem", folder)]


def proven_headers(tree, commands):
    """Those that a source of the build includes first."""
    root = tree.root.resolve()
    proven = set()
    for entry in commands:
        source = pathlib.Path(entry["directory"], entry["file"]).resolve()
        if root in source.parents:
            name = source.relative_to(root).as_posix()
            includes = tree.includes(name) if name in tree else []
            proven.update(tree.resolve(name, include) for include in includes[:1])
    return proven


def _closure(tree, name, seen):
    if name not in seen:
        seen.add(name)
        for include in tree.includes(name):
            target = tree.resolve(name, include)
            if target:
                _closure(tree, target, seen)
    return seen


def _digest(tree, name, flags):
    """Of all that the header's compilation reads of ours: unchanged means nothing to do."""
    digest = hashlib.sha256(json.dumps(flags).encode())
    for part in sorted(_closure(tree, name, set())):
        digest.update(part.encode() + b"\0" + tree.text(part).encode())
    return digest.hexdigest()


def _compile(tree, name, flags):
    ours = [f"-I{tree.root}/include", f"-I{tree.root}/src"]
    command = ["g++", *FLAGS, *ours, *flags, "-"]
    done = subprocess.run(command, input=f'#include "{tree.root}/{name}"\n', check=False, text=True,
                          capture_output=True, env={**os.environ, "LC_ALL": "C"})
    errors = [line for line in done.stderr.splitlines() if "error" in line]
    return None if done.returncode == 0 else (errors or ["does not compile"])[0]


def check_headers(tree, build=None):
    """Each header of include/ and src/, first and alone in a translation unit."""
    commands = compile_commands(build)
    proven = proven_headers(tree, commands)
    names = [name for name in tree.named(".hpp")
             if name.startswith(("include/", "src/")) and name not in proven]
    flags = include_flags(commands)
    digests = {name: _digest(tree, name, flags) for name in names}
    cache = pathlib.Path(build, "tidy-headers.json") if build else None
    known = set(json.loads(cache.read_text())) if cache and cache.exists() else set()
    due = [name for name in names if digests[name] not in known]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        complaints = dict(zip(due, pool.map(lambda name: _compile(tree, name, flags), due)))
    if cache:
        good = sorted(digests[name] for name in names if not complaints.get(name))
        cache.write_text(json.dumps(good))
    for name, complaint in complaints.items():
        if complaint:
            yield f"{name}: not self-contained: {complaint}"
