"""Each rule of the house is seen to fail on a tiny tree that breaks it, and to pass one that
keeps it."""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support")]
import cases
import floors
import headers
import layout
import names
import purity
import readme
import sizes
import tree as tree_module


class TinyTree(unittest.TestCase):
    def complaints(self, rule, files):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in files.items():
                path = pathlib.Path(folder, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            return list(rule(tree_module.Tree(folder)))

    def breaks(self, rule, files, word):
        found = self.complaints(rule, files)
        self.assertTrue(found, "the rule saw nothing")
        self.assertIn(word, " ".join(found))

    def keeps(self, rule, files):
        self.assertEqual(self.complaints(rule, files), [])


class Floors(TinyTree):
    def broken(self, name, include, word, *others):
        files = {name: f'#include "{include}"\n', **{other: "\n" for other in others}}
        self.breaks(floors.check_floors, files, word)

    def test_a_lower_floor_must_not_know_a_higher_one(self):
        self.broken("src/pool/a.cpp", "engine/b.hpp", "must not know", "src/engine/b.hpp")

    def test_pool_and_queue_do_not_know_each_other(self):
        self.broken("src/queue/a.hpp", "pool/b.hpp", "must not know", "src/pool/b.hpp")

    def test_store_and_local_do_not_know_each_other(self):
        self.broken("src/local/a.hpp", "store/b.hpp", "must not know", "src/store/b.hpp")

    def test_the_server_knows_only_the_public_contract(self):
        self.broken("src/server/a.cpp", "json/b.hpp", "must not know", "src/json/b.hpp")
        self.broken("src/cli/a.cpp", "engine/b.hpp", "must not know", "src/engine/b.hpp")

    def test_the_engine_reads_no_clock_and_starts_no_thread(self):
        self.broken("src/engine/a.cpp", "thread", "no clock")
        self.broken("src/base/a.cpp", "fstream", "no clock")

    def test_the_engine_has_three_libraries(self):
        self.broken("src/model/a.cpp", "fmt/core.h", "only the standard library")

    def test_the_engine_does_not_see_the_headers_of_the_drivers(self):
        self.broken("src/engine/a.cpp", "retz/store.hpp", "drivers", "include/retz/store.hpp")
        self.broken("include/retz/job.hpp", "retz/store.hpp", "drivers", "include/retz/store.hpp")

    def test_the_engine_does_not_know_that_it_is_simulated(self):
        for header in ("simulator", "workload", "report"):
            name = f"include/retz/{header}.hpp"
            self.broken("src/engine/a.cpp", f"retz/{header}.hpp", "drivers", name)
            self.broken("include/retz/engine.hpp", f"retz/{header}.hpp", "drivers", name)
        self.broken("src/engine/a.cpp", "simulator/b.hpp", "must not know", "src/simulator/b.hpp")

    def test_simulator_and_server_do_not_know_each_other(self):
        self.broken("src/simulator/a.cpp", "server/b.hpp", "must not know", "src/server/b.hpp")
        self.broken("src/server/a.cpp", "simulator/b.hpp", "must not know", "src/simulator/b.hpp")
        for header in ("store", "runtime", "http", "cluster"):
            self.broken("src/simulator/a.cpp", f"retz/{header}.hpp", "live server",
                        f"include/retz/{header}.hpp")
        for folder in ("server", "runtime", "store"):
            self.broken(f"src/{folder}/a.cpp", "retz/simulator.hpp", "not know the simulator",
                        "include/retz/simulator.hpp")
        self.keeps(floors.check_floors, {
            "src/cli/sim/a.cpp": '#include "retz/simulator.hpp"\n#include "retz/store.hpp"\n',
            "include/retz/simulator.hpp": "", "include/retz/store.hpp": ""})

    def test_public_headers_need_the_standard_library_and_expected_alone(self):
        self.broken("include/retz/job.hpp", "fmt/core.h", "standard library")
        self.broken("include/retz/job.hpp", "base/a.hpp", "only public", "src/base/a.hpp")

    def test_one_folder_knows_sqlite_and_one_hwloc(self):
        self.broken("src/runtime/a.cpp", "SQLiteCpp/Database.h", "src/store")
        self.broken("src/local/a.cpp", "hwloc.h", "src/topology")

    def test_bindings_know_the_public_contract_alone(self):
        self.broken("bindings/c/a.cpp", "engine/b.hpp", "bindings", "src/engine/b.hpp")

    def test_a_folder_without_a_floor_is_named(self):
        self.broken("src/attic/a.cpp", "vector", "no floor")

    def test_what_the_drawing_allows_passes(self):
        self.keeps(floors.check_floors, {
            "include/retz/job.hpp": "#include <string>\n#include <tl/expected.hpp>\n",
            "include/retz/store.hpp": '#include "retz/job.hpp"\n',
            "src/base/a.hpp": "#include <vector>\n",
            "src/engine/a.cpp": '#include "base/a.hpp"\n#include "retz/job.hpp"\n',
            "src/planner/a.cpp": '#include "pool/a.hpp"\n#include "queue/a.hpp"\n',
            "src/pool/a.hpp": "", "src/queue/a.hpp": "", "src/server/a.hpp": "",
            "src/cli/a.cpp": '#include "server/a.hpp"\n#include <CLI/CLI.hpp>\n',
            "src/server/a.cpp": '#include "retz/store.hpp"\n'})

    def test_heavy_headers_stay_in_sources(self):
        heavy = "#include <nlohmann/json.hpp>\n"
        self.breaks(floors.check_heavy_headers, {"src/json/a.hpp": heavy}, "a .cpp file")
        self.keeps(floors.check_heavy_headers, {"src/json/a.cpp": heavy})


class Cycles(TinyTree):
    def test_a_cycle_between_files_is_named(self):
        self.breaks(floors.check_cycles, {
            "src/base/a.hpp": '#include "base/b.hpp"', "src/base/b.hpp": '#include "base/c.hpp"',
            "src/base/c.hpp": '#include "base/a.hpp"'}, "src/base/a.hpp <-> src/base/b.hpp")

    def test_a_header_that_includes_itself_is_named(self):
        self.breaks(floors.check_cycles, {"src/base/a.hpp": '#include "base/a.hpp"'}, "cycle")

    def test_a_cycle_between_folders_is_named(self):
        self.breaks(floors.check_cycles, {
            "src/base/a.hpp": '#include "model/a.hpp"', "src/model/a.hpp": "",
            "src/model/b.hpp": '#include "base/b.hpp"', "src/base/b.hpp": ""}, "base, model")

    def test_a_diamond_is_no_cycle(self):
        self.keeps(floors.check_cycles, {
            "src/base/a.hpp": '#include "base/b.hpp"\n#include "base/c.hpp"',
            "src/base/b.hpp": '#include "base/d.hpp"', "src/base/c.hpp": '#include "base/d.hpp"',
            "src/base/d.hpp": ""})


class Sizes(TinyTree):
    @staticmethod
    def function(lines):
        return "int f(int x) {\n" + "  x += 1;\n" * (lines - 3) + "  return x;\n}\n"

    def test_a_line_over_100_columns(self):
        self.breaks(sizes.check_lines, {"src/base/a.cpp": "//" + "x" * 99}, "101 columns")
        self.keeps(sizes.check_lines, {"src/base/a.cpp": "//" + "x" * 98})
        for name in ("src/meson.build", "meson_options.txt", "tests/a.py"):
            self.breaks(sizes.check_lines, {name: "#" + "x" * 100}, "101 columns")
        self.breaks(sizes.check_lines, {"quickstart": "#!/bin/sh\n#" + "x" * 100}, "101 columns")

    def test_a_file_over_its_limit(self):
        self.breaks(sizes.check_files, {"src/base/a.cpp": "\n" * 401}, "401 lines")
        self.breaks(sizes.check_files, {"tests/unit/a.cpp": "\n" * 501}, "501 lines")
        self.breaks(sizes.check_files, {"include/retz/a.hpp": "\n" * 201}, "201 lines")
        self.keeps(sizes.check_files, {"src/base/a.cpp": "\n" * 400})

    def test_a_function_over_70_lines(self):
        self.breaks(sizes.check_functions, {"src/a.cpp": self.function(71)}, "71 lines")
        self.keeps(sizes.check_functions, {"src/a.cpp": self.function(70)})

    def test_long_functions_are_found_wherever_they_stand(self):
        body = self.function(71)[len("int f(int x) {"):]
        for head in ("namespace a {\nstruct B {\n  explicit B(int x) : x{x}, y{2} {",
                     "template <class T, class U = int>\nauto f(T x) -> int {",
                     "bool A::operator==(const A& x) const noexcept {",
                     'extern "C" {\nint f(int x) {', "class A final : public B {\n int f(int x) {",
                     "int g() { return 1; }\nstatic const int t[] = {1, 2};\nint f(int x) {",
                     'TEST_CASE("a { brace") {'):
            self.breaks(sizes.check_functions, {"src/a.cpp": head + body}, "a function of 7")

    def test_long_types_and_tables_are_not_functions(self):
        rows = "  {1, 2},\n" * 90
        self.keeps(sizes.check_functions, {
            "src/a.cpp": "struct A {\n" + "  int f() { return 1; }\n" * 90 + "};\n"
                         + "const int table[][2] = {\n" + rows + "};\n"
                         + "namespace a {\n" + "int f() { return '{'; }\n" * 90 + "}\n"})

    def test_a_python_function_over_70_lines(self):
        long = "def f():\n" + "    x = 1\n" * 70 + "y = 1\n"
        self.breaks(sizes.check_functions, {"tests/a.py": long}, "71 lines")
        self.keeps(sizes.check_functions, {"tests/a.py": long.replace("    x = 1\n", "", 1)})

    def test_an_interface_with_eleven_methods(self):
        methods = "  virtual void f() = 0;\n"
        wide = "class A {\n  virtual ~A();\n" + methods * 11 + "};\n"
        self.breaks(sizes.check_interfaces, {"include/retz/a.hpp": wide}, "11 virtual")
        self.keeps(sizes.check_interfaces, {"include/retz/a.hpp": wide.replace(methods, "", 1)})


class Names(TinyTree):
    def test_a_stranger_at_the_top_level(self):
        self.breaks(names.check_top_level, {"scripts/a.sh": ""}, "scripts")
        self.keeps(names.check_top_level, {"src/a.cpp": "", ".ci/run": "", "README.md": ""})

    def test_rooms_without_a_name_of_their_own(self):
        for name in ("src/util/a.cpp", "src/base/string_utils.hpp", "tests/common/a.py",
                     "src/job_manager.cpp", "src/base/helpers.hpp"):
            self.breaks(names.check_banned_names, {name: ""}, "says nothing")
        self.keeps(names.check_banned_names, {"src/store/commonality.cpp": ""})

    def test_what_is_unfinished_by_its_own_word(self):
        for mark in ("TO" + "DO", "FIX" + "ME", "X" + "XX"):
            self.breaks(names.check_unfinished, {"src/a.cpp": f"// {mark}: later"}, "src/a.cpp:1")
        self.keeps(names.check_unfinished, {"src/a.cpp": "// to do is to be"})

    def test_a_source_that_no_build_file_names(self):
        lost = {"src/base/meson.build": "static_library('a', 'a.cpp')", "src/base/a.cpp": "",
                "src/base/b.cpp": ""}
        self.breaks(names.check_build_files, lost, "src/base/b.cpp")
        del lost["src/base/b.cpp"]
        self.keeps(names.check_build_files, lost)

    def test_a_source_named_from_above_or_by_its_stem_is_not_lost(self):
        self.keeps(names.check_build_files, {
            "src/queue/meson.build": "files('orderings/fifo.cpp')",
            "src/queue/orderings/fifo.cpp": "",
            "tests/unit/a/meson.build": "foreach n : ['x_test']", "tests/unit/a/x_test.cpp": ""})

    def test_a_header_without_a_guard(self):
        self.breaks(names.check_headers_guarded, {"src/base/a.hpp": "int f();\n"}, "pragma once")
        self.breaks(names.check_headers_guarded, {"include/retz/a.hpp": "#pragma once\n"}, "begins")


class Readme(TinyTree):
    PROGRAM = "int main() {}\n"

    EXAMPLE, OUTPUT = "tests/embedding/a.cpp", "tests/embedding/a.expected"

    def test_an_example_that_drifted_from_its_test(self):
        page = f"```cpp\n{self.PROGRAM}```\n"
        self.keeps(readme.check_readme_example,
                   {"README.md": page, self.EXAMPLE: "// What it is.\n" + self.PROGRAM})
        self.breaks(readme.check_readme_example,
                    {"README.md": page, self.EXAMPLE: "int main() { return 1; }\n"}, "differs")
        self.breaks(readme.check_readme_example, {"README.md": page}, "no test compiles")
        self.breaks(readme.check_readme_example, {"README.md": "words\n"}, "no C++ block")
        self.breaks(readme.check_readme_example, {"src/a.cpp": ""}, "is missing")

    def test_an_example_that_nobody_sees(self):
        page = f"```cpp\n{self.PROGRAM}```\n"
        self.breaks(readme.check_readme_example,
                    {"README.md": page, self.EXAMPLE: self.PROGRAM,
                     "tests/embedding/b.cpp": "int main() { return 2; }\n"}, "does not show")

    def test_an_output_that_drifted_from_its_test(self):
        files = {"README.md": f"```cpp\n{self.PROGRAM}```\nprints\n\n```\nhello\n```\n",
                 self.EXAMPLE: self.PROGRAM, self.OUTPUT: "hello\n"}
        self.keeps(readme.check_readme_example, files)
        self.breaks(readme.check_readme_example, {**files, self.OUTPUT: "bye\n"}, "output")


class Compiled(TinyTree):
    def test_a_header_that_needs_another_first(self):
        self.breaks(headers.check_headers, {"src/base/a.hpp": "std::string f();\n"}, "a.hpp")
        self.keeps(headers.check_headers,
                   {"src/base/a.hpp": "#include <string>\nstd::string f();\n"})

    def test_a_source_of_the_build_that_includes_a_header_first_is_its_proof(self):
        files = {"src/base/a.hpp": "std::string f();\n", "src/base/b.hpp": "std::string g();\n",
                 "src/base/a.cpp": '#include "base/a.hpp"\n#include "base/b.hpp"\n'}
        with tempfile.TemporaryDirectory() as folder:
            files["build/compile_commands.json"] = json.dumps([
                {"directory": f"{folder}/build", "file": "../src/base/a.cpp", "command": "g++"}])
            for name, text in files.items():
                path = pathlib.Path(folder, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            found = list(headers.check_headers(tree_module.Tree(folder), f"{folder}/build"))
        self.assertEqual([complaint.split(":")[0] for complaint in found], ["src/base/b.hpp"])

    def test_a_remembered_result_is_dropped_when_what_it_includes_changes(self):
        with tempfile.TemporaryDirectory() as folder:
            inner, outer = (pathlib.Path(folder, "src/base", name) for name in ("a.hpp", "b.hpp"))
            inner.parent.mkdir(parents=True)
            inner.write_text("using Number = int;\n")
            outer.write_text('#include "base/a.hpp"\nNumber f();\n')
            check = lambda: list(headers.check_headers(tree_module.Tree(folder), folder))
            self.assertEqual(check(), [])
            inner.write_text("using Other = int;\n")
            self.assertEqual(len(check()), 1)
            self.assertEqual(len(check()), 1)

    def test_a_source_that_clang_format_would_change(self):
        style = "BasedOnStyle: Google\n"
        self.breaks(layout.check_layout,
                    {".clang-format": style, "src/a.cpp": "int   f( );\n"}, "src/a.cpp")
        self.keeps(layout.check_layout, {".clang-format": style, "src/a.cpp": "int f();\n"})


class Purity(unittest.TestCase):
    @staticmethod
    def symbols(source):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(["g++", "-std=c++20", "-c", "-o", f"{folder}/a.o", "-x", "c++", "-"],
                           input=source, text=True, check=True)
            subprocess.run(["ar", "rcs", f"{folder}/liba.a", f"{folder}/a.o"], check=True)
            return " ".join(purity.check_purity([f"{folder}/liba.a"]))

    def test_what_touches_the_world_is_named(self):
        for source, word in {
                "#include <chrono>\nauto f() { return std::chrono::steady_clock::now(); }": "::now",
                "#include <ctime>\nauto f() { return time(nullptr); }": "time",
                "#include <cstdio>\nauto f() { return fopen(\"a\", \"r\"); }": "fopen",
                "#include <cstdio>\nvoid f() { std::fputs(\"a\", stderr); }": "stderr",
                "#include <iostream>\nvoid f() { std::cout << 1; }": "std::cout",
                "#include <fstream>\nstd::ifstream f(const char* n) { return std::ifstream(n); }":
                    "std::",
                "#include <sstream>\nvoid f(std::stringstream& s, int i) { s << i; }": "std::",
                "#include <thread>\nvoid f() { std::thread([] {}).join(); }": "std::thread",
                "#include <mutex>\nvoid f(std::mutex& m) { m.lock(); }": "pthread_mutex",
                "#include <sys/socket.h>\nint f() { return socket(1, 2, 3); }": "socket",
                "#include <unistd.h>\nauto f() { return fork(); }": "fork",
                "#include <random>\nunsigned f() { return std::random_device()(); }": "random",
                "#include <cstdlib>\nauto f() { return getenv(\"A\"); }": "getenv",
                "#include <locale>\nauto f() { return std::locale().name(); }": "std::locale"
        }.items():
            with self.subTest(word):
                self.assertIn(word, self.symbols(source))

    def test_pure_code_passes(self):
        self.assertEqual(self.symbols(
            "#include <map>\n#include <string>\n#include <vector>\n#include <memory>\n"
            "#include <stdexcept>\n#include <functional>\n#include <algorithm>\n"
            "struct B { virtual ~B() = default; virtual int now(int) const = 0; };\n"
            "int f(std::map<std::string, std::vector<int>>& m, const B& b) {\n"
            "  static const auto p = std::make_shared<std::string>(std::to_string(7));\n"
            "  if (m.empty()) throw std::runtime_error(*p);\n"
            "  std::sort(m[*p].begin(), m[*p].end());\n"
            "  return b.now(m.at(*p).front());\n}\n"), "")

    def test_no_archive_is_no_success(self):
        self.assertTrue(list(purity.check_purity([])))
        self.assertTrue(list(purity.check_purity(["/nowhere/liba.a"])))


class TheRun(unittest.TestCase):
    def test_a_broken_tree_is_counted_and_ends_with_a_failure(self):
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "stranger.txt").write_text("\n")
            done = subprocess.run([sys.executable, HERE / "run.py", "--root", folder], check=False,
                                  capture_output=True, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertIn("stranger.txt: not part of the agreed top level", done.stdout)
        self.assertRegex(done.stdout.splitlines()[-1], r"^\d+ passed, [1-9]\d* failed$")


if __name__ == "__main__":
    cases.run()
