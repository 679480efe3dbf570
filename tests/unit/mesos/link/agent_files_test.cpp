// Sandboxes read over HTTP from an agent of literal answers.
#include "mesos/agent_files.hpp"

#include <doctest/doctest.h>

#include <sys/stat.h>

#include <nlohmann/json.hpp>

#include "mesos/agent_answers.hpp"
#include "unit/mesos/link/watch.hpp"

using namespace retz;
using namespace retz::testing;
using test::Peer;

namespace {

constexpr AttemptRef first{{3}, 1};

/// One sandbox as an agent serves it; answers at most 64 KiB of a file, as they do.
class Agent {
 public:
  std::string root = "/frameworks/F/executors/T/runs/latest";
  std::map<std::string, std::string> files{{"stdout", "hello\n"},
                                           {"d/a b", std::string("\0\xFF\n", 3)}};
  std::string authorization;  // wanted; empty: none
  std::atomic<int> asked{0};
  Peer peer{[this](Peer::Connection& with) {
    for (;;) {
      const auto request = with.read();
      if (!request.whole) return;
      ++asked;
      with.write(reply(request));
    }
  }};

 private:
  std::string reply(const Peer::Asked& request) {
    if (!authorization.empty() && request.field("authorization") != authorization) {
      return answer("401 Unauthorized", "401 Unauthorized.");
    }
    if (request.head.starts_with("GET /files/browse?path=")) {
      return browse(request.head.substr(23, request.head.find(" HTTP") - 23));
    }
    if (request.head.starts_with("POST /api/v1 ")) return read(request.body);
    return answer("404 Not Found", "404 Not Found.");
  }
  std::string browse(const std::string& path) {
    if (path == root) {
      return answer("200 OK", "[{\"path\":\"" + root +
                                  "/stdout\",\"mode\":\"-rw-r--r--\",\"size\":"
                                  "6},{\"path\":\"" +
                                  root + "/d\",\"mode\":\"drwxr-xr-x\",\"size\":4096}]");
    }
    if (path == root + "/d") {
      return answer("200 OK",
                    "[{\"path\":\"" + root + "/d/a b\",\"mode\":\"-rw-r--r--\",\"size\":3}]");
    }
    if (path == root + "/stdout") return answer("200 OK", "[]");
    return answer("404 Not Found");
  }
  std::string read(const std::string& body) {
    const auto question = nlohmann::json::parse(body)["read_file"];
    const auto path = question["path"].get<std::string>();
    if (path == root + "/d") return answer("400 Bad Request", "Cannot read a directory.");
    const auto file =
        path.starts_with(root) ? files.find(path.substr(root.size() + 1)) : files.end();
    if (file == files.end()) return answer("404 Not Found");
    const auto offset = std::min(question["offset"].get<std::size_t>(), file->second.size());
    const auto length = std::min<std::size_t>(question["length"].get<std::size_t>(), 65536);
    const nlohmann::json out = {
        {"type", "READ_FILE"},
        {"read_file",
         {{"size", file->second.size()},
          {"data", mesos::base64(std::string_view(file->second).substr(offset, length))}}}};
    return answer("200 OK", out.dump(), "Content-Type: application/json\r\n");
  }
};

struct Reading {
  http::Loop loop;
  mesos::AgentFiles files;
  std::thread thread{[this] { loop.run(); }};
  explicit Reading(mesos::AgentFilesOptions options = {}) : files(loop, std::move(options)) {
    files.framework("F");
  }
  ~Reading() {
    loop.post([this] {
      files.close();
      loop.stop();
    });
    thread.join();
  }
  void place(std::uint16_t port) {
    files.learn({first, "T", "S0", "127.0.0.1:" + std::to_string(port)});
  }
};

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a sandbox is listed and read, byte for byte") {
  Agent agent;
  Reading on;
  on.place(agent.peer.port);
  const auto all = on.files.list(first, "");
  REQUIRE_MESSAGE(all, (all ? "" : all.error().message));
  REQUIRE(all->size() == 2);
  CHECK(all->at(0).path == "d");
  CHECK(S_ISDIR(all->at(0).mode));
  CHECK(all->at(1).path == "stdout");
  CHECK(on.files.list(first, "/d/")->at(0).path == "d/a b");
  const auto one = on.files.list(first, "./stdout");
  REQUIRE(one);
  REQUIRE(one->size() == 1);
  CHECK(one->front().path == "stdout");
  CHECK(one->front().size == 6);

  const auto odd = on.files.read(first, "d/a b", 0, 100);
  REQUIRE(odd);
  CHECK(odd->data == std::string("\0\xFF\n", 3));
  CHECK(odd->size == 3);
  CHECK(on.files.read(first, "stdout", 2, 3)->data == "llo");
  CHECK(on.files.read(first, "stdout", 6, 3)->data.empty());
  const auto probe = on.files.read(first, "stdout", 0, 0);
  REQUIRE(probe);
  CHECK(probe->data.empty());
  CHECK(probe->size == 6);
  CHECK(agent.peer.connections == 1);
}

TEST_CASE("a large file is put together from what an agent gives at once") {
  Agent agent;
  std::string large(300'000, 'x');
  for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<char>(i * 7 % 251);
  agent.files["large"] = large;
  Reading on;
  on.place(agent.peer.port);
  const auto chunk = on.files.read(first, "large", 1, 299'000);
  REQUIRE(chunk);
  CHECK(chunk->data == large.substr(1, 299'000));
  CHECK(chunk->size == 300'000);
  CHECK(on.files.read(first, "large", 299'990, 1'000'000)->data == large.substr(299'990));
}

TEST_CASE("what is not there, or leads out, is told as such") {
  Agent agent;
  Reading on;
  const auto unknown = on.files.list(first, "");
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().code == Errc::not_found);
  CHECK(has(unknown.error().message, "attempt 1 of job 3 has no sandbox"));
  on.place(agent.peer.port);
  CHECK(on.files.read(first, "nope", 0, 1).error().code == Errc::not_found);
  CHECK(on.files.list(first, "nope").error().code == Errc::not_found);
  CHECK(on.files.read(first, "d", 0, 1).error().code == Errc::invalid_argument);
  CHECK(on.files.read(first, "stdout", -1, 1).error().code == Errc::invalid_argument);
  const int before = agent.asked;
  for (const char* path : {"..", "../x", "d/../../x", "/../etc/passwd"}) {
    CHECK(on.files.read(first, path, 0, 1).error().code == Errc::not_found);
    CHECK(has(on.files.list(first, path).error().message, "leads out"));
  }
  CHECK(agent.asked == before);
  agent.root = "/elsewhere";
  CHECK(has(on.files.list(first, "").error().message, "no such sandbox"));
}

TEST_CASE("an agent that is gone is told by its name, and not asked again at once") {
  Reading on({.silence = std::chrono::hours(1)});
  on.place(test::dead_port());
  const auto gone = on.files.read(first, "stdout", 0, 1);
  REQUIRE_FALSE(gone);
  CHECK(gone.error().code == Errc::unavailable);
  CHECK(has(gone.error().message, "the agent S0 does not answer"));
  CHECK(on.files.read(first, "stdout", 0, 1).error().message == gone.error().message);
}

TEST_CASE("an agent that wants to know who asks gets the credentials, or we say what is missing") {
  Agent agent;
  agent.authorization = "Basic right";
  mesos::AgentFilesOptions options;
  options.access.authorization = "Basic right";
  Reading on(options);
  on.place(agent.peer.port);
  CHECK(on.files.read(first, "stdout", 0, 9)->data == "hello\n");
  Reading stranger;
  stranger.place(agent.peer.port);
  CHECK(has(stranger.files.list(first, "").error().message, "retz.mesos.secret.file"));
}

TEST_CASE(
    "after a restart a sandbox is found by its attempt's record, node and the master's list") {
  Agent agent;
  AttemptRecord record;
  record.ref = first;
  record.started = at_micros(1'234'567);
  record.placement.node = "node-1";
  agent.root = "/frameworks/F/executors/" + mesos::task_id(first, record.started) + "/runs/latest";
  mesos::AgentFilesOptions options;
  options.attempt = [&](AttemptRef wanted) -> std::optional<AttemptRecord> {
    if (wanted == first) return record;
    return std::nullopt;
  };
  const std::string here = "127.0.0.1:" + std::to_string(agent.peer.port);
  {
    Reading on(options);
    on.files.node("node-1", "S0 " + here);
    CHECK(on.files.read(first, "stdout", 0, 9)->data == "hello\n");
    CHECK_FALSE(on.files.read({{9}, 1}, "stdout", 0, 9));
  }
  Peer master([&](Peer::Connection& with) {
    with.read();
    with.write(answer("200 OK",
                      "{\"slaves\":[{\"id\":\"S0\",\"hostname\":\"node-1\",\"pid\":"
                      "\"slave(1)@" +
                          here + "\"}]}"));
    with.wait_for_the_end();
  });
  Reading on(options);
  const auto nobody = on.files.read(first, "stdout", 0, 9);
  REQUIRE_FALSE(nobody);
  CHECK(nobody.error().code == Errc::not_found);
  CHECK(has(nobody.error().message, "node-1, which the Mesos master does not know"));
  on.files.master({"127.0.0.1", master.port});
  CHECK(on.files.read(first, "stdout", 0, 9)->data == "hello\n");
  CHECK(on.files.read(first, "stdout", 0, 9)->data == "hello\n");
  CHECK(master.connections == 1);  // it is asked once
}
