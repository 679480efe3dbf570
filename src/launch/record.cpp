#include "launch/record.hpp"

#include <array>
#include <charconv>
#include <map>

namespace retz::launch {
namespace {

constexpr std::string_view claim_head = "retz-claim 1";
constexpr std::string_view exit_head = "retz-exit 1";

// The words of the file format: they never change, whatever the enumerators are called.
constexpr std::array<std::string_view, 9> kinds = {"exited",        "signaled",      "timed_out",
                                                   "out_of_memory", "killed",        "fetch_failed",
                                                   "cannot_launch", "launch_failed", "node_lost"};

void put(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += ' ';
  for (const char c : value) out += c == '\n' || c == '\0' ? ' ' : c;
  out += '\n';
}

template <class Number>
void put_number(std::string& out, std::string_view name, Number value) {
  put(out, name, std::to_string(value));
}

using Fields = std::map<std::string_view, std::string_view>;

Result<Fields> split(std::string_view text, std::string_view head) {
  Fields fields;
  bool first = true;
  while (!text.empty()) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) break;
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    if (first && line != head) {
      return fail(Errc::invalid_argument,
                  "expected \"" + std::string(head) + "\", found \"" + std::string(line) + "\"");
    }
    first = false;
    if (line == "end") return fields;
    const auto space = line.find(' ');
    if (space == std::string_view::npos) break;
    fields[line.substr(0, space)] = line.substr(space + 1);
  }
  return fail(Errc::invalid_argument, std::string(head) + ": the file is cut short");
}

template <class Number>
bool take(const Fields& fields, std::string_view name, Number& value) {
  const auto at = fields.find(name);
  if (at == fields.end()) return false;
  const auto text = at->second;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

std::string take_text(const Fields& fields, std::string_view name) {
  const auto at = fields.find(name);
  return at == fields.end() ? std::string() : std::string(at->second);
}

}  // namespace

std::string to_text(const Claim& claim) {
  std::string out(claim_head);
  out += '\n';
  put_number(out, "job", claim.attempt.job.value);
  put_number(out, "attempt", claim.attempt.attempt);
  put(out, "boot", claim.boot_id);
  put_number(out, "supervisor", claim.supervisor);
  out += "end\n";
  return out;
}

std::string to_text(const ExitRecord& record) {
  std::string out(exit_head);
  out += '\n';
  put_number(out, "job", record.attempt.job.value);
  put_number(out, "attempt", record.attempt.attempt);
  put(out, "boot", record.boot_id);
  put(out, "kind", kinds.at(static_cast<std::size_t>(record.outcome.kind)));
  put_number(out, "code", record.outcome.exit_code);
  put_number(out, "signal", record.outcome.signal);
  put(out, "reason", record.outcome.reason);
  put_number(out, "cpu_us", record.usage.cpu_time.count());
  put_number(out, "max_memory_mib", record.usage.max_memory);
  put(out, "confinement", record.confinement);
  out += "end\n";
  return out;
}

Result<Claim> claim_from_text(std::string_view text) {
  const auto fields = split(text, claim_head);
  if (!fields) return tl::unexpected(fields.error());
  Claim claim;
  claim.boot_id = take_text(*fields, "boot");
  if (!take(*fields, "job", claim.attempt.job.value) ||
      !take(*fields, "attempt", claim.attempt.attempt) ||
      !take(*fields, "supervisor", claim.supervisor)) {
    return fail(Errc::invalid_argument, "the claim lacks a field, or one is not a number");
  }
  return claim;
}

Result<ExitRecord> exit_record_from_text(std::string_view text) {
  const auto fields = split(text, exit_head);
  if (!fields) return tl::unexpected(fields.error());
  ExitRecord record;
  record.boot_id = take_text(*fields, "boot");
  record.confinement = take_text(*fields, "confinement");
  record.outcome.reason = take_text(*fields, "reason");
  std::int64_t cpu = 0;
  if (!take(*fields, "job", record.attempt.job.value) ||
      !take(*fields, "attempt", record.attempt.attempt) ||
      !take(*fields, "code", record.outcome.exit_code) ||
      !take(*fields, "signal", record.outcome.signal) || !take(*fields, "cpu_us", cpu) ||
      !take(*fields, "max_memory_mib", record.usage.max_memory)) {
    return fail(Errc::invalid_argument, "the exit record lacks a field, or one is not a number");
  }
  record.usage.cpu_time = Duration(cpu);
  const std::string kind = take_text(*fields, "kind");
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    if (kinds[i] != kind) continue;
    record.outcome.kind = static_cast<OutcomeKind>(i);
    return record;
  }
  return fail(Errc::invalid_argument, "unknown kind of end \"" + kind + "\"");
}

}  // namespace retz::launch
