// Which lease among those that fit.
#pragma once

#include <memory>
#include <string_view>

#include "retz/resources.hpp"
#include "retz/result.hpp"

namespace retz {

/// One lease, as a fit rule sees it.
struct LeaseView {
  const Amounts& free;
  const Amounts& total;
};

/// Smaller scores are better; ties are broken by the pool as documented at each rule.
class FitRule {
 public:
  virtual ~FitRule() = default;
  virtual std::string_view name() const noexcept = 0;
  virtual double score(const Request& request, const LeaseView& lease) const = 0;
};

namespace fit_rules {
std::shared_ptr<const FitRule> first();
std::shared_ptr<const FitRule> best();
std::shared_ptr<const FitRule> worst();
}  // namespace fit_rules

/// By its name ("first", "best", "worst"). Error: invalid_argument, listing the names there are.
Result<std::shared_ptr<const FitRule>> make_fit_rule(std::string_view name);

}  // namespace retz
