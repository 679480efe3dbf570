// What a real master told (see ../scripted_mesos/recordings/NOTICE.md), heard by the Framework: the
// recorded tasks are believed to be live attempts of ours, every event is stored at once.
#include <zlib.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "unit/mesos/desk.hpp"

using namespace retz;
using namespace retz::testing;
using nlohmann::json;

namespace {

std::vector<json> lines_of(const std::string& file) {
  const gzFile from = gzopen((RETZ_RECORDINGS "/" + file + ".jsonl.gz").c_str(), "rb");
  REQUIRE_MESSAGE(from != nullptr, "no recording " << file);
  std::string text;
  std::vector<char> piece(65536);
  for (int n = 0; (n = gzread(from, piece.data(), 65536)) > 0;) {
    text.append(piece.data(), static_cast<std::size_t>(n));
  }
  gzclose(from);
  std::vector<json> all;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) all.push_back(json::parse(line));
  return all;
}

std::string describe(const Outcome& outcome) {
  std::string out(to_string(outcome.kind));
  if (outcome.kind == OutcomeKind::exited) out += " " + std::to_string(outcome.exit_code);
  if (outcome.signal != 0) out += " by " + std::to_string(outcome.signal);
  return out;
}

/// What became of each task, by its recorded name: "exited 0", "running", "unreachable", "-".
using Ends = std::map<std::string, std::string>;

struct Replay {
  std::set<std::string> streams;
  std::map<std::string, std::string> ours;  // recorded names of tasks, and ours
  std::vector<std::string> names;           // of job 1, job 2 ...
  std::set<std::string> uuids;
  std::string framework_id;
  std::vector<json> events;  // each with "t" and "on"; read into all of the above
  Desk desk;

  Replay(const std::string& file, std::set<std::string> of_streams)
      : streams(std::move(of_streams)), events(read(file)), desk({}, known()) {
    std::vector<AttemptRecord> believed;
    const Instant started = desk.now - std::chrono::hours(1);
    for (const std::string& name : names) {
      AttemptRecord record;
      record.ref = {JobId{believed.size() + 1}, 1};
      record.started = started;
      ours[name] = mesos::task_id(record.ref, started);
      believed.push_back(record);
    }
    desk.framework.reconcile(believed, desk.now);
    play();
  }

  std::vector<json> read(const std::string& file) {
    std::vector<json> out;
    for (const json& line : lines_of(file)) {
      if (!line.contains("on") || !streams.contains(line["on"])) continue;
      out.push_back(line);
      const json& event = line["event"];
      if (event["type"] == "SUBSCRIBED" && framework_id.empty()) {
        framework_id = event["subscribed"]["framework_id"]["value"];
      }
      if (event["type"] != "UPDATE") continue;
      const json& status = event["update"]["status"];
      const std::string task = status["task_id"]["value"];
      if (std::find(names.begin(), names.end(), task) == names.end()) names.push_back(task);
      if (status.contains("uuid")) uuids.insert(status["uuid"].get<std::string>());
    }
    REQUIRE_FALSE(out.empty());
    return out;
  }

  std::map<std::string, std::string> known() const {
    return {{std::string(mesos::framework_id_state), framework_id}};
  }

  void play() {
    const Instant begin = desk.now;
    std::string stream = events.front()["on"];
    for (json line : events) {
      desk.beats = true;
      const Instant then = begin + Duration(std::llround(line["t"].get<double>() * 1e6));
      if (then > desk.now) desk.pass(then - desk.now);
      if (line["on"] != stream) {
        stream = line["on"];
        desk.framework.lost("recorded so", desk.now);
        desk.settle();
      }
      json& event = line["event"];
      if (event["type"] == "UPDATE") {
        json& name = event["update"]["status"]["task_id"]["value"];
        name = ours.at(name);
      }
      desk.record(event.dump());
      desk.settle();
    }
  }

  Ends ends() const {
    Ends out;
    for (const std::string& name : names) out[name] = "-";
    const auto name_of = [&](AttemptRef ref) { return names.at(ref.job.value - 1); };
    for (const Event& event : desk.events) {
      if (const auto* running = std::get_if<AttemptRunning>(&event.what)) {
        out[name_of(running->attempt)] = "running";
      }
      if (const auto* cut_off = std::get_if<AttemptUnreachable>(&event.what)) {
        out[name_of(cut_off->attempt)] = "unreachable";
      }
      if (const auto* ended = std::get_if<AttemptEnded>(&event.what)) {
        std::string& end = out[name_of(ended->attempt)];
        CHECK((end == "-" || end == "running" || end == "unreachable"));  // it ends once
        end = describe(ended->outcome);
      }
    }
    return out;
  }

  /// What a call of that type named, over all of them.
  std::set<std::string> acknowledged() const {
    std::set<std::string> out;
    for (const mesos::Call& call : desk.calls) {
      if (call.type != "ACKNOWLEDGE") continue;
      out.insert(json::parse(call.body)["acknowledge"]["uuid"].get<std::string>());
    }
    return out;
  }
};

void check(const std::string& file, std::set<std::string> streams, const Ends& expected) {
  CAPTURE(file);
  const Replay replay(file, std::move(streams));
  const Ends ends = replay.ends();
  for (const auto& [name, end] : expected) {
    CAPTURE(name);
    REQUIRE(ends.contains(name));
    CHECK(ends.at(name) == end);
  }
  for (const auto& [name, end] : ends) {
    CAPTURE(name);
    CAPTURE(end);
    CHECK(expected.contains(name));
  }
  CHECK(replay.acknowledged() == replay.uuids);  // every one, and no other
  for (const mesos::Call& call : replay.desk.calls) CHECK(json::accept(call.body));
  for (const mesos::Notice& notice : replay.desk.notices) {
    CHECK(notice.text.find("makes no sense") == std::string::npos);
  }
}

const std::set<std::string> first = {"stream-1"};

const std::set<std::string> both = {"stream-1", "stream-2"};

}  // namespace

TEST_CASE("recorded: tasks that end by themselves, in all ways") {
  check("01", first, {{"hello-1", "exited 0"}});
  check("02", first,
        {{"argv", "exited 0"},
         {"argv-noexec", "exited 1"},
         {"envport", "exited 0"},
         {"exit3", "exited 3"},
         {"notfound", "exited 127"},
         {"sig9", "signaled by 9"}});
  check(
      "04", first,
      {{"u1", "exited 0"}, {"u2", "fetch_failed"}, {"u3", "fetch_failed"}, {"u4", "fetch_failed"}});
  check("06", first, {{"after-suppress", "exited 0"}});
  check("28", {"stream-3"}, {{"au1", "exited 0"}});
}

TEST_CASE("recorded: kills") {
  check("03", first,
        {{"k1", "killed by 15"},
         {"k2", "killed by 9"},
         {"k3", "killed"},
         {"k4", "killed by 15"},
         {"k5", "killed"},
         {"never-existed", "node_lost"}});
}

TEST_CASE("recorded: reconciliation, one answer of 'unknown' is no end") {
  check("05", first,
        {{"r1", "running"},
         {"r2", "exited 0"},
         {"r3", "running"},
         {"zz", "node_lost"},
         {"zz2", "-"},
         {"zz3", "-"}});
}

TEST_CASE("recorded: an update that comes again and again until it is acknowledged") {
  check("07", first, {{"n1", "exited 0"}});
}

TEST_CASE("recorded: another instance takes the stream over") {
  check("08", first, {{"f1", "running"}});
  const Replay taken_from("08", first);
  REQUIRE(taken_from.desk.framework.ended());
  CHECK(taken_from.desk.framework.ended()->superseded);
  check("08", {"stream-2"}, {{"f1", "running"}, {"f2", "node_lost"}});
}

TEST_CASE("recorded: a stream is lost and taken up again, a task has ended meanwhile") {
  check("09", both, {{"d1", "exited 7"}, {"d2", "running"}});
}

TEST_CASE("recorded: tasks that are refused") {
  check("12", first, {{"", "cannot_launch"},    {"a/b", "cannot_launch"}, {"b1", "node_lost"},
                      {"b10", "launch_failed"}, {"b11", "exited 0"},      {"b12", "launch_failed"},
                      {"b13", "node_lost"},     {"b14", "cannot_launch"}, {"b15", "cannot_launch"},
                      {"b16", "exited 0"},      {"b17", "exited 0"},      {"b2", "launch_failed"},
                      {"b3", "cannot_launch"},  {"b4", "exited 0"},       {"b5", "cannot_launch"},
                      {"b6", "cannot_launch"},  {"b7", "cannot_launch"},  {"b8", "exited 0"},
                      {"b9", "cannot_launch"},  {"c1", "exited 0"},       {"c2", "node_lost"},
                      {"c3", "node_lost"}});
}

TEST_CASE("recorded: agents that restart, are cut off, unregister, drain or are gone") {
  check("13", first, {{"ar1", "node_lost"}, {"ar2", "node_lost"}, {"arx", "node_lost"}});
  check("14", first, {{"un1", "running"}, {"un2", "node_lost"}});
  check("16", first, {{"nc1", "node_lost"}});
  check("17", first, {{"g5051", "node_lost"}, {"g5052", "node_lost"}, {"g5053", "node_lost"}});
  check("31", first, {{"pt1", "running"}, {"pt2", "exited 0"}, {"pt3", "exited 0"}});
}

TEST_CASE("recorded: a master that comes back, with and without its memory") {
  check("18", both, {{"mr1", "running"}, {"mr2", "exited 0"}});
  check("18b", both, {{"mi1", "running"}});
}

TEST_CASE("recorded: a framework that was torn down") {
  check("20", both, {{"t1", "running"}});
  const Replay torn("20", both);
  REQUIRE(torn.desk.framework.ended());
  CHECK_FALSE(torn.desk.framework.ended()->superseded);
}

TEST_CASE("recorded: limits and health checks") {
  check(
      "26", first,
      {{"h1", "exited 0"}, {"h2", "killed by 15"}, {"h3", "timed_out by 15"}, {"h4", "exited 0"}});
}

TEST_CASE("recorded: forty tasks of one ACCEPT") {
  Ends expected;
  for (int i = 0; i < 40; ++i) {
    expected["many-" + std::string(i < 10 ? "0" : "") + std::to_string(i)] = "exited 0";
  }
  check("27", first, expected);
}

TEST_CASE("recorded: gpus, attributes, a fault domain, reservations in both forms") {
  check("29", {"stream-2"}, {{"gpu1", "exited 0"}, {"gpu2", "cannot_launch"}});
  const Replay gpus("29", {"stream-2"});
  const Capacity capacity = gpus.desk.all<LeaseGranted>().at(0).capacity;
  CHECK(capacity.gpus.size() == 2);
  CHECK(capacity.amounts == Amounts{4000, 4096, 9000, {}});
  CHECK(capacity.attributes == std::vector<Attribute>{{"cores", "16"},
                                                      {"os", "debian"},
                                                      {"rack", "r42"},
                                                      {"range", "[1-5]"},
                                                      {"region", "r1"},
                                                      {"zone", "z2"}});
  // What is reserved counts with the rest: the offer is allocated to the role it is kept for.
  check("29", {"stream-3"}, {{"resv", "exited 0"}});
  const Replay old_form("29", {"stream-3"}), new_form("29", {"stream-4"});
  CHECK(old_form.desk.all<LeaseGranted>().at(0).capacity.amounts.cpus == 6000);
  CHECK(new_form.desk.all<LeaseGranted>().at(0).capacity.amounts.cpus == 6000);
}

TEST_CASE("recorded: offers that time out, planned maintenance, and its begin") {
  check("30", first, {{"mt1", "node_lost"}, {"ot1", "node_lost"}});
  const Replay replay("30", first);
  REQUIRE(replay.desk.all<MaintenancePlanned>().size() == 1);
  CHECK(replay.desk.all<MaintenancePlanned>()[0].windows.size() == 1);
  CHECK(replay.desk.count("ACCEPT_INVERSE_OFFERS") == 2);
  CHECK(replay.desk.all<NodeLost>().size() == 1);
}

TEST_CASE("recorded: resources of an agent's own") {
  check("34", first,
        {{"r1", "killed by 15"},
         {"r10", "running"},
         {"r11", "launch_failed"},
         {"r12", "killed by 15"},
         {"r13", "killed by 15"},
         {"r15", "exited 0"},
         {"r2", "launch_failed"},
         {"r3", "killed by 15"},
         {"r4a", "running"},
         {"r4b", "launch_failed"},
         {"r5", "cannot_launch"},
         {"r5b", "cannot_launch"},
         {"r5c", "running"},
         {"r5x", "running"},
         {"r5y", "cannot_launch"},
         {"r6", "cannot_launch"},
         {"r7", "launch_failed"},
         {"r8", "running"},
         {"r9", "launch_failed"}});
  const Replay replay("34", first);
  CHECK(replay.desk.all<LeaseGranted>().at(0).capacity.amounts.custom ==
        std::vector<CustomAmount>{{"numa0mem", 4096000}, {"numa1mem", 4096000}});
}
