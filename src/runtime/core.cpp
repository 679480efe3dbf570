#include "runtime/core.hpp"

namespace retz::runtime {

bool may_touch(const Core& core, const std::string& user, const std::string& owner) {
  if (user.empty() || user == owner) return true;
  const auto found = core.users.find(user);
  return found != core.users.end() && found->second.admin;
}

Result<std::shared_ptr<const JobSpec>> find_spec(Core& core, const Batch& batch, JobId id) {
  if (const auto pinned = batch.specs.find(id); pinned != batch.specs.end()) return pinned->second;
  if (auto cached = core.specs.find(id)) return cached;
  Result<std::optional<JobRecord>> read = core.store.job(id);
  if (!read) return unreadable(read.error());
  if (!*read) return fail(Errc::not_found, "no job " + std::to_string(id.value));
  core.specs.put(id, (*read)->spec);
  return (*read)->spec;
}

tl::unexpected<Error> unreadable(const Error& error) {
  return fail(Errc::unavailable, "the store cannot be read now (" +
                                     std::string(to_string(error.code)) + ": " + error.message +
                                     "); try again later");
}

}  // namespace retz::runtime
