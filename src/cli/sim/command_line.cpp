#include "cli/sim/command_line.hpp"

#include <cstdint>
#include <cstdio>
#include <filesystem>

#include "cli/sim/files.hpp"

namespace retz::cli {

namespace {

std::string shell_word(const std::string& word) {
  const char* const plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=,./:@%";
  if (!word.empty() && word.find_first_not_of(plain) == std::string::npos) return word;
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

}  // namespace

std::string command_line() {
  const auto text = read_file("/proc/self/cmdline");
  if (!text) return "retz-sim";
  std::string out, word;
  for (const char c : *text) {
    if (c != '\0') {
      word += c;
      continue;
    }
    out += out.empty() ? std::filesystem::path(word).filename().string() : " " + shell_word(word);
    word.clear();
  }
  return out;
}

// Fowler, Noll, Vo; 64 bits.
std::string digest_of(std::string_view bytes) {
  std::uint64_t state = 0xcbf29ce484222325ULL;
  for (const char c : bytes) {
    state = (state ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  }
  char out[17];
  (void)std::snprintf(out, sizeof out, "%016llx", static_cast<unsigned long long>(state));
  return out;
}

std::string program_digest() {
  return digest_of(read_file("/proc/self/exe").value_or(""));
}

}  // namespace retz::cli
