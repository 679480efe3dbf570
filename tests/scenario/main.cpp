// Runs scenario files, each as it is written and once more with a restart after each step, and
// compares the transcripts. --update writes what the engine says into the files instead.
#include <algorithm>
#include <cstring>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "retz/result.hpp"
#include "scenario/script.hpp"
#include "scenario/world.hpp"

namespace {

namespace files = std::filesystem;
using retz::scenario::Restarts;
using Outputs = std::vector<std::vector<std::string>>;

[[noreturn]] void throw_broken_invariant(const char* condition, const char* file, int line) {
  throw std::runtime_error(std::string("broken invariant: ") + condition + " (" + file + ":" +
                           std::to_string(line) + ")");
}

std::string read(const files::path& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  if (!stream) throw std::runtime_error("cannot read " + path.string());
  return text.str();
}

void write(const files::path& path, const std::string& text) {
  std::ofstream stream(path, std::ios::binary | std::ios::trunc);
  stream << text;
  if (!stream.flush()) throw std::runtime_error("cannot write " + path.string());
}

// Says what differs, statement by statement.
std::string differences(const retz::scenario::Script& script, const Outputs& outputs) {
  std::string text;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const auto& statement = script.statements[i];
    if (statement.expected == outputs[i]) continue;
    text += "  line " + std::to_string(statement.line) + ": " + statement.text + "\n";
    const auto show = [&](const char* mark, const std::vector<std::string>& lines,
                          const std::vector<std::string>& others) {
      for (const auto& line : lines) {
        const bool same = std::find(others.begin(), others.end(), line) != others.end();
        text += std::string("    ") + (same ? " " : mark) + " " + line + "\n";
      }
      if (lines.empty()) text += std::string("    ") + mark + " (nothing)\n";
    };
    text += "    expected:\n";
    show("-", statement.expected, outputs[i]);
    text += "    the engine said:\n";
    show("+", outputs[i], statement.expected);
  }
  return text;
}

// Empty when the file holds.
std::string check(const files::path& path, bool update) {
  std::string run;
  try {
    const auto script = retz::scenario::parse_script(read(path));
    Outputs outputs = retz::scenario::World(script, Restarts::as_written).run();
    if (update) {
      write(path, retz::scenario::rewrite(script, outputs));
      return {};
    }
    std::string text = differences(script, outputs);
    if (!text.empty()) return text;
    run = "  with a restart after each step:\n";
    outputs = retz::scenario::World(script, Restarts::after_each_step).run();
    text = differences(script, outputs);
    return text.empty() ? text : run + text;
  } catch (const std::exception& error) {
    return run + "  " + error.what() + "\n";
  }
}

std::vector<files::path> collect(const std::vector<std::string>& arguments) {
  std::vector<files::path> paths;
  for (const auto& argument : arguments) {
    if (!files::is_directory(argument)) {
      paths.emplace_back(argument);
      continue;
    }
    for (const auto& entry : files::directory_iterator(argument)) {
      if (entry.path().extension() == ".txt") paths.push_back(entry.path());
    }
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace

int main(int argc, char** argv) {
  bool update = false;
  std::vector<std::string> arguments;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--update") == 0) {
      update = true;
    } else {
      arguments.emplace_back(argv[i]);
    }
  }
  if (arguments.empty()) {
    std::cerr << "usage: scenario [--update] FILE_OR_FOLDER...\n";
    return 2;
  }
  retz::set_assertion_handler(&throw_broken_invariant);
  std::size_t passed = 0;
  std::size_t failed = 0;
  for (const auto& path : collect(arguments)) {
    const std::string problem = check(path, update);
    if (problem.empty()) {
      ++passed;
    } else {
      ++failed;
      std::cout << "FAILED " << path.string() << "\n" << problem;
    }
  }
  std::cout << passed << " passed, " << failed << " failed\n";
  return failed == 0 && passed > 0 ? 0 : 1;
}
