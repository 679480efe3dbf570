// Orderings by name.
#include <array>
#include <string>
#include <utility>

#include "retz/ordering.hpp"

namespace retz {

namespace {

using Make = std::shared_ptr<const Ordering> (*)();

constexpr std::array<std::pair<std::string_view, Make>, 16> known{{
    {"fifo", orderings::fifo},
    {"priority", orderings::priority},
    {"shortest", orderings::shortest},
    {"shortest_estimate", orderings::shortest_estimate},
    {"smallest_area", orderings::smallest_area},
    {"p_sqrt_n", orderings::p_sqrt_n},
    {"p_sqrt_n_bounded", orderings::p_sqrt_n_bounded},
    {"f1", orderings::f1},
    {"f2", orderings::f2},
    {"f3", orderings::f3},
    {"f4", orderings::f4},
    {"wfp3", orderings::wfp3},
    {"unicef", orderings::unicef},
    {"largest_expansion", orderings::largest_expansion},
    {"fair_share", orderings::fair_share},
    {"critical_path", orderings::critical_path},
}};

// The literature writes these in capitals.
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> aliases{
    {{"F1", "f1"},
     {"F2", "f2"},
     {"F3", "f3"},
     {"F4", "f4"},
     {"WFP3", "wfp3"},
     {"UNICEF", "unicef"}}};

}  // namespace

Result<std::shared_ptr<const Ordering>> make_ordering(std::string_view name) {
  std::string_view wanted = name;
  for (const auto& [alias, real] : aliases) {
    if (alias == name) wanted = real;
  }
  std::string names;
  for (const auto& [own, make] : known) {
    if (own == wanted) return make();
    if (!names.empty()) names += ", ";
    names += own;
  }
  return fail(Errc::invalid_argument,
              "no ordering \"" + std::string(name) + "\"; there are: " + names, "ordering");
}

}  // namespace retz
