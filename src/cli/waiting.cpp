// Submitting jobs and waiting until they have ended.
#include "cli/waiting.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <set>
#include <thread>

#include <nlohmann/json.hpp>

namespace retz::cli {

namespace {

using namespace std::chrono_literals;
using Json = nlohmann::json;

struct Live {
  std::size_t active = 0, waiting = 0;
};

/// Counts those of `ids` that are live, page by page from the newest. Requires: ids are sorted.
Result<Live> live_among(Session& session, const std::vector<std::int64_t>& ids) {
  Live live;
  std::int64_t below = ids.back() + 1;
  for (;;) {
    const auto page = session.insist(
        "GET", "/v1/jobs?state=blocked,queued,active&limit=5000&below=" + std::to_string(below));
    if (!page) return tl::unexpected(page.error());
    for (const auto& job : page->at("jobs")) {
      const auto id = job.at("id").get<std::int64_t>();
      if (!std::binary_search(ids.begin(), ids.end(), id)) continue;
      ++(job.at("state") == "active" ? live.active : live.waiting);
    }
    if (!page->value("more", false)) return live;
    below = page->at("next_below").get<std::int64_t>();
    if (below <= ids.front()) return live;
  }
}

class ProgressLine {
 public:
  ~ProgressLine() {
    if (shown_) std::cerr << "\r\033[K" << std::flush;
  }
  void show(const std::string& text) {
    if (!terminal_) return;
    std::cerr << "\r" << text << "\033[K" << std::flush;
    shown_ = true;
  }

 private:
  bool terminal_ = ::isatty(STDERR_FILENO) != 0;
  bool shown_ = false;
};

}  // namespace

Result<Submitted> submit(Session& session, const std::vector<Json>& jobs, const std::string& key) {
  const Json body = jobs.size() == 1 ? jobs.front() : Json{{"jobs", jobs}};
  const auto answer = session.insist("POST", "/v1/jobs", &body, {{"Idempotency-Key", key}});
  if (!answer) return tl::unexpected(answer.error());
  return Submitted{answer->at("ids").get<std::vector<std::int64_t>>(),
                   answer->value("repeated", false)};
}

Result<void> wait_for(Session& session, const std::vector<std::int64_t>& ids) {
  auto sorted = ids;
  std::sort(sorted.begin(), sorted.end());
  if (sorted.empty()) return {};
  ProgressLine line;
  auto pause = 20ms;
  for (;;) {
    const auto live = live_among(session, sorted);
    if (!live) return tl::unexpected(live.error());
    const auto left = live->active + live->waiting;
    if (left == 0) return {};
    line.show(std::to_string(sorted.size() - left) + " of " + std::to_string(sorted.size()) +
              " ended, " + std::to_string(live->active) + " running, " +
              std::to_string(live->waiting) + " waiting");
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 3 / 2, std::chrono::milliseconds(500));
  }
}

Result<Json> job_of(Session& session, std::int64_t id) {
  return session.insist("GET", "/v1/jobs/" + std::to_string(id));
}

bool has_ended(const Json& job) {
  const auto state = member(job, "state", "");
  return state == "finished" || state == "failed" || state == "killed";
}

bool has_succeeded(const Json& job) {
  return member(job, "state", "") == "finished";
}

int exit_code_of(const Json& job) {
  if (has_succeeded(job)) return 0;
  const auto outcome = job.value("outcome", Json());
  if (!outcome.is_object()) return member(job, "state", "") == "killed" ? 143 : 125;
  const auto kind = member(outcome, "kind", "");
  if (kind == "exited") return outcome.value("exit_code", 1) & 255;
  if (kind == "signaled") return 128 + outcome.value("signal", 0);
  if (kind == "timed_out") return 124;
  if (kind == "out_of_memory") return 137;
  if (kind == "killed") return 143;
  return 125;
}

std::string result_text(const Json& job) {
  if (!has_ended(job)) return "-";
  const auto outcome = job.value("outcome", Json());
  if (!outcome.is_object()) return member(job, "state", "");
  const auto kind = member(outcome, "kind", "");
  if (kind == "exited") return "exit " + member(outcome, "exit_code", "?");
  if (kind == "signaled") return "signal " + member(outcome, "signal", "?");
  return kind;
}

std::string member(const Json& object, const char* name, const std::string& otherwise) {
  if (!object.is_object() || !object.contains(name) || object[name].is_null()) return otherwise;
  const auto& value = object[name];
  return value.is_string() ? value.get<std::string>() : value.dump();
}

}  // namespace retz::cli
