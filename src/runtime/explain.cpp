// Why a job waits. Asked of the engine between two steps; the store answers for ended jobs.
#include "runtime/commands.hpp"

namespace retz::runtime {

Result<Answer> explain(const Core& core, const ExplainJob& command) {
  const tl::unexpected<Error> unknown =
      fail(Errc::not_found, "no job " + std::to_string(command.job.value));
  if (const std::string* owner = core.live.owner(command.job)) {
    if (!may_touch(core, command.user, *owner)) return unknown;
    Result<Explanation> explanation = core.engine.explain(command.job);
    if (!explanation) return tl::unexpected(explanation.error());
    for (Reason& reason : explanation->reasons) {
      const std::string* before = core.live.owner(reason.job);
      if (before == nullptr || may_touch(core, command.user, *before)) continue;
      reason.job = {};
      reason.text =
          "the job of another user comes first and does not fit now, and nobody passes it";
    }
    return Answer{.jobs = {command.job}, .repeated = false, .explanation = *explanation};
  }
  Result<std::optional<JobRecord>> read = core.store.job(command.job);
  if (!read) return unreadable(read.error());
  if (!*read || !may_touch(core, command.user, (*read)->spec->user)) return unknown;
  Explanation ended;
  ended.state = (*read)->status.state;
  return Answer{.jobs = {command.job}, .repeated = false, .explanation = ended};
}

}  // namespace retz::runtime
