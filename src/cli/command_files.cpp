// retz-client get-file, list-files: what an attempt wrote.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <iostream>
#include <mutex>
#include <optional>
#include <thread>

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <nlohmann/json.hpp>

#include "cli/arguments.hpp"
#include "cli/client.hpp"
#include "cli/follow.hpp"
#include "cli/table.hpp"
#include "cli/waiting.hpp"

namespace retz::cli {

namespace {

using Json = nlohmann::json;

struct FileOptions {
  std::int64_t job = 0;
  std::uint32_t attempt = 0;  // 0: the last
  std::string path = "stdout", directory = "-";
  std::int64_t offset = 0, length = -1;
  bool follow = false, binary = false, archive = false;
  double timeout = 0;  // minutes; 0: none
};

/// stdout, or a file of the same name in the directory asked for; -1 after an error was told.
int open_target(Session& session, const FileOptions& o) {
  if (o.directory == "-") return STDOUT_FILENO;
  const auto name = o.archive ? "job-" + std::to_string(o.job) + ".tar"
                              : std::filesystem::path(o.path).filename().string();
  const auto target = std::filesystem::path(o.directory) / name;
  const int fd = ::open(target.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) {
    complain(session,
             {Errc::io_error, "cannot write " + target.string() + ": " + std::strerror(errno),
              "--resultdir"});
  }
  return fd;
}

std::string query_of(const FileOptions& o) {
  std::string query = o.archive ? "archive?" : "content?path=" + encoded(o.path);
  if (o.attempt > 0) query += "&attempt=" + std::to_string(o.attempt);
  if (o.offset > 0) query += "&offset=" + std::to_string(o.offset);
  if (o.length >= 0) query += "&length=" + std::to_string(o.length);
  return query;
}

int follow_file(Session& session, const FileOptions& o, int out) {
  auto attempt = o.attempt;
  if (attempt == 0) {
    const auto job = job_of(session, o.job);
    if (!job) return complain(session, job.error());
    attempt = std::max(1U, job->value("attempts", 0U));
  }
  const std::atomic<bool> never{false};
  const auto followed = follow(session, {o.job, attempt, o.path}, o.offset, out, never);
  return followed ? 0 : complain(session, followed.error());
}

/// Ends the program with exit code 1 unless destroyed in time: what followed so far is written.
class Timeout {
 public:
  Timeout(Session& session, double minutes)
      : thread_([this, &session, minutes] {
          std::unique_lock lock(mutex_);
          const std::chrono::duration<double, std::ratio<60>> limit(minutes);
          if (over_.wait_for(lock, limit, [this] { return done_; })) return;
          std::_Exit(complain(session, {Errc::unavailable,
                                        "the attempt had not ended after that time", "--timeout"}));
        }) {}
  ~Timeout() {
    {
      const std::lock_guard lock(mutex_);
      done_ = true;
    }
    over_.notify_all();
    thread_.join();
  }

 private:
  std::mutex mutex_;
  std::condition_variable over_;
  bool done_ = false;
  std::thread thread_;  // last: it uses the others
};

int get_file(Session& session, const FileOptions& o) {
  const int out = open_target(session, o);
  if (out < 0) return 1;
  if (o.follow) {
    std::optional<Timeout> timeout;
    if (o.timeout > 0) timeout.emplace(session, o.timeout);
    return follow_file(session, o, out);
  }
  bool written = true;
  const auto response =
      session.stream("/v1/jobs/" + std::to_string(o.job) + "/files/" + query_of(o),
                     [&](std::string_view piece) { return written = write_out(out, piece); });
  if (!written) {
    return complain(session, {Errc::io_error,
                              "cannot write all of it: " + std::string(std::strerror(errno)), ""});
  }
  if (!response) return complain(session, response.error());
  return 0;
}

std::string mode_text(std::uint32_t mode) {
  static constexpr char letters[] = "rwxrwxrwx";
  std::string text = (mode & 0170000U) == 0040000U   ? "d"
                     : (mode & 0170000U) == 0120000U ? "l"
                                                     : "-";
  for (unsigned i = 0; i < 9; ++i) text += (mode & (0400U >> i)) != 0 ? letters[i] : '-';
  return text;
}

std::string time_text(std::int64_t seconds) {
  const auto time = static_cast<std::time_t>(seconds);
  std::tm parts{};
  ::localtime_r(&time, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &parts)};
}

int list_files(Session& session, const FileOptions& o) {
  auto target = "/v1/jobs/" + std::to_string(o.job) +
                "/files?path=" + encoded(o.path == "$MESOS_SANDBOX" ? "" : o.path);
  if (o.attempt > 0) target += "&attempt=" + std::to_string(o.attempt);
  const auto answer = session.insist("GET", target);
  if (!answer) return complain(session, answer.error());
  if (session.json()) {
    for (const auto& file : answer->at("files")) std::cout << file.dump() << "\n";
    return 0;
  }
  Table table({{"MODE"}, {"OWNER"}, {"GROUP"}, {"SIZE", Align::right}, {"MODIFIED"}, {"PATH"}});
  for (const auto& file : answer->at("files")) {
    const auto& modified = file.at("modified");
    table.add({mode_text(file.value("mode", 0U)), member(file, "owner", ""),
               member(file, "group", ""), member(file, "size", ""),
               modified.is_number() ? time_text(modified.get<std::int64_t>())
                                    : member(file, "modified", ""),
               member(file, "path", "")});
  }
  std::cout << table.text();
  return 0;
}

}  // namespace

void add_file_commands(CLI::App& app, Client& client) {
  auto get = std::make_shared<FileOptions>();
  auto* sub = app.add_subcommand("get-file", "A file of a job's sandbox");
  sub->add_option("-i,--id,id", get->job, "Job id")->required()->check(whole_number_from(1));
  sub->add_option("--path,path", get->path, "In the sandbox (stdout)");
  sub->add_option("-R,--resultdir", get->directory, "Save it in this directory (-: print it)");
  sub->add_option("--offset", get->offset, "From this byte on")->check(whole_number_from(0));
  sub->add_option("--length", get->length, "At most so many bytes (-1: all)");
  sub->add_option("--attempt", get->attempt, "Of this attempt (the last)");
  auto* follows =
      sub->add_flag("-f,--follow,--poll", get->follow, "As it grows, until the attempt has ended");
  sub->add_option("--timeout", get->timeout, "Follow for so many minutes at most (no limit)")
      ->needs(follows);
  sub->add_flag("--archive", get->archive, "The whole sandbox as tar");
  sub->add_flag("--binary", get->binary,
                "Taken for Retz 0.5's sake; bytes always stay as they are");
  sub->callback(
      [get, &client] { client.action = [get](Session& s) { return get_file(s, *get); }; });

  auto list = std::make_shared<FileOptions>();
  list->path.clear();
  sub = app.add_subcommand("list-files", "The files of a job's sandbox");
  sub->add_option("-i,--id,id", list->job, "Job id")->required()->check(whole_number_from(1));
  sub->add_option("--path,path", list->path, "A directory in the sandbox");
  sub->add_option("--attempt", list->attempt, "Of this attempt (the last)");
  sub->callback(
      [list, &client] { client.action = [list](Session& s) { return list_files(s, *list); }; });
}

}  // namespace retz::cli
