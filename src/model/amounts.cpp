#include "model/amounts.hpp"

#include <cstddef>
#include <utility>

namespace retz::model {

namespace {

// Merges two sorted lists; `sign` is 1 or -1.
void merge(std::vector<CustomAmount>& to, const std::vector<CustomAmount>& more,
           std::int64_t sign) {
  if (more.empty()) return;
  std::vector<CustomAmount> sum;
  sum.reserve(to.size() + more.size());
  std::size_t i = 0, j = 0;
  while (i < to.size() || j < more.size()) {
    if (j == more.size() || (i < to.size() && to[i].name < more[j].name)) {
      sum.push_back(std::move(to[i++]));
    } else if (i == to.size() || more[j].name < to[i].name) {
      sum.push_back({more[j].name, sign * more[j].amount});
      ++j;
    } else {
      const std::int64_t amount = to[i].amount + sign * more[j].amount;
      if (amount != 0) sum.push_back({std::move(to[i].name), amount});
      ++i, ++j;
    }
  }
  to = std::move(sum);
}

void combine(Amounts& to, const Amounts& more, std::int64_t sign) {
  to.cpus += sign * more.cpus;
  to.mem += sign * more.mem;
  to.disk += sign * more.disk;
  merge(to.custom, more.custom, sign);
}

}  // namespace

void add(Amounts& to, const Amounts& more) {
  combine(to, more, 1);
}

void subtract(Amounts& from, const Amounts& less) {
  combine(from, less, -1);
}

bool covers(const Amounts& have, const Amounts& want) {
  Amounts left = have;
  subtract(left, want);
  if (left.cpus < 0 || left.mem < 0 || left.disk < 0) return false;
  for (const CustomAmount& c : left.custom) {
    if (c.amount < 0) return false;
  }
  return true;
}

}  // namespace retz::model
