// What agents and masters say about files and addresses.
#include "mesos/agent_answers.hpp"

#include <doctest/doctest.h>

#include <sys/stat.h>

using namespace retz;
using namespace retz::mesos;

TEST_CASE("base64 and percent encoding, as agents read them") {
  CHECK(base64("").empty());
  CHECK(base64("a") == "YQ==");
  CHECK(base64("ab") == "YWI=");
  CHECK(base64("abc") == "YWJj");
  CHECK(base64(std::string("\0\xFF\x10", 3)) == "AP8Q");
  CHECK(percent_encoded("/a b/\xC3\xA4&c=d%+#?.txt") == "/a%20b/%C3%A4%26c%3Dd%25%2B%23%3F.txt");
}

TEST_CASE("a listing becomes entries with paths from the sandbox on") {
  const auto entries = entries_in_browse(
      R"([{"gid":"staff","mode":"-rwsr-xr-t","mtime":1795328743.0,"nlink":1,"path":"/r/b.dat",
          "size":6,"uid":"me"},
          {"gid":"root","mode":"drwxr-x---","mtime":1795328744.5,"nlink":2,"path":"/r/a b","size":
          4096,"uid":"root"}])",
      "/r");
  REQUIRE(entries);
  REQUIRE(entries->size() == 2);
  const FileEntry& folder = entries->at(0);
  CHECK(folder.path == "a b");
  CHECK(folder.mode == (S_IFDIR | 0750));
  CHECK(folder.modified == 1795328744);
  const FileEntry& file = entries->at(1);
  CHECK(file.path == "b.dat");
  CHECK(file.size == 6);
  CHECK(file.mode == (S_IFREG | S_ISUID | S_ISVTX | 0755));
  CHECK(file.owner == "me");
  CHECK(file.group == "staff");
  CHECK(entries_in_browse("[]", "/r")->empty());
  CHECK_FALSE(entries_in_browse("{}", "/r"));
  CHECK_FALSE(entries_in_browse("[1]", "/r"));
  CHECK_FALSE(entries_in_browse("<html>", "/r"));
}

TEST_CASE("names that are no UTF-8 are shown with question marks, others as they are") {
  const auto name = [](const std::string& bytes) {
    const auto entries = entries_in_browse("[{\"path\":\"/r/" + bytes + "\"}]", "/r");
    return entries && entries->size() == 1 ? entries->front().path : "?!";
  };
  CHECK(name("\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80") == "\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80");
  CHECK(name("a\xFFz") == "a?z");
  CHECK(name("\xC3") == "?");
  CHECK(name("\xE2\x82x") == "??x");
  CHECK(name("\xED\xA0\x80") == "???");
  CHECK(name("\xC0\xAF") == "??");
  CHECK(name("\xF4\x90\x80\x80") == "????");
}

TEST_CASE("READ_FILE gives bytes, whatever they are") {
  const auto piece =
      piece_in_read_file(R"({"type":"READ_FILE","read_file":{"size":35,"data":"YmluAP94"}})");
  REQUIRE(piece);
  CHECK(piece->size == 35);
  CHECK(piece->data == std::string("bin\0\xFFx", 6));
  CHECK(piece_in_read_file(R"({"read_file":{"size":0}})")->data.empty());
  CHECK_FALSE(piece_in_read_file(R"({"read_file":{"data":"YQ=="}})"));
  CHECK_FALSE(piece_in_read_file(R"({"read_file":{"size":1,"data":"*"}})"));
  CHECK_FALSE(piece_in_read_file("{}"));
  CHECK_FALSE(piece_in_read_file(""));
}

TEST_CASE("the master's list of agents tells where a node is") {
  const std::string slaves =
      R"({"slaves":[{"id":"S0","hostname":"h1","pid":"slave(1)@10.0.0.1:5051"},
                    {"id":"S1","hostname":"h2","pid":"slave(1)@10.0.0.2:5052"}]})";
  CHECK(agent_in_slaves(slaves, "h2")->second == Address{"10.0.0.2", 5052});
  CHECK(agent_in_slaves(slaves, "S0")->second == Address{"10.0.0.1", 5051});
  CHECK(agent_in_slaves(slaves, "h1 S0")->first == "S0");
  CHECK_FALSE(agent_in_slaves(slaves, "h1 S1"));
  CHECK_FALSE(agent_in_slaves(slaves, "h3"));
  CHECK_FALSE(agent_in_slaves("{}", "h1"));
  CHECK_FALSE(agent_in_slaves("no", "h1"));
}
