// Fit rules by name.
#include <string>

#include "retz/pool.hpp"

namespace retz {

Result<std::shared_ptr<const FitRule>> make_fit_rule(std::string_view name) {
  if (name == "first") return fit_rules::first();
  if (name == "best") return fit_rules::best();
  if (name == "worst") return fit_rules::worst();
  if (name == "dot_product") return fit_rules::dot_product();
  if (name == "fragmentation") return fit_rules::fragmentation();
  if (name == "fragmentation_constrained") return fit_rules::fragmentation_constrained();
  if (name == "numa") return fit_rules::numa();
  return fail(Errc::invalid_argument,
              "no fit rule \"" + std::string(name) +
                  "\"; there are: first, best, worst, dot_product, fragmentation, "
                  "fragmentation_constrained, numa",
              "fit_rule");
}

}  // namespace retz
