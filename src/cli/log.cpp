// The server's log: information on stdout, warnings and errors on stderr.
#include "cli/log.hpp"

#include <unistd.h>

#include <mutex>

#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>

namespace retz::cli {

namespace {

class OutputSink : public spdlog::sinks::base_sink<std::mutex> {
 public:
  OutputSink(Output& out, Output& err) : out_(out), err_(err) {}

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t text;
    formatter_->format(message, text);
    (message.level >= spdlog::level::warn ? err_ : out_).write({text.data(), text.size()});
  }
  void flush_() override {}

 private:
  Output& out_;
  Output& err_;
};

}  // namespace

Log::Log()
    : out_(std::make_unique<Output>(STDOUT_FILENO)),
      err_(std::make_unique<Output>(STDERR_FILENO)),
      logger_(
          std::make_shared<spdlog::logger>("retz", std::make_shared<OutputSink>(*out_, *err_))) {
  logger_->set_pattern("%Y-%m-%d %H:%M:%S.%e %l %v");
}

Log::~Log() = default;

void Log::say(Severity severity, const std::string& message) {
  const auto level = severity == Severity::error     ? spdlog::level::err
                     : severity == Severity::warning ? spdlog::level::warn
                                                     : spdlog::level::info;
  logger_->log(level, "{}", message);
}

}  // namespace retz::cli
