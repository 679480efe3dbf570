"""The sources are laid out as .clang-format says."""
import concurrent.futures
import os
import shutil
import subprocess

PROGRAM = "clang-format-16"


def check_layout(tree):
    """clang-format would change nothing."""
    if not shutil.which(PROGRAM):
        yield f"{PROGRAM} is not installed; packages.txt names it"
        return
    names = tree.named(".cpp", ".hpp", ".c", ".h")
    parts = [names[first::8] for first in range(8)]

    def complaints(part):
        if not part:
            return []
        done = subprocess.run([PROGRAM, "--dry-run", "--style=file", *part], cwd=tree.root,
                              check=False, capture_output=True, text=True)
        changed = {line.split(":", 1)[0] for line in done.stderr.splitlines() if "warning:" in line}
        other = [line for line in done.stderr.splitlines()[:1] if done.returncode and not changed]
        return sorted(changed) + other

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for found in pool.map(complaints, parts):
            for name in found:
                yield f"{name}: run {PROGRAM} -i on it"
