#include "engine/figures.hpp"

namespace retz::engine {

namespace {

std::string thousandths(std::int64_t n) {
  if (n < 0) return "-" + thousandths(-n);
  std::string text = std::to_string(n / 1000);
  if (n % 1000 == 0) return text;
  std::string rest = std::to_string(n % 1000 + 1000).substr(1);
  while (rest.back() == '0') rest.pop_back();
  return text + "." + rest;
}

}  // namespace

std::string figure(const std::string& resource, std::int64_t amount) {
  if (resource == "cpus" || resource.rfind("custom.", 0) == 0) return thousandths(amount);
  if (resource == "mem" || resource == "disk") return std::to_string(amount) + " MiB";
  return std::to_string(amount);
}

}  // namespace retz::engine
