#include "queue/due_list.hpp"

namespace retz::queue {

void DueList::add(Ticket ticket) {
  Entry& entry = table_->entries[ticket];
  ++count_;
  if (last_ != none && since(ticket) < since(last_)) {
    entry.due_next = apart;
    apart_.emplace(since(ticket), ticket);
    return;
  }
  entry.due_previous = last_;
  entry.due_next = none;
  (last_ == none ? first_ : table_->entries[last_].due_next) = ticket;
  last_ = ticket;
}

void DueList::remove(Ticket ticket) {
  Entry& entry = table_->entries[ticket];
  --count_;
  if (entry.due_next == apart) {
    apart_.erase({since(ticket), ticket});
  } else {
    (entry.due_previous == none ? first_ : table_->entries[entry.due_previous].due_next) =
        entry.due_next;
    (entry.due_next == none ? last_ : table_->entries[entry.due_next].due_previous) =
        entry.due_previous;
  }
  entry.due_previous = entry.due_next = none;
}

std::optional<Ticket> DueList::pop(Instant then) {
  Ticket due = none;
  if (first_ != none && since(first_) <= then) {
    due = first_;
  } else if (!apart_.empty() && apart_.begin()->first <= then) {
    due = apart_.begin()->second;
  } else {
    return std::nullopt;
  }
  remove(due);
  return due;
}

}  // namespace retz::queue
