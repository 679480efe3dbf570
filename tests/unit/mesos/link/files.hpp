// Recorded bytes.
#pragma once

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

namespace retz::testing {

inline std::string recorded(const std::string& name) {
  std::ifstream file(std::string(RECORDINGS) + "/" + name, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(file), {}};
  if (bytes.empty()) throw std::runtime_error("no recording " + name);
  return bytes;
}

}  // namespace retz::testing
