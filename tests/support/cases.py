"""Runs the unittest cases of a module and ends with `N passed, N failed, N skipped`."""
import sys
import unittest


class Result(unittest.TextTestResult):
    passed = 0

    def addSuccess(self, test):
        super().addSuccess(test)
        self.passed += 1


def run(module="__main__", pattern=None):
    """Requires: called last; ends the program. `pattern` or the command line picks cases."""
    loader = unittest.TestLoader()
    patterns = [pattern] if pattern else sys.argv[1:]
    loader.testNamePatterns = [f"*{word}*" for word in patterns] or None
    suite = loader.loadTestsFromModule(sys.modules[module])
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2, resultclass=Result).run(suite)
    bad = len({str(test) for test, _ in result.failures + result.errors}
              | {str(test) for test in result.unexpectedSuccesses})
    skipped = f", {len(result.skipped)} skipped" if result.skipped else ""
    print(f"{result.passed} passed, {bad} failed{skipped}", flush=True)
    sys.exit(0 if bad == 0 else 1)
