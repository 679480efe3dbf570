// Which jobs are live, whose they are and of which application: all that commands must know of a
// million waiting jobs without a look into the store, in a few bytes a job.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "retz/ids.hpp"
#include "retz/job.hpp"

namespace retz::runtime {

/// Names that come again and again, by number. Users and applications are few; none is forgotten.
class NameTable {
 public:
  std::uint32_t number_of(const std::string& name);
  const std::string& name_of(std::uint32_t number) const { return names_[number]; }

 private:
  std::unordered_map<std::string, std::uint32_t> numbers_;
  std::vector<std::string> names_;
};

class LiveJobs {
 public:
  void add(JobId id, const JobSpec& spec);
  void remove(JobId id);
  bool contains(JobId id) const { return jobs_.contains(id); }
  /// Null when the job is not live. Valid until the next add().
  const std::string* owner(JobId id) const;
  const std::string* application(JobId id) const;
  std::uint64_t of_application(const std::string& name) const;

 private:
  struct Entry {
    std::uint32_t user = 0, application = 0;
  };
  std::unordered_map<JobId, Entry> jobs_;
  NameTable users_, applications_;
  std::unordered_map<std::string, std::uint64_t> per_application_;
};

}  // namespace retz::runtime
