#include "queue/table.hpp"

#include <cmath>

namespace retz::queue {

Rank comparable(const Rank& rank) {
  Rank out = rank;
  for (double& key : out.keys) {
    if (std::isnan(key)) key = std::numeric_limits<double>::infinity();
  }
  return out;
}

User& Table::fresh(UserId id) const {
  User& user = users[id];
  if (user.pass == pass || inputs == nullptr) return user;
  user.pass = pass;
  user.usage = user.usage_before = inputs->usage(user_names[id], now);
  return user;
}

Key Table::key(const Ordering& ordering, const Part& part, Ticket ticket, bool before) const {
  const Waiting& w = entries[ticket].waiting;
  if (part.overdue) return {false, {}, w.arrival, w.job};
  const model::ClassKey& c = (*classes)[part.class_id];
  return key(ordering,
             {w.job, c.user, c.request, c.priority, c.estimate, w.submitted, 0, Duration{0}},
             part.user, w.arrival, before);
}

Key Table::key(const Ordering& ordering, RankedJob job, UserId user_id, Arrival arrival,
               bool before) const {
  if (ordering.rank_changes() == RankChanges::with_usage) {
    const User& user = fresh(user_id);
    job.usage = before ? user.usage_before : user.usage;
  }
  if (inputs != nullptr && ordering.within_class() == WithinClass::by_rank) {
    job.critical_path = inputs->critical_path(job.id);
  }
  return {true, comparable(ordering.rank(job, now)), arrival, job.id};
}

}  // namespace retz::queue
