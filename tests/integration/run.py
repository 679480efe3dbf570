"""Runs the unittest cases of the modules named (none: of all); ends with `N passed, N failed`."""
import pathlib
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent


class Result(unittest.TextTestResult):
    passed = 0

    def addSuccess(self, test):
        super().addSuccess(test)
        self.passed += 1


def main():
    sys.path.insert(0, str(HERE))
    names = sys.argv[1:] or sorted(file.stem for file in HERE.glob("test_*.py"))
    suite = unittest.defaultTestLoader.loadTestsFromNames(names)
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2, resultclass=Result).run(suite)
    bad = len({str(test) for test, _ in result.failures + result.errors})
    skipped = f", {len(result.skipped)} skipped" if result.skipped else ""
    print(f"{result.passed} passed, {bad} failed{skipped}", flush=True)
    return 0 if bad == 0 and result.passed > 0 else 1


sys.exit(main())
