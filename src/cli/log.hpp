// The server's log: information on stdout, warnings and errors on stderr.
#pragma once

#include <memory>
#include <string>

#include "cli/output.hpp"

namespace spdlog {
class logger;
}

namespace retz::cli {

enum class Severity : std::uint8_t { info, warning, error };

class Log {
 public:
  Log();
  ~Log();
  /// Threads: any.
  void say(Severity severity, const std::string& message);

 private:
  std::unique_ptr<Output> out_, err_;
  std::shared_ptr<spdlog::logger> logger_;
};

}  // namespace retz::cli
