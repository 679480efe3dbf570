// Files of attempts: lists, parts, ranges, and the whole sandbox as a tar.
#include <doctest/doctest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "api_host.hpp"

using namespace retz;
using Json = nlohmann::json;
using retz::test::ApiHost;

namespace {

std::string header_of(const http::Response& response, const std::string& name) {
  http::Request as;
  as.headers = response.headers;
  return std::string(as.header(name));
}

/// A host with job 1, whose attempt 1 runs.
struct FilesHost : ApiHost {
  explicit FilesHost(server::ApiOptions options = {.version = "0.6.0"})
      : ApiHost(std::move(options)), job(add_job(1)) {
    update(job, JobState::active, 1);
    put_attempt(attempt, AttemptState::running);
  }
  const AttemptRef attempt{JobId{1}, 1};
  JobRecord job;
};

const std::string content = "/v1/jobs/1/files/content?path=stdout";

}  // namespace

TEST_CASE("the files of an attempt are listed, folder by folder") {
  FilesHost host;
  host.sandboxes.put(host.attempt, "stdout", "hello");
  host.sandboxes.put(host.attempt, "sub/with space", "x");
  const auto top = Json::parse(host.call("GET", "/v1/jobs/1/files").body).at("files");
  REQUIRE(top.size() == 2);
  CHECK(top[0] == Json({{"path", "stdout"},
                        {"size", 5},
                        {"modified", 1'500'000'000},
                        {"mode", 0100640},
                        {"owner", "nobody"},
                        {"group", "nogroup"}}));
  const auto sub = Json::parse(host.call("GET", "/v1/jobs/1/files?path=sub&attempt=1").body);
  CHECK(sub.at("files").at(0).at("path") == "sub/with space");
  CHECK(host.call("GET", "/v1/jobs/1/files?path=none").status == 404);
  CHECK(host.call("GET", "/v1/jobs/1/files?attempt=2").status == 404);
  CHECK(host.call("GET", "/v1/jobs/1/files?attempt=0").status == 400);
  host.add_job(2);
  CHECK(host.call("GET", "/v1/jobs/2/files").status == 404);
}

TEST_CASE("a file is read whole, in parts, and past its end") {
  FilesHost host;
  host.sandboxes.put(host.attempt, "stdout",
                     std::string("0123\0\xff"
                                 "6789",
                                 10));
  const auto whole = host.call("GET", content);
  CHECK(whole.status == 200);
  CHECK(whole.content_type == "application/octet-stream");
  CHECK(whole.body == std::string("0123\0\xff"
                                  "6789",
                                  10));
  CHECK(host.call("GET", content + "&offset=6").body == "6789");
  CHECK(host.call("GET", content + "&offset=1&length=2").body == "12");
  CHECK(host.call("GET", content + "&offset=8&length=20").body == "89");
  CHECK(host.call("GET", content + "&offset=10").body.empty());
  CHECK(host.call("GET", content + "&offset=99").body.empty());
  const auto head = host.call("HEAD", content);
  CHECK(header_of(head, "content-length") == "10");
  CHECK(head.body.empty());
}

TEST_CASE("ranges are answered with 206, and 416 behind the end") {
  FilesHost host;
  host.sandboxes.put(host.attempt, "stdout", "0123456789");
  auto part = host.call("GET", content, "", {{"Range", "bytes=2-4"}});
  CHECK(part.status == 206);
  CHECK(part.body == "234");
  CHECK(header_of(part, "content-range") == "bytes 2-4/10");
  CHECK(host.call("GET", content, "", {{"Range", "bytes=-2"}}).body == "89");
  CHECK(host.call("GET", content, "", {{"Range", "bytes=1-2,4-5"}}).status == 200);
  CHECK(host.call("GET", content, "", {{"Range", "bytes=1-2"}, {"If-Range", "x"}}).status == 200);
  part = host.call("GET", content, "", {{"Range", "bytes=10-"}});
  CHECK(part.status == 416);
  CHECK(header_of(part, "content-range") == "bytes */10");
}

TEST_CASE("bad file requests are refused by name") {
  FilesHost host;
  host.sandboxes.put(host.attempt, "stdout", "x");
  for (const auto& [target, status] : {std::pair("content", 400),
                                       {"content?path=none", 404},
                                       {"content?path=stdout&offset=-1", 400},
                                       {"content?path=stdout&length=x", 400},
                                       {"content?path=stdout&follow=yes", 400},
                                       {"content?path=stdout&follow=true&length=3", 400},
                                       {"content?path=stdout&later=true", 400},
                                       {"content?path=stdout&attempt=3&follow=true", 404},
                                       {"content?pth=stdout", 400}}) {
    CAPTURE(target);
    CHECK(host.call("GET", std::string("/v1/jobs/1/files/") + target).status == status);
  }
}

TEST_CASE("a large file streams in slices, up to the limit of one read") {
  server::ApiOptions options;
  options.file_max = 5'000'000;
  FilesHost host(options);
  std::string big;
  for (int i = 0; big.size() < 5'000'000; ++i) big += std::to_string(i) + "\n";
  big.resize(5'000'000);
  host.sandboxes.put(host.attempt, "stdout", big);
  CHECK(host.call("GET", content).body == big);
  host.sandboxes.append(host.attempt, "stdout", "x");
  CHECK(host.call("GET", content).status == 413);
  CHECK(host.call("GET", content + "&offset=1").body.size() == 5'000'000);
  options.file_max = -1;
  FilesHost unlimited(options);
  unlimited.sandboxes.put(unlimited.attempt, "stdout", big + "x");
  CHECK(unlimited.call("GET", content).body.size() == 5'000'001);
}

TEST_CASE("a file that shrinks while it is read ends the connection early") {
  FilesHost host;
  host.sandboxes.put(host.attempt, "stdout", "abc");
  host.sandboxes.claim(host.attempt, "stdout", 100);
  const auto response = host.client()->call("GET", content);
  REQUIRE_FALSE(response);
  CHECK(response.error().code == Errc::io_error);
}

TEST_CASE("the sandbox comes as a tar that tar reads back") {
  FilesHost host;
  const std::string deep = std::string(120, 'd') + "/" + std::string(120, 'f');
  const std::string long_name(180, 'n');
  std::string big(700'000, 'b');
  big += "end";
  host.sandboxes.put(host.attempt, "stdout", "hello\n");
  host.sandboxes.put(host.attempt, "empty", "");
  host.sandboxes.put(host.attempt, "with space", "s");
  host.sandboxes.put(host.attempt, "日本語.txt", "utf-8");
  host.sandboxes.put(host.attempt, long_name, "long");
  host.sandboxes.put(host.attempt, deep, "deep");
  host.sandboxes.put(host.attempt, "sub/big", big);
  host.sandboxes.put(host.attempt, "shrank", "only this");
  host.sandboxes.claim(host.attempt, "shrank", 700);
  host.sandboxes.put(host.attempt, "grew", "this and more");
  host.sandboxes.claim(host.attempt, "grew", 4);
  const auto response = host.call("GET", "/v1/jobs/1/files/archive");
  CHECK(response.status == 200);
  CHECK(response.content_type == "application/x-tar");
  CHECK(header_of(response, "content-disposition").find("job-1-attempt-1.tar") !=
        std::string::npos);
  std::string folder = (std::filesystem::temp_directory_path() / "retz-tar-XXXXXX").string();
  REQUIRE(::mkdtemp(folder.data()) != nullptr);
  const std::filesystem::path root = folder;
  std::ofstream(root / "a.tar", std::ios::binary) << response.body;
  REQUIRE(::system(("cd '" + folder + "' && tar xf a.tar 2> errors && test ! -s errors").c_str()) ==
          0);
  const auto read = [&](const std::string& name) {
    std::ifstream in(root / name, std::ios::binary);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
  };
  CHECK(read("stdout") == "hello\n");
  CHECK(std::filesystem::exists(root / "empty"));
  CHECK(read("with space") == "s");
  CHECK(read("日本語.txt") == "utf-8");
  CHECK(read(long_name) == "long");
  CHECK(read(deep) == "deep");
  CHECK(read("sub/big") == big);
  CHECK(read("shrank") == "only this" + std::string(691, '\0'));
  CHECK(read("grew") == "this");
  std::filesystem::remove_all(root);
}
