"""Holds the repository against the rules of the house: run.py [--build FOLDER] [ARCHIVE]..."""
import argparse
import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parent))
import floors
import headers
import layout
import names
import purity
import readme
import sizes
import tree as tree_module

RULES = [floors.check_floors, floors.check_heavy_headers, floors.check_cycles,
         sizes.check_lines, sizes.check_files, sizes.check_functions, sizes.check_interfaces,
         names.check_top_level, names.check_banned_names, names.check_unfinished,
         names.check_build_files, names.check_headers_guarded,
         readme.check_readme_example, layout.check_layout]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", default=pathlib.Path(__file__).resolve().parents[2])
    parser.add_argument("--build", help="a build folder: include paths, and a cache of results")
    parser.add_argument("archives", nargs="*", help="the archives of floors 0 to 3")
    options = parser.parse_args()
    tree = tree_module.Tree(options.root)
    rules = [(rule.__doc__.splitlines()[0], lambda rule=rule: rule(tree)) for rule in RULES]
    rules.append((headers.check_headers.__doc__,
                  lambda: headers.check_headers(tree, options.build)))
    if options.archives:
        rules.append((purity.__doc__, lambda: purity.check_purity(options.archives)))
    failed = 0
    for title, rule in rules:
        complaints = list(rule())
        print(("ok      " if not complaints else "FAILED  ") + title.strip(), flush=True)
        for complaint in complaints:
            print("        " + complaint)
        failed += bool(complaints)
    print(f"{len(rules) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
