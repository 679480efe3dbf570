// Shapes, classes and profiles: what jobs have in common, kept once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/interner.hpp"
#include "retz/job.hpp"

namespace retz::model {

using ShapeId = std::uint32_t;
using ClassId = std::uint32_t;
using ProfileId = std::uint32_t;

struct RequestHash {
  std::size_t operator()(const Request& request) const noexcept;
};

/// What the queue groups by: jobs of one class fit alike and rank alike.
struct ClassKey {
  Request request;
  std::string user;
  Duration estimate{0};
  Duration longest_stay{0};  // see retz::longest_stay
  std::int32_t priority = 0;
  JobId array = {};          // of jobs of an array that limits how many run; else 0
  std::uint64_t single = 0;  // the job's id where an ordering ranks within classes; else 0
  friend bool operator==(const ClassKey&, const ClassKey&) = default;
};

struct ClassKeyHash {
  std::size_t operator()(const ClassKey& key) const noexcept;
};

constexpr std::uint32_t unknown = 0xFFFFFFFFU;

/// What else a job brings: needed when it starts or ends, not to order or place it.
struct Profile {
  Duration grace_period{0};
  std::optional<Duration> time_limit;
  EstimateSource estimate_source = EstimateSource::given;
  RetryPolicy retry;
  std::optional<ArrayPlace> array;  // without the index
  friend bool operator==(const Profile&, const Profile&) = default;
};

struct ProfileHash {
  std::size_t operator()(const Profile& profile) const noexcept;
};

/// The index of a job of an array, where jobs are numbered one after the other from its first.
std::int64_t usual_index(const ArrayPlace& array, JobId job) noexcept;

/// All three, reference counted by class and profile.
class Classes {
 public:
  /// A job's class, with one reference more.
  ClassId acquire(const JobFacts& facts, bool single);
  /// The same in steps: what it is found by, whether jobs alike are there, one reference more.
  static std::uint64_t hash(const JobFacts& facts, bool single);
  ClassId find(const JobFacts& facts, bool single, std::uint64_t hash) const;
  ClassId refer(ClassId id) { return classes_.refer(id); }
  /// What find() will read, ahead of it: see Interner.
  void fetch_hash(std::uint64_t hash) const { classes_.fetch_hash(hash); }
  ClassId fetch_class(std::uint64_t hash) const { return classes_.fetch_value(hash); }
  void release(ClassId id);
  ProfileId acquire_profile(const JobFacts& facts);
  /// Unknown: nobody has it, or it is of an array.
  ProfileId find_profile(const JobFacts& facts) const;
  ProfileId refer_profile(ProfileId id) { return profiles_.refer(id); }
  void release_profile(ProfileId id) { profiles_.release(id); }

  /// Somebody found that jobs of this class and profile may be: kept as long as there are any.
  void approve(ClassId id, ProfileId profile);
  bool approved(ClassId id, ProfileId profile) const {
    return approved_class_[id] && approved_profile_[profile];
  }

  const ClassKey& operator[](ClassId id) const { return classes_[id]; }
  ShapeId shape(ClassId id) const { return shape_of_[id]; }
  const Request& request(ShapeId id) const { return shapes_[id]; }
  const Profile& profile(ProfileId id) const { return profiles_[id]; }

  /// Puts together again what was taken apart. Dependencies are not kept here; the index in an
  /// array is that of jobs which are numbered as they stand in it.
  JobFacts facts(JobId job, ClassId id, ProfileId profile) const;

  std::uint64_t references(ClassId id) const { return classes_.references(id); }
  std::size_t class_count() const { return classes_.size(); }
  std::size_t shape_count() const { return shapes_.size(); }
  std::size_t class_bound() const { return classes_.bound(); }

 private:
  Interner<Request, RequestHash> shapes_;
  Interner<ClassKey, ClassKeyHash> classes_;
  Interner<Profile, ProfileHash> profiles_;
  std::vector<ShapeId> shape_of_;
  std::vector<bool> approved_class_, approved_profile_;
};

}  // namespace retz::model
