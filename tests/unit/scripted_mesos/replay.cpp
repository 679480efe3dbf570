#include "unit/scripted_mesos/replay.hpp"

#include <zlib.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <sstream>
#include <stdexcept>

#include "support/mesos/resources.hpp"

namespace retz::testing::mesos {
namespace {

using nlohmann::json;

std::vector<json> lines_of(const std::string& file) {
  gzFile from = gzopen((RETZ_RECORDINGS "/" + file + ".jsonl.gz").c_str(), "rb");
  if (from == nullptr) throw std::runtime_error("no recording " + file);
  std::string text;
  char piece[65536];
  for (int n = 0; (n = gzread(from, piece, sizeof piece)) > 0;) {
    text.append(piece, static_cast<std::size_t>(n));
  }
  gzclose(from);
  std::vector<json> all;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) all.push_back(json::parse(line));
  return all;
}

Instant at(double seconds) {
  return at_micros(1'700'000'000'000'000 + std::llround(seconds * 1e6));
}

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  if (from.empty() || from == to) return;
  for (std::size_t i = 0; (i = text.find(from, i)) != std::string::npos; i += to.size()) {
    text.replace(i, from.size(), to);
  }
}

/// The order of resources in a text is the master's own affair.
std::string sorted_text(const std::string& message) {
  const std::string mark = " than available ";
  const auto from = message.find(mark);
  if (from == std::string::npos) return message;
  std::vector<std::string> parts;
  std::string rest = message.substr(from + mark.size());
  for (std::size_t i = 0; i <= rest.size();) {
    const std::size_t end = std::min(rest.find("; ", i), rest.size());
    parts.push_back(rest.substr(i, end - i));
    i = end + 2;
  }
  std::sort(parts.begin(), parts.end());
  std::string out = message.substr(0, from + mark.size());
  for (const std::string& part : parts) out += part + "; ";
  return out;
}

std::string keys_of(const json& object, const std::set<std::string>& but) {
  std::string out;
  for (auto it = object.begin(); it != object.end(); ++it) {
    if (but.count(it.key()) == 0) out += it.key() + ' ';
  }
  return out;
}

/// What was told, in an order that does not hang on milliseconds: by task, by agent, the rest.
struct Told {
  std::map<std::string, std::vector<std::string>> updates, offers;
  std::vector<std::string> others;
  std::map<std::string, std::vector<std::string>> uuids;       // of a task, in order
  std::map<std::string, std::vector<std::string>> offer_ids;   // of an agent, in order
  std::map<std::string, std::pair<std::string, double>> last;  // of a task: uuid and time

  void take(const json& event, double time) {
    const std::string type = event["type"];
    if (type == "UPDATE") return update(event["update"]["status"], time);
    if (type == "OFFERS") {
      for (const json& offer : event["offers"]["offers"]) take_offer(offer);
    } else if (type == "HEARTBEAT") {
      return;
    } else if (type == "RESCIND") {
      others.push_back("RESCIND");
    } else if (type == "FAILURE") {
      others.push_back("FAILURE " + event["failure"].dump());
    } else if (type == "ERROR") {
      others.push_back("ERROR " + event["error"]["message"].get<std::string>());
    } else if (type == "SUBSCRIBED") {
      others.push_back("SUBSCRIBED " + event["subscribed"]["framework_id"].dump() + ' ' +
                       keys_of(event["subscribed"], {}));
    } else {
      others.push_back(type);
    }
  }

 private:
  void take_offer(const json& offer) {
    const std::string agent = offer["agent_id"]["value"];
    offer_ids[agent].push_back(offer["id"]["value"]);
    std::vector<std::string> words;
    for (const json& one : offer["resources"]) {
      words.push_back(text_of(resources_of(json::array({one}), "-")) + " (" + keys_of(one, {}) +
                      ')');
    }
    std::sort(words.begin(), words.end());
    std::string line = keys_of(offer, {"executor_ids"});
    for (const std::string& word : words) line += word + "; ";
    if (offer.contains("attributes")) line += offer["attributes"].dump();
    offers[agent].push_back(std::move(line));
  }

  void update(const json& status, double time) {
    const std::string task = status["task_id"]["value"];
    const std::string uuid = status.value("uuid", "");
    auto& [before, when] = last[task];
    const bool again = !uuid.empty() && before == uuid && time - when < 2;
    if (!uuid.empty()) {
      before = uuid;
      when = time;
      auto& known = uuids[task];
      if (std::find(known.begin(), known.end(), uuid) == known.end()) known.push_back(uuid);
    }
    if (again) return;  // the same twice at once: how often is the agents' affair
    updates[task].push_back(
        status["state"].get<std::string>() + ' ' + status["source"].get<std::string>() + ' ' +
        status.value("reason", "-") + " '" + sorted_text(status.value("message", "-")) + "' " +
        status.value("agent_id", json::object()).value("value", "-") + ' ' +
        keys_of(status, {"container_status", "check_status", "healthy", "data"}));
  }
};

struct Injection {
  double at = 0;
  std::string task;
  std::size_t number = 0;  // of the updates of that task
  TaskStatus status;
};

class Replay {
 public:
  explicit Replay(const Scenario& scenario)
      : scenario_(scenario),
        steps_(lines_of(scenario.file)),
        model_(options_of(scenario, steps_), 1) {
    for (const AgentSpec& agent : scenario.agents) model_.add_agent(agent, at(-1));
    prepare();
  }

  Comparison run() {
    for (const json& step : steps_) {
      until(step["t"]);
      take(step);
    }
    const double end = steps_.back()["t"];
    until(end + 0.05);
    compare();
    return std::move(result_);
  }

 private:
  static MasterOptions options_of(const Scenario& scenario, const std::vector<json>& steps) {
    MasterOptions options = scenario.master;
    // A cycle of the real allocator takes some milliseconds too.
    options.allocation_interval = std::chrono::milliseconds(1005);
    bool found = false;
    for (const json& step : steps) {
      if (!step.contains("event")) continue;
      const json& event = step["event"];
      if (event["type"] == "OFFERS") {
        const std::string id = event["offers"]["offers"][0]["agent_id"]["value"];
        options.agents_id = id.substr(0, id.rfind('-'));
        return options;
      }
      if (event["type"] == "SUBSCRIBED" && !found) {
        found = true;
        const std::string id = event["subscribed"]["framework_id"]["value"];
        options.id = id.substr(0, id.rfind('-'));
        options.first_framework = std::stoull(id.substr(id.rfind('-') + 1));
      }
    }
    return options;
  }

  /// When an executor said what, from the time stamps that it put on.
  void prepare() {
    double start = 0;
    for (const json& step : steps_) {
      if (!step.contains("event") || step["event"]["type"] != "UPDATE") continue;
      const json& status = step["event"]["update"]["status"];
      start = std::max(start, status["timestamp"].get<double>() - step["t"].get<double>());
    }
    std::map<std::string, std::vector<std::string>> seen;
    for (const json& step : steps_) {
      if (!step.contains("event") || step["event"]["type"] != "UPDATE") continue;
      const json& status = step["event"]["update"]["status"];
      if (!status.contains("uuid")) continue;
      const std::string task = status["task_id"]["value"];
      auto& known = seen[task];
      const std::string uuid = status["uuid"];
      if (std::find(known.begin(), known.end(), uuid) != known.end()) continue;
      Injection made;
      made.at = status["timestamp"].get<double>() - start;
      made.task = task;
      made.number = known.size();
      made.status.state = status["state"];
      made.status.message = status.value("message", "");
      made.status.reason = status.value("reason", "");
      made.status.source = status["source"];
      if (made.status.reason == "REASON_TASK_HEALTH_CHECK_STATUS_UPDATED") killed_.insert(task);
      known.push_back(uuid);
      injections_.push_back(std::move(made));
    }
    std::stable_sort(injections_.begin(), injections_.end(),
                     [](const auto& a, const auto& b) { return a.at < b.at; });
  }

  void until(double time) {
    for (;;) {
      double next = time;
      if (const auto wake = model_.wake_at()) {
        next = std::min(next, static_cast<double>(micros(*wake) - micros(at(0))) / 1e6);
      }
      if (deed_ < scenario_.deeds.size()) next = std::min(next, scenario_.deeds[deed_].at);
      // What an executor wants to say may have to wait for its order: it tries again soon.
      for (const Injection& one : injections_) {
        next = std::min(next, one.at > now_ ? one.at : now_ + 0.001);
      }
      now_ = std::max(now_, std::min(next, time));
      model_.pass(at(now_));
      while (deed_ < scenario_.deeds.size() && scenario_.deeds[deed_].at <= now_) {
        scenario_.deeds[deed_++].what(model_, at(now_));
      }
      const bool said = inject();
      drain();
      if (now_ >= time && !said) return;
    }
  }

  bool inject() {
    for (const Order& order : model_.take_orders()) {
      if (order.kind == Order::Kind::launch) agent_of_[order.task] = order;
      if (order.kind == Order::Kind::kill) killed_.insert(order.task);
    }
    for (auto it = injections_.begin(); it != injections_.end() && it->at <= now_; ++it) {
      const auto order = agent_of_.find(it->task);
      if (order == agent_of_.end()) continue;
      if (it->status.state == "TASK_KILLING" && killed_.count(it->task) == 0) continue;
      const Injection one = *it;
      injections_.erase(it);
      if (mine_.uuids[one.task].size() > one.number) return true;  // the model's own
      model_.task_says(order->second.agent, order->second.framework, one.task, one.status,
                       at(now_));
      return true;
    }
    return false;
  }

  void drain() {
    for (const auto& [name, stream] : streams_) {
      for (const std::string& record : model_.records(stream)) {
        const json event = json::parse(record);
        mine_.take(event, now_);
        if (scenario_.acknowledged) acknowledge(event, stream);
      }
    }
  }

  void acknowledge(const json& event, const std::string& stream) {
    if (event["type"] == "SUBSCRIBED") framework_ = event["subscribed"]["framework_id"];
    if (event["type"] != "UPDATE" || !event["update"]["status"].contains("uuid")) return;
    const json& status = event["update"]["status"];
    const json call = {{"type", "ACKNOWLEDGE"},
                       {"framework_id", framework_},
                       {"acknowledge",
                        {{"task_id", status["task_id"]},
                         {"agent_id", status["agent_id"]},
                         {"uuid", status["uuid"]}}}};
    model_.post({{"Content-Type", "application/json"}, {"Mesos-Stream-Id", stream}}, call.dump(),
                at(now_));
  }

  std::string mapped(std::string text) {
    for (const auto& [agent, ids] : theirs_.offer_ids) {
      const auto& own = mine_.offer_ids[agent];
      for (std::size_t i = 0; i < ids.size() && i < own.size(); ++i) {
        replace_all(text, '"' + ids[i] + '"', "\"~" + own[i] + '"');
      }
    }
    replace_all(text, "\"~", "\"");
    for (const auto& [task, ids] : theirs_.uuids) {
      const auto& own = mine_.uuids[task];
      for (std::size_t i = 0; i < ids.size() && i < own.size(); ++i) {
        replace_all(text, ids[i], own[i]);
      }
    }
    for (const auto& [recorded, own] : stream_ids_) replace_all(text, recorded, own);
    return text;
  }

  Headers headers_of(const json& given) {
    Headers all;
    for (auto it = given.begin(); it != given.end(); ++it) {
      all.emplace_back(it.key(), mapped(it.value()));
    }
    return all;
  }

  void differ(const std::string& what) { result_.differences.push_back(what); }

  void take(const json& step) {
    if (step.contains("event")) {
      const std::string type = step["event"]["type"];
      // Which cycle the real allocator was in is not known: it is asked when an offer was seen.
      if (type == "OFFERS" && mine_offers() <= their_offers()) model_.allocate(at(now_));
      drain();
      theirs_.take(step["event"], step["t"]);
    } else if (step.contains("subscribe")) {
      subscribes_[step["subscribe"]] = step;
    } else if (step.contains("answer")) {
      subscribe(step);
    } else if (step.contains("call")) {
      call(step);
    } else if (step.contains("closed")) {
      const auto open = streams_.find(step["closed"].get<std::string>());
      if (open == streams_.end()) return;
      if (!model_.ended(open->second)) model_.disconnect(open->second, at(now_));
    }
    drain();
  }

  std::size_t mine_offers() const { return count(mine_); }
  std::size_t their_offers() const { return count(theirs_); }
  static std::size_t count(const Told& told) {
    std::size_t all = 0;
    for (const auto& [agent, ids] : told.offer_ids) all += ids.size();
    return all;
  }

  void subscribe(const json& step) {
    const std::string name = step["answer"];
    const json& asked = subscribes_.at(name);
    const Answer answer = model_.post(headers_of(asked["headers"]),
                                      mapped(asked["body"].get<std::string>()), at(now_));
    ++result_.calls;
    if (answer.status != step["status"]) {
      differ("SUBSCRIBE: " + std::to_string(answer.status) + ' ' + answer.body + ", recorded " +
             step["status"].dump());
    }
    if (answer.status != 200) return;
    streams_[name] = answer.stream;
    stream_ids_[step["stream_id"]] = answer.stream;
  }

  void call(const json& step) {
    const std::string label = step["call"];
    const std::string path = step["path"];
    const auto& skipped = scenario_.skipped_calls;
    if (std::find(skipped.begin(), skipped.end(), label) != skipped.end()) return;
    std::string body = step["body"];
    Headers headers = headers_of(step["headers"]);
    for (const auto& [key, value] : headers) {
      if (key == "Transfer-Encoding") body = body.substr(3, 2);
    }
    const Answer answer =
        model_.request(step["method"].get<std::string>(), path, headers, mapped(body), at(now_));
    ++result_.calls;
    const std::string says = mapped(step["says"]);
    if (answer.status != step["status"] || answer.body != says) {
      differ(label + ": " + std::to_string(answer.status) + " '" + answer.body + "', recorded " +
             step["status"].dump() + " '" + says + "'");
    }
  }

  static std::string listed(const std::vector<std::string>& lines) {
    std::string out;
    for (const std::string& line : lines) out += "\n    " + line;
    return out;
  }

  void compare() {
    for (auto& [task, lines] : theirs_.updates) {
      for (std::string& line : lines) line = mapped(line);
      std::vector<std::string>& own = mine_.updates[task];
      result_.updates += lines.size();
      // Ids inside the words of a message are those of each side.
      for (const auto& [agent, ids] : theirs_.offer_ids) {
        const auto& mine = mine_.offer_ids[agent];
        for (std::size_t i = std::min(ids.size(), mine.size()); i-- > 0;) {
          for (std::string& line : lines) replace_all(line, ids[i] + ' ', mine[i] + ' ');
        }
      }
      if (own != lines) differ(task + ':' + listed(own) + "\n  recorded:" + listed(lines));
    }
    for (const auto& [task, lines] : mine_.updates) {
      if (theirs_.updates.count(task) == 0) differ("told of " + task + ':' + listed(lines));
    }
    if (scenario_.offers && theirs_.offers != mine_.offers) {
      for (const auto& [agent, lines] : theirs_.offers) {
        if (mine_.offers[agent] == lines) continue;
        differ("offers of " + agent + ':' + listed(mine_.offers[agent]) +
               "\n  recorded:" + listed(lines));
      }
    }
    result_.offers += their_offers();
    result_.others += theirs_.others.size();
    if (theirs_.others != mine_.others) {
      differ("others:" + listed(mine_.others) + "\n  recorded:" + listed(theirs_.others));
    }
  }

  const Scenario& scenario_;
  std::vector<json> steps_;
  ScriptedMaster model_;
  std::vector<Injection> injections_;
  std::size_t deed_ = 0;
  double now_ = 0;
  std::map<std::string, Order> agent_of_;
  std::set<std::string> killed_;
  std::map<std::string, json> subscribes_;
  std::map<std::string, std::string> streams_;     // by the recording's name
  std::map<std::string, std::string> stream_ids_;  // recorded to the model's
  json framework_;
  Told mine_, theirs_;
  Comparison result_;
};

}  // namespace

Comparison replay(const Scenario& scenario) {
  return Replay(scenario).run();
}

}  // namespace retz::testing::mesos
