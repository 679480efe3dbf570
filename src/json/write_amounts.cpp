// Amounts in JSON: the one form that requests, placements and nodes share.
#include "json/write_amounts.hpp"

namespace retz::json {

void write_scalars(Writer& w, const Amounts& amounts) {
  w.key("cpus");
  w.decimal(amounts.cpus, 3);
  w.key("mem");
  w.number(amounts.mem);
  w.key("disk");
  w.number(amounts.disk);
}

void write_custom(Writer& w, const std::vector<CustomAmount>& custom) {
  w.key("custom");
  w.open_object();
  for (const CustomAmount& amount : custom) {
    w.user_key(amount.name);
    w.decimal(amount.amount, 3);
  }
  w.close_object();
}

}  // namespace retz::json
