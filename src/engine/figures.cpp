#include "engine/figures.hpp"

namespace retz::engine {

namespace {

std::string thousandths(std::int64_t n) {
  std::string text = std::to_string(n / 1000);
  if (n < 0 && n > -1000) text.insert(0, 1, '-');  // -0.5: the whole part has no sign of its own
  const std::int64_t rest = n < 0 ? -(n % 1000) : n % 1000;
  if (rest == 0) return text;
  text += '.';
  text += std::to_string(rest + 1000).substr(1);
  while (text.back() == '0') text.pop_back();
  return text;
}

}  // namespace

std::string figure(const std::string& resource, std::int64_t amount) {
  if (resource == "mem" || resource == "disk") return std::to_string(amount) + " MiB";
  if (resource == "gpus" || resource == "ports") return std::to_string(amount);
  return thousandths(amount);
}

}  // namespace retz::engine
