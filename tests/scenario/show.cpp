// How values stand in a transcript.
#include <string>

#include "scenario/values.hpp"

namespace retz::scenario {
namespace {

std::string decimal(std::int64_t value, std::int64_t scale) {
  std::string text = std::to_string(value / scale);
  std::string fraction = std::to_string(scale + value % scale).substr(1);
  fraction.erase(fraction.find_last_not_of('0') + 1);
  if (!fraction.empty()) text.append(".").append(fraction);
  return text;
}

}  // namespace

std::string show_thousandths(std::int64_t amount) {
  return decimal(amount, 1000);
}

std::string show(Duration duration) {
  return decimal(duration.count(), 1'000'000) + "s";
}

std::string show(Instant instant) {
  return show(instant.time_since_epoch());
}

std::string show(const Outcome& outcome) {
  std::string text;
  if (outcome.kind == OutcomeKind::exited) {
    text = "exit=" + std::to_string(outcome.exit_code);
  } else if (outcome.kind == OutcomeKind::signaled) {
    text = "signal=" + std::to_string(outcome.signal);
  } else {
    text = to_string(outcome.kind);
  }
  if (!outcome.reason.empty()) text += " (" + outcome.reason + ")";
  return text;
}

std::string show(const Placement& placement) {
  std::string text = placement.node;
  const char* mark = " ports=";
  for (const auto port : placement.ports) {
    text += mark + std::to_string(port);
    mark = ",";
  }
  mark = " gpus=";
  for (const auto& gpu : placement.gpus) {
    text += mark + std::to_string(gpu.device);
    if (gpu.amount != 1000) text += ":" + show_thousandths(gpu.amount);
    mark = ",";
  }
  return text;
}

std::string show(const Amounts& amounts) {
  std::string text = "cpus=" + show_thousandths(amounts.cpus);
  if (amounts.mem != 0) text += " mem=" + std::to_string(amounts.mem);
  if (amounts.disk != 0) text += " disk=" + std::to_string(amounts.disk);
  for (const auto& custom : amounts.custom) {
    text += " x." + custom.name + "=" + show_thousandths(custom.amount);
  }
  return text;
}

}  // namespace retz::scenario
