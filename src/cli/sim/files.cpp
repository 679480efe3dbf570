#include "cli/sim/files.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>

namespace retz::cli {

Result<void> write_file(const std::string& path, const std::string& text) {
  if (path == "-") {
    std::cout << text;
    return {};
  }
  errno = 0;
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (file) return {};
  return fail(Errc::io_error, "cannot write " + path + ": " + std::strerror(errno), "path");
}

Result<std::string> read_file(const std::string& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (file && !file.bad()) return text;
  return fail(Errc::io_error,
              "cannot read " + path + (errno != 0 ? std::string(": ") + std::strerror(errno) : ""),
              "path");
}

int complain(const Error& error) {
  std::cerr << "retz-sim: " << (error.field.empty() ? "" : error.field + ": ") << error.message
            << "\n";
  return 2;
}

void warn_of_malformed(const Workload& workload, const std::string& path) {
  for (const WorkloadProblem& problem : workload.malformed) {
    std::cerr << "retz-sim: " << path << ": line " << problem.line << ": " << problem.message
              << "\n";
  }
  if (workload.malformed.empty()) return;
  std::cerr << "retz-sim: lines that cannot be read are left out; --strict refuses them\n";
}

}  // namespace retz::cli
