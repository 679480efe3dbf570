"""The files of the repository as the rules see them."""
import functools
import pathlib
import re
import subprocess

CODE = (".cpp", ".hpp", ".c", ".h", ".py", ".java", ".js", ".sh")
CXX = (".cpp", ".hpp", ".c", ".h")
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+["<]([^">]+)[">]', re.M)


class Tree:
    """A folder and the paths in it, relative and with forward slashes."""

    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.files = sorted(self._listed() if (self.root / ".git").exists() else self._walked())
        self._known = frozenset(self.files)

    def _listed(self):
        command = ["git", "-c", f"safe.directory={self.root.resolve()}", "ls-files", "-z",
                   "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, cwd=self.root, check=True, capture_output=True)
        names = listed.stdout.decode().split("\0")
        return {name for name in names if name and (self.root / name).is_file()}

    def _walked(self):
        return {path.relative_to(self.root).as_posix()
                for path in self.root.rglob("*") if path.is_file()}

    def __contains__(self, name):
        return name in self._known

    def named(self, *suffixes):
        return [name for name in self.files if name.endswith(suffixes)]

    @functools.lru_cache(maxsize=None)
    def text(self, name):
        return (self.root / name).read_text(encoding="utf-8", errors="replace")

    def lines(self, name):
        return self.text(name).splitlines()

    def includes(self, name):
        """As written, in order."""
        return INCLUDE.findall(self.text(name))

    def resolve(self, name, include):
        """The file of this tree that an include line of `name` means; None: a library's."""
        folder = name.rpartition("/")[0]
        for base in (folder, "include", "src", "tests", "bindings/c"):
            candidate = f"{base}/{include}" if base else include
            if candidate in self:
                return candidate
        return None


def sources_without_text(text):
    """C++ with comments, strings and character literals blanked; line breaks are kept."""
    def blank(match):
        return re.sub(r"[^\n]", " ", match.group(0))
    pattern = (r'//[^\n]*|/\*.*?\*/|R"([^(\s]*)\(.*?\)\1"'
               r'|"(?:\\.|[^"\\\n])*"|(?<![0-9a-zA-Z_])\'(?:\\.|[^\'\\\n])+\'')
    return re.sub(pattern, blank, text, flags=re.S)
