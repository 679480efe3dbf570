// Batches of jobs: one JSON object a line.
#include "cli/batch.hpp"

#include <charconv>

#include <nlohmann/json.hpp>

#include "retz/json.hpp"

namespace retz::cli {

namespace {

using Json = nlohmann::json;

tl::unexpected<Error> at_line(const std::string& origin, std::size_t number, std::string message,
                              std::string field = {}) {
  return fail(Errc::invalid_argument, origin + ":" + std::to_string(number) + ": " +
                                          (field.empty() ? "" : field + ": ") + std::move(message));
}

}  // namespace

Result<std::vector<BatchLine>> read_batch(std::istream& in, const std::string& origin,
                                          const Json& defaults) {
  std::vector<BatchLine> lines;
  std::string text;
  for (std::size_t number = 1; std::getline(in, text); ++number) {
    const auto first = text.find_first_not_of(" \t\r");
    if (first == std::string::npos || text[first] == '#') continue;
    Json job = defaults;
    try {
      const Json line = Json::parse(text);
      if (!line.is_object()) {
        return at_line(origin, number, "expected one JSON object, a job");
      }
      job.update(line, true);
    } catch (const Json::parse_error& error) {
      return at_line(origin, number,
                     "this is no JSON (at byte " + std::to_string(error.byte) +
                         "); a line holds one job, {\"application\": ..., \"command\": ...}");
    }
    auto whole = job.dump();
    if (const auto spec = job_spec_from_json(whole); !spec) {
      return at_line(origin, number, spec.error().message, spec.error().field);
    }
    lines.push_back({number, std::move(whole)});
  }
  if (in.bad()) return fail(Errc::io_error, "cannot read " + origin);
  return lines;
}

Error located(Error error, const std::vector<BatchLine>& lines, std::size_t first,
              const std::string& origin) {
  std::size_t index = 0;
  static constexpr std::string_view head = "jobs[";
  if (error.field.starts_with(head)) {
    const char* const end = error.field.data() + error.field.size();
    const auto parsed = std::from_chars(error.field.data() + head.size(), end, index);
    if (parsed.ec != std::errc{} || parsed.ptr == end || *parsed.ptr != ']') return error;
    const auto rest = std::string(parsed.ptr + 1, end);
    error.field = rest.starts_with('.') ? rest.substr(1) : rest;
  } else if (first + 1 != lines.size()) {
    return error;  // of more than one job, and not about one of them
  }
  if (first + index >= lines.size()) return error;
  error.message = origin + ":" + std::to_string(lines[first + index].number) + ": " +
                  (error.field.empty() ? "" : error.field + ": ") + error.message;
  error.field.clear();
  return error;
}

}  // namespace retz::cli
