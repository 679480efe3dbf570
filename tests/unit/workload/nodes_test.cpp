#include <doctest/doctest.h>

#include <string>

#include "retz/simulator.hpp"

using namespace retz;

namespace {

std::string complaint(const std::string& text) {
  const auto nodes = parse_nodes(text);
  REQUIRE_FALSE(nodes);
  return nodes.error().message;
}

}  // namespace

TEST_CASE("nodes are read from a table; columns that are no resource are attributes") {
  const auto nodes = parse_nodes(
      "name,cpus,mem,disk,gpus,gpu_model,custom.rdma,rack\na,8,1024,10,2,V100,100,r1\nb,0.5,,,,,,"
      "\n");
  REQUIRE_MESSAGE(nodes, nodes.error().message);
  REQUIRE(nodes->size() == 2);
  const Capacity& a = nodes->front().capacity;
  CHECK(nodes->front().name == "a");
  CHECK(a.amounts == Amounts{8000, 1024, 10, {{"rdma", 100'000}}});
  REQUIRE(a.gpus.size() == 2);
  CHECK(a.gpus[1].model == "V100");
  CHECK(a.attributes == std::vector<Attribute>{{"rack", "r1"}});
  CHECK(nodes->back().capacity.amounts.cpus == 500);
  CHECK(nodes->back().capacity.gpus.empty());
}

TEST_CASE("what is wrong with a table of nodes is told by line and column") {
  CHECK(complaint("name,cpus\na,x\n").find("line 2: cpus is \"x\"") != std::string::npos);
  CHECK(complaint("name,cpus,gpus\na,1,1001\n").find("0 to 1000") != std::string::npos);
  CHECK(complaint("cpus\n4\n").find("no column \"name\"") != std::string::npos);
  CHECK(complaint("name,cpus\n,4\n").find("name is empty") != std::string::npos);
  CHECK(complaint("name,cpus\na,1\na,1\n").find("two nodes are named \"a\"") != std::string::npos);
  CHECK(complaint("name,cpus\na\n").find("1 fields where") != std::string::npos);
  CHECK(complaint("name,cpu\na,4\n").find("no column \"cpus\": name, cpus, mem") !=
        std::string::npos);
  for (const char* column : {"cpus", "mem", "disk", "custom.x"}) {
    CAPTURE(column);
    const std::string head = std::string(column) == "cpus" ? "name" : std::string("name,cpus");
    const std::string row = head == "name" ? "a" : "a,1";
    CHECK(complaint(head + "," + column + "\n" + row + ",1000000000001\n").find("from 0 to 1000") !=
          std::string::npos);
  }
}

TEST_CASE("a file of nodes that is not there is an error of the file") {
  CHECK(read_nodes("/nowhere/nodes.csv").error().code == Errc::io_error);
}
