// The Standard Workload Format: one job a line, 18 numbers, -1 where nothing is known; header lines
// begin with a semicolon.
#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <string>

#include "retz/workload.hpp"
#include "workload/lines.hpp"

namespace retz {
namespace {

using std::chrono::seconds;

constexpr std::size_t reserved_max = 1'000'000;         // whatever a file pretends to hold
constexpr std::size_t fields_needed = 9;                // up to the requested time
constexpr std::size_t fields_kept = 12;                 // up to the user
constexpr std::int64_t second_max = 1'000'000'000'000;  // 31,000 years: far from overflow

// Positions in a line, from 0.
enum Field : std::size_t {
  job_number = 0,
  submit_time = 1,
  wait_time = 2,
  run_time = 3,
  allocated_processors = 4,
  requested_processors = 7,
  requested_time = 8,
  user_id = 11,
};

using Fields = std::array<std::int64_t, fields_kept>;

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r';
}

std::string_view next_token(std::string_view& line) {
  std::size_t first = 0;
  while (first < line.size() && is_blank(line[first])) ++first;
  std::size_t last = first;
  while (last < line.size() && !is_blank(line[last])) ++last;
  const std::string_view token = line.substr(first, last - first);
  line.remove_prefix(last);
  return token;
}

// Some logs write whole numbers with decimals ("12.00"); what stands behind the point is dropped.
bool read_number(std::string_view token, std::int64_t& number) {
  const char* end = token.data() + token.size();
  const auto [rest, error] = std::from_chars(token.data(), end, number);
  if (error != std::errc{} || number > second_max || number < -second_max) return false;
  if (rest == end) return true;
  return *rest == '.' && std::all_of(rest + 1, end, [](char c) { return c >= '0' && c <= '9'; });
}

// What is wrong with the line; empty: nothing.
std::string read_fields(std::string_view line, Fields& fields) {
  fields.fill(-1);
  std::size_t count = 0;
  for (auto token = next_token(line); !token.empty(); token = next_token(line)) {
    if (count < fields_kept && !read_number(token, fields[count])) {
      return "field " + std::to_string(count + 1) + " is \"" + std::string(token.substr(0, 64)) +
             "\", which is not a number";
    }
    ++count;
  }
  if (count >= fields_needed) return {};
  return std::to_string(count) + " fields where a job needs " + std::to_string(fields_needed);
}

// "; MaxProcs: 100"
void read_header(std::string_view line, std::string_view key, std::int64_t& value) {
  line.remove_prefix(1);
  if (next_token(line) != key) return;
  std::int64_t number = 0;
  if (read_number(next_token(line), number)) value = number;
}

bool to_job(const Fields& fields, std::int64_t machine, WorkloadJob& job) {
  const std::int64_t requested = fields[requested_processors];
  const std::int64_t allocated = fields[allocated_processors];
  const std::int64_t processors = requested > 0 ? requested : allocated;
  if (processors <= 0 || processors > machine || allocated > machine) return false;
  if (fields[run_time] <= 0 || fields[submit_time] < 0) return false;
  const std::int64_t estimate =
      fields[requested_time] > 0 ? fields[requested_time] : fields[run_time];
  job.number = static_cast<std::uint64_t>(std::max<std::int64_t>(fields[job_number], 0));
  job.submit = seconds(fields[submit_time]);
  job.run = seconds(std::min(fields[run_time], estimate));
  job.estimate = seconds(estimate);
  job.request.amounts.cpus = processors * 1000;
  if (fields[wait_time] >= 0) job.recorded_start = job.submit + seconds(fields[wait_time]);
  if (fields[user_id] >= 0) job.user = "u" + std::to_string(fields[user_id]);
  return true;
}

}  // namespace

Result<Workload> parse_swf(std::string_view text, const SwfOptions& options) {
  Workload workload;
  // A vector that doubles would take half as much again at its peak.
  const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  workload.jobs.reserve(std::min(lines, reserved_max));
  std::int64_t max_processors = 0;
  std::int64_t max_nodes = 0;
  std::size_t line_number = 0;
  Fields fields;
  while (!text.empty()) {
    const std::string_view line = workload::next_line(text);
    ++line_number;
    std::string_view probe = line;
    const std::string_view first = next_token(probe);
    if (first.empty()) continue;
    if (first.front() == ';') {
      const std::string_view header =
          line.substr(static_cast<std::size_t>(first.data() - line.data()));
      read_header(header, "MaxProcs:", max_processors);
      read_header(header, "MaxNodes:", max_nodes);
      continue;
    }
    std::string complaint = read_fields(line, fields);
    if (!complaint.empty()) {
      auto noted = workload::note(workload, options.malformed, {line_number, std::move(complaint)});
      if (!noted) return tl::unexpected(noted.error());
      continue;
    }
    if (workload.processors == 0) {
      workload.processors = options.processors > 0 ? options.processors
                            : max_processors > 0   ? max_processors
                                                   : max_nodes;
      if (workload.processors <= 0) {
        return fail(Errc::invalid_argument,
                    "the log's header has neither MaxProcs nor MaxNodes: give the processors",
                    "processors");
      }
    }
    WorkloadJob job;
    if (to_job(fields, workload.processors, job)) {
      workload.jobs.push_back(std::move(job));
    } else {
      ++workload.dropped;
    }
  }
  return workload;
}

}  // namespace retz
