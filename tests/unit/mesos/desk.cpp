#include "unit/mesos/desk.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

namespace retz::testing {

using nlohmann::json;

std::string offer_json(const OfferText& offer) {
  const json allocation = {{"role", offer.role}};
  const auto scalar = [&](const char* name, double value) {
    return json{{"name", name},
                {"type", "SCALAR"},
                {"scalar", {{"value", value}}},
                {"allocation_info", allocation}}
        .dump();
  };
  return R"({"id":{"value":")" + offer.id + R"("},"framework_id":{"value":"F-0000"},"agent_id":)" +
         R"({"value":")" + offer.agent + R"("},"hostname":")" + offer.hostname +
         R"(","url":{"scheme":"http","address":{"hostname":"h","ip":"10.0.0.1","port":5051}},)" +
         R"("allocation_info":)" + allocation.dump() + R"(,"resources":[)" +
         scalar("cpus", offer.cpus) + "," + scalar("mem", offer.mem) + offer.more + "]" +
         offer.also + "}";
}

Desk::Desk(mesos::FrameworkOptions options, std::map<std::string, std::string> known)
    : framework(std::move(options), std::move(known), 1) {
  framework.reconcile({}, now);
  take();
}

void Desk::take() {
  mesos::Outbox out = framework.take();
  const auto append = [](auto& from, auto& to) {
    to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
  };
  append(out.calls, calls);
  append(out.events, events);
  append(out.notices, notices);
  append(out.places, places);
}

void Desk::record(const std::string& text) {
  framework.record(text, now);
  take();
}

void Desk::subscribe(const std::string& id) {
  record(R"({"type":"SUBSCRIBED","subscribed":{"framework_id":{"value":")" + id +
         R"("},"heartbeat_interval_seconds":15.0,"master_info":{"hostname":"m","port":5050,)" +
         R"("address":{"hostname":"m","ip":"10.0.0.9","port":5050}}}})");
  settle();
}

void Desk::offers(const std::vector<OfferText>& all) {
  std::string list;
  for (const OfferText& offer : all) list += (list.empty() ? "" : ",") + offer_json(offer);
  record(R"({"type":"OFFERS","offers":{"offers":[)" + list + "]}}");
}

void Desk::rescind(const std::string& offer) {
  record(R"({"type":"RESCIND","rescind":{"offer_id":{"value":")" + offer + R"("}}})");
}

void Desk::update(const UpdateText& update) {
  json status = {{"task_id", {{"value", update.task}}},
                 {"state", "TASK_" + update.state},
                 {"source", update.source},
                 {"timestamp", 1.8e9}};
  if (!update.agent.empty()) status["agent_id"] = {{"value", update.agent}};
  if (!update.uuid.empty()) status["uuid"] = update.uuid;
  if (!update.message.empty()) status["message"] = update.message;
  if (!update.reason.empty()) status["reason"] = "REASON_" + update.reason;
  record(json{{"type", "UPDATE"}, {"update", {{"status", status}}}}.dump());
}

void Desk::agent_failed(const std::string& agent) {
  record(R"({"type":"FAILURE","failure":{"agent_id":{"value":")" + agent + R"("}}})");
}

void Desk::carry_out(std::vector<Action> actions, bool settle_all) {
  std::vector<Receipt> receipts;
  for (; settle_all && settled_up_to < events.size(); ++settled_up_to) {
    if (events[settled_up_to].receipt.value != 0) receipts.push_back(events[settled_up_to].receipt);
  }
  framework.carry_out(actions, receipts, now);
  take();
}

void Desk::beat() {
  if (beats && framework.figures().subscribed) record(R"({"type":"HEARTBEAT"})");
}

void Desk::pass(Duration time) {
  const Instant until = now + time;
  while (true) {
    const auto next = framework.wake_at();
    if (!next || *next > until) break;
    now = std::max(now, *next);
    beat();
    framework.pass(now);
    take();
  }
  now = until;
  beat();
  framework.pass(now);
  take();
}

Launch Desk::launch(std::uint64_t job, LeaseId lease) const {
  Launch out;
  out.attempt = {JobId{job}, 1};
  const auto granted = all<LeaseGranted>();
  out.lease = lease.value != 0 || granted.empty() ? lease : granted.back().lease;
  out.placement.node = granted.empty() ? "host1" : granted.back().node;
  out.placement.amounts = {1000, 128, 0, {}};
  JobSpec spec;
  spec.application = "app";
  spec.user = "alice";
  spec.command = "sleep 1";
  out.job = std::make_shared<const JobSpec>(std::move(spec));
  out.application = std::make_shared<const Application>();
  out.grace_period = std::chrono::seconds(7);
  out.started = now;
  return out;
}

std::string Desk::task_of(const Launch& launch) {
  return mesos::task_id(launch.attempt, launch.started);
}

std::string Desk::start(std::uint64_t job) {
  offer({.id = "O-" + std::to_string(job)});
  const Launch started = launch(job);
  carry_out({LeasesWanted{1}, started});
  return task_of(started);
}

std::size_t Desk::count(const std::string& type) const {
  return static_cast<std::size_t>(std::count_if(
      calls.begin(), calls.end(), [&](const mesos::Call& call) { return call.type == type; }));
}

const mesos::Call& Desk::last(const std::string& type) const {
  const auto at = std::find_if(calls.rbegin(), calls.rend(),
                               [&](const mesos::Call& call) { return call.type == type; });
  REQUIRE_MESSAGE(at != calls.rend(), "no call " << type);
  return *at;
}

std::string Desk::in_last(const std::string& type, const std::string& pointer) const {
  const json body = json::parse(last(type).body);
  const json::json_pointer at(pointer);
  return body.contains(at) ? body.at(at).dump() : "absent";
}

}  // namespace retz::testing
