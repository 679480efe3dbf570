#include "runtime/live_jobs.hpp"

namespace retz::runtime {

std::uint32_t NameTable::number_of(const std::string& name) {
  const auto [found, added] = numbers_.try_emplace(name, static_cast<std::uint32_t>(names_.size()));
  if (added) names_.push_back(name);
  return found->second;
}

void LiveJobs::add(JobId id, const JobSpec& spec) {
  const auto [entry, added] = jobs_.try_emplace(
      id, Entry{users_.number_of(spec.user), applications_.number_of(spec.application)});
  if (added) ++per_application_[spec.application];
}

void LiveJobs::remove(JobId id) {
  const auto found = jobs_.find(id);
  if (found == jobs_.end()) return;
  --per_application_[applications_.name_of(found->second.application)];
  jobs_.erase(found);
}

const std::string* LiveJobs::owner(JobId id) const {
  const auto found = jobs_.find(id);
  return found == jobs_.end() ? nullptr : &users_.name_of(found->second.user);
}

const std::string* LiveJobs::application(JobId id) const {
  const auto found = jobs_.find(id);
  return found == jobs_.end() ? nullptr : &applications_.name_of(found->second.application);
}

std::uint64_t LiveJobs::of_application(const std::string& name) const {
  const auto found = per_application_.find(name);
  return found == per_application_.end() ? 0 : found->second;
}

}  // namespace retz::runtime
