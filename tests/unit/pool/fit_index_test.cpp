// The index against a plain scan.
#include <doctest/doctest.h>

#include <map>

#include "base/generator.hpp"
#include "pool/fit_index.hpp"

namespace retz::pool {
namespace {

struct Item {
  FitKey key;
  std::vector<std::int64_t> row;
};

TEST_CASE("the index finds the same item as a scan in the order of keys") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    base::Generator draw(seed);
    FitIndex index(3);
    std::map<std::uint32_t, Item> items;
    for (int i = 0; i < 600; ++i) {
      const auto id = static_cast<std::uint32_t>(draw.below(50));
      Item item;
      for (int d = 0; d < 3; ++d) item.row.push_back(static_cast<std::int64_t>(draw.below(9)) - 1);
      item.key = {static_cast<std::int64_t>(draw.below(5)), 0, draw.below(3), id};
      if (!index.contains(id)) {
        index.insert(id, item.key, item.row, 0);
        items[id] = item;
      } else if (draw.below(3) == 0) {
        index.erase(id);
        items.erase(id);
      } else {
        if (draw.below(2) == 0) item.key = items[id].key;
        index.update(id, item.key, item.row, 0);
        items[id] = item;
      }
      REQUIRE(index.consistent());
      const std::vector<std::int64_t> need{static_cast<std::int64_t>(draw.below(8)),
                                           static_cast<std::int64_t>(draw.below(8)), 0};
      const auto odd = [](std::uint32_t n) { return n % 2 == 1; };
      std::uint32_t expected = FitIndex::none;
      for (const auto& [n, candidate] : items) {
        const auto& row = candidate.row;
        if (!odd(n) || row[0] < need[0] || row[1] < need[1] || row[2] < 0) continue;
        if (expected == FitIndex::none || candidate.key < items[expected].key) expected = n;
      }
      REQUIRE(index.find(need, 0, odd) == expected);
    }
  }
}

}  // namespace
}  // namespace retz::pool
