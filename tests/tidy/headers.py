"""Each header compiles alone, so that a reader may include it first."""
import concurrent.futures
import hashlib
import json
import os
import pathlib
import shlex
import subprocess

FLAGS = ["-std=c++20", "-fsyntax-only", "-x", "c++"]


def include_flags(build):
    """Where the build looks for libraries: the -I and -isystem flags of its compile commands."""
    commands = pathlib.Path(build) / "compile_commands.json" if build else None
    if not commands or not commands.exists():
        return []
    found = {}
    for entry in json.loads(commands.read_text()):
        words = shlex.split(entry["command"])
        for word, following in zip(words, words[1:] + [""]):
            if word == "-isystem":
                found[following] = None
            elif word.startswith("-I/"):
                found[word[2:]] = None
    found.pop("/usr/include", None)  # given as -isystem it hides the compiler's own order
    return [word for folder in found for word in ("-isystem", folder)]


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
    names = [name for name in tree.named(".hpp") if name.startswith(("include/", "src/"))]
    flags = include_flags(build)
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
