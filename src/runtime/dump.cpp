// What the store would not take, one line of JSON a write.
#include <memory>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "retz/json.hpp"
#include "runtime/settle.hpp"

namespace retz::runtime {
namespace {

struct InJson {
  std::string operator()(const AddJob& write) const {
    JobSpec shown = *write.job.spec;
    for (auto& [name, value] : shown.environment) value = "hidden";  // often a password
    const JobRecord job{write.job.id, std::make_shared<const JobSpec>(std::move(shown)),
                        write.job.status};
    return fmt::format(R"({{"add_job":{}}})", to_json(job));
  }
  std::string operator()(const UpdateJob& write) const {
    const JobStatus& status = write.status;
    return fmt::format(
        R"({{"update_job":{{"id":{},"state":"{}","arrival":{},"attempts":{},"tries":{},)"
        R"("system_failures":{}}}}})",
        write.job.value, to_string(status.state), status.arrival.value, status.attempts,
        status.tries, status.system_failures);
  }
  std::string operator()(const PutAttempt& write) const {
    return fmt::format(R"({{"put_attempt":{}}})", to_json(write.attempt));
  }
  std::string operator()(const PutApplication& write) const {
    return fmt::format(R"({{"put_application":{}}})", to_json(write.application));
  }
  std::string operator()(const DeleteApplication& write) const {
    return fmt::format(R"({{"delete_application":"{}"}})", write.name);
  }
  std::string operator()(const PutUser&) const { return R"({"put_user":"hidden"})"; }
  std::string operator()(const KeepKey& write) const {
    std::string ids;
    for (const JobId id : write.jobs) ids += (ids.empty() ? "" : ",") + std::to_string(id.value);
    return fmt::format(R"({{"keep_key":{{"jobs":[{}]}}}})", ids);
  }
  std::string operator()(const SetState& write) const {
    return fmt::format(R"({{"set_state":"{}"}})", write.name);
  }
};

}  // namespace

void dump(const Core& core, const Batch& batch) {
  for (const Write& write : batch.writes) core.log(2, std::visit(InJson{}, write));
}

}  // namespace retz::runtime
