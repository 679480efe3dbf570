// Waiting jobs by the time since which they could have started: which of them are overdue.
#pragma once

#include <optional>
#include <set>
#include <utility>

#include "queue/entry.hpp"
#include "queue/table.hpp"

namespace retz::queue {

/// Jobs come in the order of that time, but for few: those are in a list, which costs two links
/// each; the few are in a set beside it.
class DueList {
 public:
  explicit DueList(Table& table) : table_(&table) {}

  void add(Ticket ticket);
  void remove(Ticket ticket);
  /// Takes out one that could have started at `then` or before.
  std::optional<Ticket> pop(Instant then);
  std::size_t size() const { return count_; }

 private:
  static constexpr Ticket apart = 0xFFFFFFFEU;

  Instant since(Ticket t) const { return table_->entries[t].waiting.eligible_at; }

  Table* table_;
  Ticket first_ = none, last_ = none;
  std::size_t count_ = 0;
  std::set<std::pair<Instant, Ticket>> apart_;
};

}  // namespace retz::queue
