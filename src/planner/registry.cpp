// Planners by name.
#include <string>

#include "retz/planner.hpp"

namespace retz {

Result<std::shared_ptr<const Planner>> make_planner(std::string_view name) {
  if (name == "strict") return planners::strict();
  if (name == "first_fit") return planners::first_fit();
  if (name == "easy") return planners::easy();
  if (name == "conservative") return planners::conservative();
  if (name == "conservative_replan") return planners::conservative_replan();
  if (name == "packing") return planners::packing();
  return fail(Errc::invalid_argument,
              "no planner \"" + std::string(name) +
                  "\"; there are: strict, first_fit, easy, conservative, conservative_replan, "
                  "packing",
              "planner");
}

}  // namespace retz
