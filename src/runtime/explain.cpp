// Why a job waits. Asked of the engine between two steps; the store answers for ended jobs. Of
// another user's jobs nothing is told but that there are some.
#include <cctype>
#include <string>
#include <utility>

#include "runtime/commands.hpp"

namespace retz::runtime {
namespace {

constexpr std::size_t outlook_max = 10000;  // jobs that run or come before: a few milliseconds

class Discretion {
 public:
  Discretion(const Core& core, const ExplainJob& command) : core_(core), command_(command) {}

  void keep(Explanation& explanation) const {
    for (Reason& reason : explanation.reasons) {
      // Whoever named a job to wait for knows of it.
      if (reason.code == Reason::Code::dependency) continue;
      if (reason.job.value != 0 && hidden(reason.job)) reason.job = {};
      reason.text = without_others(reason.text);
      reason.remedy = without_others(reason.remedy);
    }
    if (hidden(explanation.passed_over.last)) explanation.passed_over.last = {};
  }

 private:
  bool hidden(JobId id) const {
    if (id.value == 0 || id == command_.job) return false;
    if (may_touch(core_, command_.user, {})) return false;
    if (const std::string* owner = core_.live.owner(id)) {
      return !may_touch(core_, command_.user, *owner);
    }
    const Result<std::optional<JobRecord>> read = core_.store.job(id);
    return !read || !*read || !may_touch(core_, command_.user, (*read)->spec->user);
  }

  /// "job 17" becomes "another user's job" where it is one.
  std::string without_others(const std::string& text) const {
    static constexpr std::string_view word = "job ";
    std::string out;
    std::size_t done = 0;
    for (std::size_t at = 0; (at = text.find(word, at)) != std::string::npos;) {
      const std::size_t start = at;
      JobId id;
      at += word.size();
      const std::size_t digits = at;
      while (at < text.size() && std::isdigit(static_cast<unsigned char>(text[at])) != 0) {
        id.value = id.value * 10 + static_cast<std::uint64_t>(text[at++] - '0');
      }
      if (at == digits || !hidden(id)) continue;
      out.append(text, done, start - done).append("another user's job");
      done = at;
    }
    return out.append(text, done);
  }

  const Core& core_;
  const ExplainJob& command_;
};

Answer answer_of(const ExplainJob& command, Explanation explanation) {
  Answer answer;
  answer.jobs = {command.job};
  answer.explanation = std::move(explanation);
  return answer;
}

}  // namespace

Result<Answer> explain(const Core& core, const ExplainJob& command) {
  const tl::unexpected<Error> unknown =
      fail(Errc::not_found, "no job " + std::to_string(command.job.value));
  if (const std::string* owner = core.live.owner(command.job)) {
    if (!may_touch(core, command.user, *owner)) return unknown;
    Result<Explanation> explanation = core.engine.explain(command.job);
    if (!explanation) return tl::unexpected(explanation.error());
    Discretion(core, command).keep(*explanation);
    const bool foreseen = explanation->reservation || explanation->state == JobState::active;
    Answer answer = answer_of(command, std::move(*explanation));
    if (command.forecast && !foreseen) {
      if (Result<Outlook> outlook = core.engine.outlook(command.job, outlook_max)) {
        answer.outlook = std::make_shared<const Outlook>(std::move(*outlook));
      }
    }
    return answer;
  }
  Result<std::optional<JobRecord>> read = core.store.job(command.job);
  if (!read) return unreadable(read.error());
  if (!*read || !may_touch(core, command.user, (*read)->spec->user)) return unknown;
  Explanation ended;
  ended.state = (*read)->status.state;
  ended.estimate = (*read)->estimate;
  ended.estimate_source = (*read)->estimate_source;
  return answer_of(command, std::move(ended));
}

}  // namespace retz::runtime
