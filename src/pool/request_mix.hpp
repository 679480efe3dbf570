// What live jobs ask for, and how many ask the same: for fit rules that ask what is typical.
#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "model/classes.hpp"
#include "retz/pool.hpp"

namespace retz::pool {

/// Counts requests while it is told to. The answer depends on the present counts alone, so that an
/// engine goes on after a restart as it would have without; they are taken down to a power of two,
/// so that it seldom changes.
class RequestMix {
 public:
  static constexpr std::uint32_t none = 0xFFFFFFFFU;

  void set_active(bool active) { active_ = active; }
  bool active() const { return active_; }
  /// Answers the number of the request, for remove(); none while inactive.
  std::uint32_t add(const Request& request);
  void remove(std::uint32_t number);
  /// Requires: a job with that request was added.
  void remove(const Request& request) { remove(at_.at(request)); }

  /// The most frequent, until they are 95 % of all; their weights sum up to one. Valid until the
  /// next call.
  std::span<const TypicalRequest> typical();
  /// Changes whenever typical() does.
  std::uint64_t version() const { return version_; }

 private:
  struct Entry {
    Request request;
    std::uint64_t count = 0;
  };
  std::vector<Entry> entries_;
  std::vector<std::uint32_t> unused_;
  std::unordered_map<Request, std::uint32_t, model::RequestHash> at_;  // looked up, never walked
  std::vector<TypicalRequest> typical_;
  std::uint64_t version_ = 0;
  bool changed_ = false;
  bool active_ = false;
};

}  // namespace retz::pool
