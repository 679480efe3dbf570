#include "mesos/framework.hpp"

#include <algorithm>
#include <utility>

#include "mesos/core.hpp"

namespace retz::mesos {
namespace {

std::string base36(std::uint64_t value) {
  std::string digits;
  do {
    digits += "0123456789abcdefghijklmnopqrstuvwxyz"[value % 36];
    value /= 36;
  } while (value > 0);
  std::reverse(digits.begin(), digits.end());
  return digits;
}

}  // namespace

std::string task_id(AttemptRef attempt, Instant started) {
  return std::to_string(attempt.job.value) + '-' + std::to_string(attempt.attempt) + '-' +
         base36(static_cast<std::uint64_t>(micros(started)));
}

Framework::Framework(FrameworkOptions options, std::map<std::string, std::string> known,
                     std::uint64_t seed)
    : core_(std::make_unique<Core>(std::move(options), std::move(known), seed)) {}
Framework::~Framework() = default;

std::string Framework::subscribe() const {
  return core_->subscribe();
}
void Framework::record(std::string_view event, Instant now) {
  core_->record(event, now);
}
void Framework::lost(std::string_view cause, Instant now) {
  core_->lost(cause, now);
}
void Framework::answered(const Call& call, int status, std::string_view body, Instant now) {
  core_->answered(call, status, body, now);
}
void Framework::carry_out(std::span<const Action> actions, std::span<const Receipt> settled,
                          Instant now) {
  core_->carry_out(actions, settled, now);
}
void Framework::reconcile(std::span<const AttemptRecord> believed_live, Instant now) {
  core_->reconcile(believed_live, now);
}
void Framework::pass(Instant now) {
  core_->pass(now);
}
std::optional<Instant> Framework::wake_at() const {
  return core_->wake_at();
}
bool Framework::wants_connection() const {
  return core_->wants_connection();
}
const std::optional<Ended>& Framework::ended() const {
  return core_->ended();
}
Outbox Framework::take() {
  return core_->take();
}
FrameworkFigures Framework::figures() const {
  return core_->figures();
}

}  // namespace retz::mesos
