#include <algorithm>

#include <nlohmann/json.hpp>

#include "property/mesos_world.hpp"

namespace retz::testing {

MesosWire::MesosWire(mesos::ScriptedMaster& master, FakeClock& clock, std::uint64_t seed,
                     std::map<std::string, std::string> known)
    : master_(master), clock_(clock), dice_(seed) {
  framework_ = std::make_unique<retz::mesos::Framework>(retz::mesos::FrameworkOptions{},
                                                        std::move(known), seed);
  disturbed_ = clock.wall_now;
}

MesosWire::~MesosWire() {
  if (!stream_.empty()) master_.disconnect(stream_, now());
}

Result<void> MesosWire::open(Inbox& inbox) {
  inbox_ = &inbox;
  return {};
}

void MesosWire::carry_out(std::span<const Action> actions, std::span<const Receipt> settled) {
  framework_->carry_out(actions, settled, now());
  exchange();
}

void MesosWire::reconcile(std::span<const AttemptRecord> believed_live) {
  framework_->reconcile(believed_live, now());
  exchange();
}

Result<std::vector<FileEntry>> MesosWire::list(AttemptRef, const std::string&) {
  return fail(Errc::not_found, "no files here");
}

Result<FileChunk> MesosWire::read(AttemptRef, const std::string&, std::int64_t, std::int64_t) {
  return fail(Errc::not_found, "no files here");
}

/// On one connection nothing overtakes.
Instant MesosWire::later(Instant after) {
  const auto spread = static_cast<std::uint64_t>(latency_.count()) + 1;
  return std::max(after, now() + Duration(static_cast<std::int64_t>(dice_.below(spread))));
}

void MesosWire::exchange() {
  retz::mesos::Outbox outbox = framework_->take();
  if (!outbox.events.empty()) inbox_->post(std::move(outbox.events));
  for (retz::mesos::Call& call : outbox.calls) {
    const Instant after = outgoing_.empty() ? now() : outgoing_.back().at;
    outgoing_.push_back({later(after), std::move(call), stream_});
  }
}

void MesosWire::connect() {
  if (!stream_.empty() || !framework_->wants_connection() || now() < connect_at_) return;
  connect_at_ = now() + std::chrono::milliseconds(200 + static_cast<int>(dice_.below(2000)));
  if (refused_) return;
  const mesos::Answer answer =
      master_.post({{"Content-Type", "application/json"}, {"Accept", "application/json"}},
                   framework_->subscribe(), now());
  if (answer.status != 200) {
    if (answer.status != 503) complaints.push_back("SUBSCRIBE: " + answer.body);
    return;
  }
  stream_ = answer.stream;
  incoming_.clear();
  disturbed_ = now();
}

void MesosWire::disconnect(const std::string& cause) {
  if (stream_.empty()) return;
  master_.disconnect(stream_, now());
  stream_.clear();
  incoming_.clear();
  stalled_until_ = disturbed_ = now();
  const auto unsent = std::exchange(outgoing_, {});
  framework_->lost(cause, now());
  for (const Sent& sent : unsent) {
    framework_->answered(sent.call, retz::mesos::not_sent, "", now());
  }
  exchange();
}

void MesosWire::note_end(const std::string& record) {
  const nlohmann::json event = nlohmann::json::parse(record);
  if (event["type"] != "UPDATE") return;
  const nlohmann::json& status = event["update"]["status"];
  const std::string state = status["state"];
  if (!status.contains("uuid")) return;
  if (state != "TASK_FINISHED" && state != "TASK_FAILED" && state != "TASK_KILLED") return;
  ends_[status["uuid"]] = status["task_id"]["value"];
}

/// Whoever acknowledges an end that is not stored may lose it.
void MesosWire::check_acknowledged(const retz::mesos::Call& call) {
  if (call.type != "ACKNOWLEDGE") return;
  const nlohmann::json body = nlohmann::json::parse(call.body);
  const auto end = ends_.find(body["acknowledge"]["uuid"].get<std::string>());
  if (end == ends_.end()) return;
  const std::string task = end->second;
  const AttemptRef attempt{JobId{std::stoull(task)},
                           static_cast<std::uint32_t>(std::stoul(task.substr(task.find('-') + 1)))};
  if (!stored(attempt)) complaints.push_back("acknowledged and not stored: " + task);
}

void MesosWire::deliver_calls() {
  while (!outgoing_.empty() && outgoing_.front().at <= now()) {
    const Sent sent = std::move(outgoing_.front());
    outgoing_.pop_front();
    if (sent.stream.empty()) {
      framework_->answered(sent.call, retz::mesos::not_sent, "", now());
      continue;
    }
    check_acknowledged(sent.call);
    const mesos::Answer answer =
        master_.post({{"Content-Type", "application/json"}, {"Mesos-Stream-Id", sent.stream}},
                     sent.call.body, now());
    if (answer.status / 100 == 2) continue;
    const bool ours = answer.body == "Framework cannot be found" || answer.status == 403 ||
                      answer.body.starts_with("The stream ID");
    if (!ours) complaints.push_back(sent.call.type + ": " + answer.body + ": " + sent.call.body);
    framework_->answered(sent.call, answer.status, answer.body, now());
  }
}

void MesosWire::deliver_records() {
  if (stream_.empty()) return;
  const bool over = master_.ended(stream_);
  for (std::string& record : master_.records(stream_)) {
    if (record.find("\"TASK_ERROR\"") != std::string::npos) complaints.push_back(record);
    const Instant after = incoming_.empty() ? now() : incoming_.back().first;
    incoming_.emplace_back(later(after), std::move(record));
  }
  if (now() < stalled_until_) return;
  while (!incoming_.empty() && incoming_.front().first <= now()) {
    const std::string record = std::move(incoming_.front().second);
    incoming_.pop_front();
    note_end(record);
    framework_->record(record, now());
    exchange();
    if (stream_.empty()) return;
  }
  if (over && incoming_.empty()) disconnect("the stream ended");
}

void MesosWire::pass() {
  connect();
  deliver_calls();
  deliver_records();
  if (const auto wake = framework_->wake_at(); wake && *wake <= now()) framework_->pass(now());
  exchange();
  if (!stream_.empty() && !framework_->wants_connection()) disconnect("closed");
}

std::optional<Instant> MesosWire::next() const {
  std::optional<Instant> next = framework_->wake_at();
  const auto earlier = [&](Instant time) {
    if (!next || time < *next) next = time;
  };
  if (!outgoing_.empty()) earlier(outgoing_.front().at);
  if (!incoming_.empty()) earlier(std::max(incoming_.front().first, stalled_until_));
  if (stream_.empty() && framework_->wants_connection()) earlier(connect_at_);
  return next;
}

void MesosWire::cut_stream() {
  disconnect("connection reset");
}

void MesosWire::cut_calls(base::Generator& dice) {
  auto unsent = std::exchange(outgoing_, {});
  disturbed_ = std::max(disturbed_, now());
  for (const Sent& sent : unsent) {
    if (!sent.stream.empty() && dice.below(2) == 0) {
      master_.post({{"Content-Type", "application/json"}, {"Mesos-Stream-Id", sent.stream}},
                   sent.call.body, now());
    }
    framework_->answered(sent.call, retz::mesos::no_answer, "", now());
  }
  exchange();
}

void MesosWire::stall(Duration how_long) {
  if (!stream_.empty()) stalled_until_ = now() + how_long;
  disturbed_ = now() + how_long;
}

}  // namespace retz::testing
