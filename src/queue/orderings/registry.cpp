// Orderings by name.
#include <string>

#include "retz/ordering.hpp"

namespace retz {

Result<std::shared_ptr<const Ordering>> make_ordering(std::string_view name) {
  if (name == "fifo") return orderings::fifo();
  if (name == "priority") return orderings::priority();
  return fail(Errc::invalid_argument,
              "no ordering \"" + std::string(name) + "\"; there are: fifo, priority", "ordering");
}

}  // namespace retz
