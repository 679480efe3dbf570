// /v1/status, /v1/ping, /v1/openapi.json
#include <cstdio>

#include "retz/json.hpp"
#include "server/json_text.hpp"
#include "server/routes.hpp"

namespace retz::server {
namespace {

std::string share(double value) {
  char out[32];
  std::snprintf(out, sizeof out, "%.4f", value);
  return out;
}

std::string utilisation(const Utilisation& of) {
  return "{\"last_minute\":" + share(of.last_minute) +
         ",\"last_quarter\":" + share(of.last_quarter) + ",\"last_hour\":" + share(of.last_hour) +
         "}";
}

/// The inner object of {"error": {...}}.
std::string plain_error(const Error& error) {
  return "{\"code\":" + json_string(to_string(error.code)) +
         ",\"field\":" + json_string(error.field) + ",\"message\":" + json_string(error.message) +
         "}";
}

std::string mesos_status(const MesosStatus& mesos) {
  const auto flag = [](bool value) { return std::string(value ? "true" : "false"); };
  std::string out = "{\"subscribed\":" + flag(mesos.subscribed);
  out += ",\"master\":" + json_string(mesos.master);
  out += ",\"framework_id\":" + json_string(mesos.framework_id);
  out += ",\"agents\":" + std::to_string(mesos.agents.size());
  out += ",\"held_offers\":" + std::to_string(mesos.held_offers);
  out += ",\"tasks\":" + std::to_string(mesos.tasks);
  out += ",\"unreconciled\":" + std::to_string(mesos.unreconciled);
  out += ",\"suppressed\":" + flag(mesos.suppressed);
  out += ",\"last_event_age_seconds\":";
  if (mesos.last_event_age) {
    char age[32];
    std::snprintf(age, sizeof age, "%.3f",
                  std::chrono::duration<double>(*mesos.last_event_age).count());
    out += age;
  } else {
    out += "null";
  }
  out += ",\"ended\":" + flag(mesos.ended);
  out += ",\"trouble\":" + (mesos.trouble ? plain_error(*mesos.trouble) : std::string("null"));
  return out + "}";
}

}  // namespace

void get_status(Call&& call) {
  const State& state = *call.state;
  const RuntimeStatus now = state.status();
  const auto up =
      std::chrono::duration_cast<std::chrono::seconds>(state.clock.steady() - state.started);
  std::string out = "{\"version\":" + json_string(state.options.version);
  out += ",\"now\":" + json_string(to_text(now.now));
  out += ",\"uptime_seconds\":" + std::to_string(up.count());
  out += ",\"mode\":" + json_string(state.options.mode);
  out += ",\"ordering\":" + json_string(now.ordering);
  out += ",\"planner\":" + json_string(now.planner);
  out += ",\"fit_rule\":" + json_string(now.fit_rule);
  out += ",\"jobs\":{\"blocked\":" + std::to_string(now.counts.blocked);
  out += ",\"queued\":" + std::to_string(now.counts.queued);
  out += ",\"active\":" + std::to_string(now.counts.active) + "}";
  out += ",\"nodes\":" + std::to_string(now.nodes.size());
  out += ",\"utilisation\":{\"cpus\":" + utilisation(now.cpus);
  out += ",\"mem\":" + utilisation(now.mem) + ",\"disk\":" + utilisation(now.disk);
  out += ",\"gpus\":" + utilisation(now.gpus) + "}";
  out += ",\"stalled\":" + (now.stalled ? plain_error(*now.stalled) : std::string("null"));
  out += ",\"last_batch\":" + std::to_string(now.last_batch.value);
  const auto& mesos = state.options.mesos;
  out += ",\"mesos\":" + (mesos ? mesos_status(mesos()) : std::string("null")) + "}";
  answer(call, 200, std::move(out));
}

void ping(Call&& call) {
  call.exchange->send(response(*call.state, 200, "OK", "text/plain"));
}

void openapi(Call&& call) {
  answer(call, 200, std::string(openapi_text()));
}

}  // namespace retz::server
