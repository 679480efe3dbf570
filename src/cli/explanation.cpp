// Why a job waits, printed for people: what is known of its start, then each reason with what would
// do away with it.
#include "cli/explanation.hpp"

#include <cmath>
#include <vector>

#include <nlohmann/json.hpp>

#include "cli/waiting.hpp"

namespace retz::cli {

namespace {

using Json = nlohmann::json;

/// 2026-11-22T14:02:00.000000Z without what nobody reads.
std::string short_time(const std::string& time) {
  return time.size() > 20 ? time.substr(0, 19) + "Z" : time;
}

std::string duration_text(double seconds) {
  const auto whole = static_cast<std::int64_t>(std::llround(seconds));
  if (whole < 120) return std::to_string(whole) + " s";
  if (whole < 2 * 3600) return std::to_string(whole / 60) + " min";
  if (whole < 48 * 3600) {
    return std::to_string(whole / 3600) + " h " + std::to_string(whole / 60 % 60) + " min";
  }
  return std::to_string(whole / 86400) + " days " + std::to_string(whole / 3600 % 24) + " h";
}

std::string source_text(const std::string& source) {
  if (source == "given") return "as its user said";
  if (source == "time_limit") return "its time limit and grace period";
  if (source == "learnt") return "learnt from the last jobs of its application and user";
  if (source == "fallback") return "the server's default, as nothing better is known";
  return source;
}

std::string start_text(const Json& start) {
  const auto at = short_time(member(start, "at", "?"));
  const auto source = member(start, "source", "");
  if (source == "reservation") return at + " or earlier: it holds a reservation";
  if (source == "forecast") return "about " + at + ", if all jobs take as long as expected";
  return "not before " + at;
}

std::string passed_text(const Json& passed) {
  const auto times = passed.value("times", std::uint64_t{0});
  std::string text = (passed.value("at_least", false) ? "at least " : "") + std::to_string(times) +
                     (times == 1 ? " time" : " times");
  const auto last = member(passed, "last", "");
  if (!last.empty()) text += ", last by job " + last;
  const auto at = member(passed, "at", "");
  if (!at.empty()) text += (last.empty() ? ", last at " : " at ") + short_time(at);
  return text;
}

void add_line(std::string& out, const std::string& label, const std::string& text) {
  static constexpr std::size_t width = 13;
  out += "  " + label + std::string(width - std::min(width, label.size()), ' ') + text + "\n";
}

}  // namespace

std::string explanation_text(std::int64_t id, const Json& explanation) {
  std::string out = "job " + std::to_string(id) + " is " + member(explanation, "state", "?");
  const auto position = explanation.value("position", std::uint64_t{0});
  if (position > 0) out += ", number " + std::to_string(position) + " in the queue";
  out += "\n";
  const auto state = member(explanation, "state", "");
  const bool waits = state == "queued" || state == "blocked";
  if (const auto estimate = explanation.value("estimate", Json()); estimate.is_number()) {
    add_line(out, "estimate",
             duration_text(estimate.get<double>()) + " (" +
                 source_text(member(explanation, "estimate_source", "?")) + ")");
  }
  if (!waits) return out;
  const auto start = explanation.value("start_estimate", Json());
  if (start.is_object()) add_line(out, "start", start_text(start));
  const auto reservation = explanation.value("reservation", Json());
  if (reservation.is_object()) add_line(out, "reserved", "on " + member(reservation, "node", "?"));
  const auto passed = explanation.value("passed_over", Json());
  if (passed.is_object() && passed.value("times", 0) > 0) {
    add_line(out, "passed over", passed_text(passed));
  }
  const auto reasons = explanation.value("reasons", Json::array());
  for (const auto& reason : reasons) {
    add_line(out, "waits", member(reason, "text", reason.dump()));
    const auto remedy = member(reason, "remedy", "");
    if (!remedy.empty()) add_line(out, "", "would help: " + remedy);
  }
  if (position > 0 && reasons.empty()) add_line(out, "starts", "with the next pass");
  return out;
}

}  // namespace retz::cli
