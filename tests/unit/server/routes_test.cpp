// Each route: what it answers, what it sends to the runtime, what it refuses.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "api_host.hpp"
#include "retz/json.hpp"
#include "retz/signature.hpp"

using namespace retz;
using Json = nlohmann::json;
using retz::test::ApiHost;

namespace {

const std::string one_job = R"({"application":"app","command":"echo hi"})";

std::string header_of(const http::Response& response, const std::string& name) {
  http::Request as;
  as.headers = response.headers;
  return std::string(as.header(name));
}

std::string field_of(const http::Response& response) {
  return Json::parse(response.body).at("error").at("field");
}

}  // namespace

TEST_CASE("a submission reaches the runtime with its user, key and digest") {
  ApiHost host;
  host.on_command([](const Command&) { return Answer{{JobId{5}}, true, {}}; });
  const auto response = host.call("POST", "/v1/jobs", one_job, {{"Idempotency-Key", "k1"}});
  CHECK(response.status == 201);
  CHECK(Json::parse(response.body) == Json({{"ids", {5}}, {"repeated", true}}));
  CHECK(header_of(response, "server") == "retz-server-0.6.0");
  CHECK(header_of(response, "date").size() == 29);
  const auto commands = host.commands();
  REQUIRE(commands.size() == 1);
  const auto& submit = std::get<SubmitJobs>(commands[0]);
  CHECK(submit.user == "alice");
  CHECK(submit.idempotency_key == "k1");
  CHECK(submit.body_digest == sha256_hex(one_job));
  REQUIRE(submit.jobs.size() == 1);
  CHECK(submit.jobs[0].user == "alice");
  CHECK(submit.jobs[0].command == "echo hi");
}

TEST_CASE("many jobs go in one submission, up to the limit") {
  server::ApiOptions options;
  options.jobs_per_submission = 3;
  ApiHost host(options);
  host.on_command([](const Command& command) {
    Answer out;
    for (std::size_t i = 0; i < std::get<SubmitJobs>(command).jobs.size(); ++i) {
      out.jobs.push_back(JobId{i + 1});
    }
    return out;
  });
  const auto batch = [&](int count) {
    Json jobs = Json::array();
    for (int i = 0; i < count; ++i) jobs.push_back(Json::parse(one_job));
    return host.call("POST", "/v1/jobs", Json{{"jobs", jobs}}.dump());
  };
  CHECK(Json::parse(batch(3).body) == Json({{"ids", {1, 2, 3}}, {"repeated", false}}));
  const auto refused = batch(4);
  CHECK(refused.status == 413);
  CHECK(field_of(refused) == "jobs");
}

TEST_CASE("bad submissions name the field and never reach the runtime") {
  ApiHost host;
  const auto missing = host.call("POST", "/v1/jobs", R"({"application":"app"})");
  CHECK(missing.status == 400);
  CHECK(field_of(missing) == "command");
  const auto unknown =
      host.call("POST", "/v1/jobs", R"({"jobs":[{"application":"a","command":"b","comand":1}]})");
  CHECK(unknown.status == 400);
  CHECK(field_of(unknown) == "jobs[0].comand");
  CHECK(host.call("POST", "/v1/jobs", "not json").status == 400);
  CHECK(host.call("POST", "/v1/jobs").status == 400);
  CHECK(
      host.call("POST", "/v1/jobs", one_job, {{"Idempotency-Key", std::string(201, 'k')}}).status ==
      400);
  CHECK(host.commands().empty());
}

TEST_CASE("the runtime's refusals become statuses") {
  ApiHost host;
  const std::pair<Errc, int> expected[] = {
      {Errc::limit_exceeded, 422},  {Errc::not_found, 404},   {Errc::conflict, 409},
      {Errc::forbidden, 403},       {Errc::unavailable, 503}, {Errc::storage_full, 503},
      {Errc::storage_corrupt, 503}, {Errc::internal, 500},    {Errc::invalid_argument, 400}};
  for (const auto& [code, status] : expected) {
    host.on_command([code = code](const Command&) -> Result<Answer> {
      return fail(code, "because", "resources.cpus");
    });
    const auto response = host.call("POST", "/v1/jobs", one_job);
    CHECK(response.status == status);
    CHECK(field_of(response) == "resources.cpus");
    CHECK(header_of(response, "retry-after").empty() == (status != 503));
  }
}

TEST_CASE("a runtime that does not answer is told as 503, and its late answer is dropped") {
  server::ApiOptions options;
  options.answer_within = std::chrono::milliseconds(50);
  ApiHost host(options);
  host.mute = true;
  const auto response = host.call("POST", "/v1/jobs", one_job);
  CHECK(response.status == 503);
  CHECK(header_of(response, "retry-after") == "1");
}

TEST_CASE("jobs are listed by filters and in pages") {
  ApiHost host;
  for (std::uint64_t id = 1; id <= 5; ++id) host.add_job(id, "alice", id % 2 == 1 ? "odd" : "even");
  auto job = host.add_job(6);
  host.update(job, JobState::finished, 1);
  const auto ids = [&](const std::string& query) {
    std::vector<int> out;
    const auto response = host.call("GET", "/v1/jobs" + query);
    CHECK(response.status == 200);
    const Json list = Json::parse(response.body);
    for (const auto& item : list.at("jobs")) out.push_back(item.at("id"));
    return out;
  };
  CHECK(ids("") == std::vector<int>{6, 5, 4, 3, 2, 1});
  CHECK(ids("?tag=odd") == std::vector<int>{5, 3, 1});
  CHECK(ids("?state=finished") == std::vector<int>{6});
  CHECK(ids("?state=queued,finished&limit=2") == std::vector<int>{6, 5});
  CHECK(ids("?name=job4") == std::vector<int>{4});
  CHECK(ids("?application=other").empty());
  CHECK(ids("?below=3") == std::vector<int>{2, 1});
  CHECK(ids("?from=2100-01-01T00:00:00Z").empty());
  CHECK(ids("?before=2100-01-01T00:00:00Z").size() == 6);
  const auto page = Json::parse(host.call("GET", "/v1/jobs?limit=2").body);
  CHECK(page.at("more") == true);
  CHECK(page.at("next_below") == 5);
  const auto last = Json::parse(host.call("GET", "/v1/jobs?limit=6").body);
  CHECK(last.at("more") == false);
  CHECK(last.at("next_below").is_null());
}

TEST_CASE("a large list comes in one answer, page by page") {
  ApiHost host;
  std::vector<Write> writes;
  auto job = host.add_job(1);
  for (std::uint64_t id = 2; id <= 3500; ++id) {
    job.id = JobId{id};
    job.status.arrival = Arrival{id};
    writes.emplace_back(AddJob{job});
  }
  host.commit(std::move(writes));
  for (const auto& [limit, more] : {std::pair(3500, false), std::pair(2500, true)}) {
    const auto list = Json::parse(host.call("GET", "/v1/jobs?limit=" + std::to_string(limit)).body);
    REQUIRE(list.at("jobs").size() == static_cast<std::size_t>(limit));
    CHECK(list.at("more") == more);
    for (int i = 0; i < limit; ++i) {
      REQUIRE(list.at("jobs")[static_cast<std::size_t>(i)].at("id") == 3500 - i);
    }
    if (more) CHECK(list.at("next_below") == 1001);
  }
}

TEST_CASE("bad list parameters are refused by name") {
  ApiHost host;
  for (const auto& [query, field] : {std::pair("state=running", "state"),
                                     {"from=x", "from"},
                                     {"before=1", "before"},
                                     {"below=0", "below"},
                                     {"limit=0", "limit"},
                                     {"limit=65537", "limit"},
                                     {"limit=1x", "limit"},
                                     {"stat=queued", "stat"},
                                     {"tag=a&tag=b", "tag"}}) {
    CAPTURE(query);
    const auto response = host.call("GET", std::string("/v1/jobs?") + query);
    CHECK(response.status == 400);
    CHECK(field_of(response) == field);
  }
}

TEST_CASE("a job is shown with its attempts") {
  ApiHost host;
  auto job = host.add_job(3);
  host.update(job, JobState::active, 1);
  host.put_attempt({job.id, 1}, AttemptState::running);
  const auto shown = Json::parse(host.call("GET", "/v1/jobs/3").body);
  CHECK(shown.at("id") == 3);
  CHECK(shown.at("state") == "active");
  CHECK(shown.at("attempt_records").at(0).at("state") == "running");
  for (const char* id : {"4", "0", "-1", "x", "99999999999999999999", "3x"}) {
    CHECK(host.call("GET", std::string("/v1/jobs/") + id).status == 404);
  }
}

TEST_CASE("jobs are killed singly and by tag") {
  ApiHost host;
  host.add_job(3);
  host.on_command([](const Command&) { return Answer{{JobId{3}}, false, {}}; });
  auto response = host.call("DELETE", "/v1/jobs/3");
  CHECK(response.status == 202);
  CHECK(Json::parse(response.body) == Json({{"ids", {3}}}));
  response = host.call("DELETE", "/v1/jobs?tag=a%20b");
  CHECK(response.status == 202);
  const auto commands = host.commands();
  REQUIRE(commands.size() == 2);
  CHECK(std::get<KillJobs>(commands[0]).jobs == std::vector{JobId{3}});
  CHECK(std::get<KillJobs>(commands[1]).tag == "a b");
  CHECK(std::get<KillJobs>(commands[1]).jobs.empty());
  CHECK(std::get<KillJobs>(commands[1]).user == "alice");
  response = host.call("DELETE", "/v1/jobs");
  CHECK(response.status == 400);
  CHECK(field_of(response) == "tag");
}

TEST_CASE("a job is run again, with or without killing it first") {
  ApiHost host;
  host.add_job(3);
  CHECK(host.call("POST", "/v1/jobs/3/rerun").status == 202);
  CHECK(Json::parse(host.call("POST", "/v1/jobs/3/rerun", R"({"kill_running":true})").body) ==
        Json({{"ids", {3}}}));
  const auto commands = host.commands();
  CHECK_FALSE(std::get<RerunJob>(commands.at(0)).kill_running);
  CHECK(std::get<RerunJob>(commands.at(1)).kill_running);
  for (const char* body : {R"({"kill":true})", R"({"kill_running":1})", "[]", "x"}) {
    CHECK(host.call("POST", "/v1/jobs/3/rerun", body).status == 400);
  }
}

TEST_CASE("why a job waits comes from the runtime, for an ended one from the store") {
  ApiHost host;
  auto job = host.add_job(3);
  host.on_command([](const Command&) {
    Answer out;
    out.explanation = Explanation{JobState::queued, 4, {}};
    return out;
  });
  CHECK(Json::parse(host.call("GET", "/v1/jobs/3/explain").body).at("position") == 4);
  CHECK(std::get<ExplainJob>(host.commands().at(0)).forecast);
  CHECK(host.call("GET", "/v1/jobs/3/explain?forecast=maybe").status == 400);
  host.update(job, JobState::finished, 1);
  CHECK(Json::parse(host.call("GET", "/v1/jobs/3/explain").body).at("state") == "finished");
  CHECK(host.commands().size() == 1);
}

TEST_CASE("applications are put, shown, listed and removed") {
  ApiHost host;
  auto response =
      host.call("PUT", "/v1/applications/app", R"({"files":["/etc/hosts"],"unix_user":"me"})");
  CHECK(response.status == 200);
  CHECK(Json::parse(response.body).at("owner") == "alice");
  const auto put = std::get<StoreApplication>(host.commands().at(0));
  CHECK(put.application.name == "app");
  CHECK(put.user == "alice");
  host.commit({PutApplication{put.application}});
  CHECK(Json::parse(host.call("GET", "/v1/applications/app").body).at("unix_user") == "me");
  const auto count = [&](const std::string& user) {
    return Json::parse(host.call("GET", "/v1/applications", "", {}, user).body)
        .at("applications")
        .size();
  };
  CHECK(count("alice") == 1);
  CHECK(count("bob") == 0);
  CHECK(count("root") == 1);
  CHECK(host.call("GET", "/v1/applications/app", "", {}, "bob").status == 404);
  CHECK(host.call("GET", "/v1/applications/none").status == 404);
  CHECK(host.call("PUT", "/v1/applications/app", R"({"name":"other"})").status == 400);
  CHECK(host.call("PUT", "/v1/applications/app", R"({"owner":"bob"})").status == 403);
  CHECK(host.call("PUT", "/v1/applications/app", R"({"fils":[]})").status == 400);
  CHECK(host.call("DELETE", "/v1/applications/app").status == 200);
  CHECK(std::get<RemoveApplication>(host.commands().back()).name == "app");
}

TEST_CASE("nodes are listed, and drained by admins alone") {
  ApiHost host;
  host.status.nodes.push_back({"local", {}, {}, 2, false});
  const auto nodes = Json::parse(host.call("GET", "/v1/nodes").body).at("nodes");
  CHECK(nodes.at(0).at("name") == "local");
  CHECK(host.call("PUT", "/v1/nodes/local", R"({"draining":true})").status == 403);
  CHECK(host.call("PUT", "/v1/nodes/local", R"({"draining":true})", {}, "root").status == 200);
  CHECK(std::get<DrainNode>(host.commands().at(0)).draining);
  CHECK(host.call("PUT", "/v1/nodes/local", "{}", {}, "root").status == 400);
}

TEST_CASE("the status tells queue, utilisation and what stalls") {
  ApiHost host;
  host.status.counts = {1, 2, 3};
  host.status.cpus = {0.5, 0.25, 0.125};
  host.status.last_batch = BatchNumber{9};
  host.status.ordering = "fifo";
  host.status.stalled = Error{Errc::storage_full, "the disk is \"full\"", {}};
  const auto status = Json::parse(host.call("GET", "/v1/status").body);
  CHECK(status.at("version") == "0.6.0");
  CHECK(status.at("mode") == "local");
  CHECK(status.at("jobs") == Json({{"blocked", 1}, {"queued", 2}, {"active", 3}}));
  CHECK(status.at("utilisation").at("cpus").at("last_quarter") == 0.25);
  CHECK(status.at("stalled").at("message") == "the disk is \"full\"");
  CHECK(status.at("last_batch") == 9);
  CHECK(status.at("uptime_seconds").is_number_integer());
}

TEST_CASE("ping and the description need no signature") {
  ApiHost host;
  CHECK(host.call("GET", "/v1/ping", "", {}, "").body == "OK");
  CHECK(host.call("HEAD", "/v1/ping", "", {}, "").status == 200);
  CHECK(Json::parse(host.call("GET", "/v1/openapi.json", "", {}, "").body).at("openapi") ==
        "3.0.3");
}

TEST_CASE("/ping and /status keep the form of Retz 0.5") {
  ApiHost host;
  const auto ping = host.call("GET", "/ping", "", {}, "");
  CHECK(ping.body == "\"OK\"");
  CHECK(ping.content_type == "text/html;charset=utf-8");
  CHECK(host.call("GET", "/ping?x=1", "", {}, "").status == 401);
  host.status.counts = {0, 7, 1};
  Amounts used;
  used.cpus = 1000;
  used.mem = 32;
  used.disk = 32;
  host.status.nodes.push_back({"local", {}, used, 1, false});
  CHECK(host.call("GET", "/status", "", {}, "").body ==
        R"({"command":"status","queueLength":7,"runningLength":1,"totalUsed":{"cpu":1,)"
        R"("memMB":32,"gpu":0,"ports":0,"diskMB":32,"nodes":0},"numSlaves":1,"offers":0,)"
        R"("totalOffered":{"cpu":0,"memMB":0,"gpu":0,"ports":0,"diskMB":0,"nodes":0},)"
        R"("master":null,"stanchionQueueLength":0,"serverVersion":"retz-server-0.6.0",)"
        R"("status":"ok","version":"0.2.1"})");
}

TEST_CASE("what is not there is 404 to those who signed, a wrong method 405") {
  ApiHost host;
  CHECK(host.call("GET", "/v1/nothing").status == 404);
  CHECK(host.call("GET", "/v1/jobs/1/").status == 404);
  CHECK(host.call("GET", "/").status == 404);
  CHECK(host.call("GET", "/v1/nothing", "", {}, "").status == 401);
  const auto wrong = host.call("PATCH", "/v1/jobs");
  CHECK(wrong.status == 405);
  CHECK(header_of(wrong, "allow") == "POST, GET, DELETE");
}
