#include "cli/sim/files.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>

#include <nlohmann/json.hpp>

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
  std::string text;
  std::array<char, 65536> part{};
  while (file.read(part.data(), part.size()) || file.gcount() > 0) {
    text.append(part.data(), static_cast<std::size_t>(file.gcount()));
  }
  if (file.is_open() && !file.bad()) return text;
  return fail(Errc::io_error,
              "cannot read " + path + (errno != 0 ? std::string(": ") + std::strerror(errno) : ""),
              "path");
}

Result<void> check_output(const std::string& path, const char* option, bool document) {
  if (path == "-" && document) {
    return fail(Errc::invalid_argument, "is -, but the standard output is taken: name a file",
                option);
  }
  if (path.empty() || path == "-") return {};
  std::error_code error;
  const bool there = std::filesystem::exists(path, error);
  std::filesystem::path folder = std::filesystem::path(path).parent_path();
  if (folder.empty()) folder = ".";
  int wrong = 0;
  if (std::filesystem::is_directory(path, error)) {
    wrong = EISDIR;
  } else if (!there && !std::filesystem::is_directory(folder, error)) {
    wrong = ENOENT;
  } else if (::access((there ? path : folder.string()).c_str(), W_OK) != 0) {
    wrong = errno;
  }
  if (wrong == 0) return {};
  return fail(Errc::io_error, "cannot write " + path + ": " + std::strerror(wrong), option);
}

std::string json_text(const nlohmann::ordered_json& json, int indent) {
  return json.dump(indent, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

int complain(const Error& error) {
  std::cerr << "retz-sim: " << (error.field.empty() ? "" : error.field + ": ") << error.message
            << "\n";
  return 2;
}

int complain_of_no_job() {
  std::cerr << "retz-sim: no job ran: each was refused, fits no node, or waits behind one that "
               "fits none\n";
  return 1;
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
