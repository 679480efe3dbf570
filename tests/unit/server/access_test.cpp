// Who may come in: signatures, dates, digests, disabled users, and the jobs of others.
#include <doctest/doctest.h>

#include "api_host.hpp"
#include "retz/json.hpp"
#include "retz/signature.hpp"
#include "server/authentication.hpp"
#include "unit/http/raw_socket.hpp"

using namespace retz;
using retz::test::ApiHost;
using retz::test::RawSocket;

namespace {

/// As a client would sign it, with parts replaced.
struct Signed {
  std::string date, md5 = {}, user = "alice", secret = "alice-secret";
  http::Headers headers(const std::string& verb, const std::string& target) const {
    http::Headers out = {
        {"Date", date},
        {"Authorization", "Retz-auth-v1 " + user + ":" +
                              sign(secret, string_to_sign(verb, md5, date, resource_of(target)))}};
    if (!md5.empty()) out.emplace_back("Content-MD5", md5);
    return out;
  }
};

int status_of(ApiHost& host, const Signed& request) {
  return host.call("GET", "/v1/jobs", "", request.headers("GET", "/v1/jobs"), "").status;
}

}  // namespace

TEST_CASE("a signed request comes in, an unsigned one does not") {
  ApiHost host;
  CHECK(host.call("GET", "/v1/jobs").status == 200);
  const auto refused = host.call("GET", "/v1/jobs", "", {}, "");
  CHECK(refused.status == 401);
  CHECK(refused.body.find(R"("code":"unauthenticated")") != std::string::npos);
  CHECK(refused.body.find(R"("field":"Authorization")") != std::string::npos);
}

TEST_CASE("a wrong secret and an unknown user are answered alike, without the string to sign") {
  ApiHost host;
  Signed wrong{.date = to_text(host.clock.wall())};
  wrong.secret = "guessed";
  const auto first = host.call("GET", "/v1/jobs", "", wrong.headers("GET", "/v1/jobs"), "");
  wrong.user = "nobody";
  const auto second = host.call("GET", "/v1/jobs", "", wrong.headers("GET", "/v1/jobs"), "");
  CHECK(first.status == 401);
  CHECK(second.status == 401);
  CHECK(first.body == second.body);
  CHECK(first.body.find(wrong.date) == std::string::npos);
  CHECK(first.body.find("alice") == std::string::npos);
}

TEST_CASE("malformed Authorization fields are refused") {
  ApiHost host;
  for (const char* field : {"Basic abc", "Retz-auth-v1 alice", "Retz-auth-v1 alice:a:b",
                            "Retz-auth-v1  alice:a", "Retz-auth-v1 alice: a"}) {
    CAPTURE(field);
    CHECK(host.call("GET", "/v1/jobs", "", {{"Authorization", field}}, "").status == 401);
  }
}

TEST_CASE("both forms of Date are taken, within the window on both sides") {
  ApiHost host;
  const auto now = host.clock.wall();
  using std::chrono::seconds;
  CHECK(status_of(host, {.date = to_text(now)}) == 200);
  CHECK(status_of(host, {.date = to_text(now - seconds(590))}) == 200);
  CHECK(status_of(host, {.date = to_text(now + seconds(590))}) == 200);
  CHECK(status_of(host, {.date = to_text(now - seconds(610))}) == 401);
  CHECK(status_of(host, {.date = to_text(now + seconds(610))}) == 401);
  CHECK(status_of(host, {.date = "yesterday"}) == 401);
  CHECK(status_of(host, {.date = ""}) == 401);
  CHECK(status_of(host, {.date = "Thu, 31 Aug 2017 08:36:46 GMT"}) == 401);
  host.clock.offset =
      micros(*server::instant_of_date("Thu, 31 Aug 2017 08:36:46 GMT")) - micros(now);
  CHECK(status_of(host, {.date = "Thu, 31 Aug 2017 08:37:46 GMT"}) == 200);
  CHECK(status_of(host, {.date = "2017-08-31T17:36:46.431+09:00"}) == 200);
}

TEST_CASE("a body needs its digest, and the right one") {
  ApiHost host;
  const std::string body = R"({"kill_running":false})";
  host.add_job(1);
  const std::string target = "/v1/jobs/1/rerun";
  // The client adds the right digest behind this one; the first field of a name counts.
  const Signed request{.date = to_text(host.clock.wall()), .md5 = body_md5("something else")};
  const http::Headers headers = request.headers("POST", target);
  CHECK(host.call("POST", target, body, headers, "").status == 401);
  CHECK(host.commands().empty());
}

TEST_CASE("a stranger's body is refused before it comes; a user's is read") {
  ApiHost host;
  const std::string body = R"({"application":"app","command":"true"})";
  const auto head = [&](const Signed& by, const std::string& target) {
    std::string out = "POST " + target +
                      " HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) +
                      "\r\n";
    for (const auto& [name, value] : by.headers("POST", target))
      out += name + ": " + value + "\r\n";
    return out + "\r\n";
  };
  const Signed known{.date = to_text(host.clock.wall()), .md5 = body_md5(body)};
  Signed wrong = known, unknown = known, old = known, bare = known;
  wrong.secret = "guessed";
  unknown.user = "nobody";
  old.date = "2017-08-31T08:36:46.431Z";
  bare.md5.clear();
  for (const Signed& stranger : {wrong, unknown, old, bare}) {
    RawSocket socket(host.port());
    socket.send(head(stranger, "/v1/jobs"));  // and no body
    const std::string seen = socket.read_to_end();
    CHECK(seen.starts_with("HTTP/1.1 401 "));
    CHECK(seen.find("Server: retz-server-0.6.0\r\n") != std::string::npos);
    CHECK(seen.find("Connection: close\r\n") != std::string::npos);
  }
  RawSocket open(host.port());
  open.send("GET /v1/ping HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n");
  CHECK(open.read_to_end().starts_with("HTTP/1.1 4"));
  CHECK(host.commands().empty());
  RawSocket socket(host.port());
  socket.send(head(known, "/v1/jobs"));
  socket.send(body);
  CHECK(socket.read_until("\r\n\r\n").starts_with("HTTP/1.1 201 "));
}

TEST_CASE("what the transport refuses by itself carries Server and Date too") {
  ApiHost host;
  RawSocket socket(host.port());
  socket.send("GET / HTTP/1.1\r\nnonsense\r\n\r\n");
  const std::string seen = socket.read_to_end();
  CHECK(seen.starts_with("HTTP/1.1 400 "));
  CHECK(seen.find("Server: retz-server-0.6.0\r\n") != std::string::npos);
  CHECK(seen.find("\r\nDate: ") != std::string::npos);
}

TEST_CASE("a disabled user is refused, and let in again at once when enabled") {
  ApiHost host;
  CHECK(host.call("GET", "/v1/jobs", "", {}, "carol").status == 403);
  host.commit({PutUser{{.key_id = "carol", .secret = "carol-secret", .info = {}}}});
  CHECK(host.call("GET", "/v1/jobs", "", {}, "carol").status == 200);
  host.commit({PutUser{{.key_id = "dave", .secret = "dave-secret", .info = {}}}});
  CHECK(host.call("GET", "/v1/jobs", "", {}, "dave").status == 200);
}

TEST_CASE("without authentication a known key is still needed") {
  server::ApiOptions options;
  options.authentication = false;
  ApiHost host(options);
  const auto with = [&](const char* key) {
    return host.call("GET", "/v1/jobs", "", {{"Authorization", key}}, "").status;
  };
  CHECK(with("Retz-auth-v1 alice:all-okay") == 200);
  CHECK(with("Retz-auth-v1 nobody:all-okay") == 401);
  CHECK(with("Retz-auth-v1 carol:all-okay") == 403);
}

TEST_CASE("another user's job is not there, on every route; an admin sees it") {
  ApiHost host;
  auto job = host.add_job(7, "bob");
  host.update(job, JobState::active, 1);
  host.put_attempt({job.id, 1}, AttemptState::running);
  host.sandboxes.put({job.id, 1}, "stdout", "secret");
  const std::pair<const char*, const char*> requests[] = {
      {"GET", "/v1/jobs/7"},
      {"DELETE", "/v1/jobs/7"},
      {"POST", "/v1/jobs/7/rerun"},
      {"GET", "/v1/jobs/7/explain"},
      {"GET", "/v1/jobs/7/files"},
      {"GET", "/v1/jobs/7/files/content?path=stdout"},
      {"GET", "/v1/jobs/7/files/archive"},
  };
  for (const auto& [method, target] : requests) {
    CAPTURE(target);
    const auto foreign = host.call(method, target);
    std::string absent_target = target;
    absent_target.replace(absent_target.find("/7"), 2, "/8");
    const auto absent = host.call(method, absent_target);
    CHECK(foreign.status == 404);
    CHECK(absent.status == 404);
    CHECK(foreign.body.size() == absent.body.size());
    CHECK(host.call(method, target, "", {}, "root").status / 100 == 2);
  }
  CHECK(host.call("GET", "/v1/jobs/7/files/content?path=stdout&follow=true").status == 404);
  CHECK(host.call("GET", "/v1/jobs").body.find("\"jobs\":[]") != std::string::npos);
  CHECK(host.call("GET", "/v1/jobs?user=bob").status == 403);
  CHECK(host.call("GET", "/v1/jobs?user=bob", "", {}, "root").body.find("\"id\":7") !=
        std::string::npos);
}

TEST_CASE("before it is attached to its server the API asks to come again") {
  ApiHost host;  // for its store and clock
  LiveMailbox mailbox;
  server::Api api(
      {}, *host.store, mailbox, host.sandboxes, [] { return RuntimeStatus{}; }, host.clock);
  auto server = http::serve({}, api.handler());
  REQUIRE(server);
  http::ClientOptions options;
  options.url = "http://127.0.0.1:" + std::to_string((*server)->port());
  const auto response = (*http::connect(options))->call("GET", "/v1/ping");
  REQUIRE(response);
  CHECK(response->status == 503);
}

TEST_CASE("news that come after the server has gone are no harm") {
  ApiHost host;
  LiveMailbox mailbox;
  server::Api api(
      {}, *host.store, mailbox, host.sandboxes, [] { return RuntimeStatus{}; }, host.clock);
  auto server = http::serve({}, api.handler());
  REQUIRE(server);
  api.attach(**server);
  server->reset();
  const std::vector<Write> writes = {PutUser{{.key_id = "x", .secret = "y", .info = {}}},
                                     UpdateJob{JobId{1}, {}}};
  api.committed(BatchNumber{1}, host.clock.wall(), writes);
}
