#include "model/amounts.hpp"

#include <cstddef>
#include <utility>

namespace retz::model {

namespace {

// Merges two sorted lists.
void merge(std::vector<CustomAmount>& to, const std::vector<CustomAmount>& more) {
  if (more.empty()) return;
  std::vector<CustomAmount> sum;
  sum.reserve(to.size() + more.size());
  std::size_t i = 0, j = 0;
  while (i < to.size() || j < more.size()) {
    if (j == more.size() || (i < to.size() && to[i].name < more[j].name)) {
      sum.push_back(std::move(to[i++]));
    } else if (i == to.size() || more[j].name < to[i].name) {
      sum.push_back(more[j++]);
    } else {
      const std::int64_t amount = to[i].amount + more[j].amount;
      if (amount != 0) sum.push_back({std::move(to[i].name), amount});
      ++i, ++j;
    }
  }
  to = std::move(sum);
}

}  // namespace

void add(Amounts& to, const Amounts& more) {
  to.cpus += more.cpus;
  to.mem += more.mem;
  to.disk += more.disk;
  merge(to.custom, more.custom);
}

}  // namespace retz::model
