#include <doctest/doctest.h>
#include <sched.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "topology/capacity.hpp"
#include "topology/discover.hpp"

using namespace retz;
using namespace retz::topology;
namespace fs = std::filesystem;

namespace {

struct Directory {
  Directory() {
    std::string name = (fs::temp_directory_path() / "retz-topology-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~Directory() { fs::remove_all(path); }
  void write(const std::string& file, const std::string& text) const {
    fs::create_directories((path / file).parent_path());
    std::ofstream(path / file) << text;
  }
  fs::path path;
};

Machine example() {
  Machine machine;
  machine.cpus = 4000;
  machine.mem = 8192;
  machine.disk = 100000;
  return machine;
}

Share share() {
  Share out;
  out.ports = {31000, 31999};
  return out;
}

}  // namespace

TEST_CASE("a made-up machine is copied with its nodes, cores and threads") {
  const auto made = from_synthetic("pack:2 [numa(memory=64GB)] core:4 pu:2");
  REQUIRE(made.has_value());
  CHECK(made->numa_nodes.size() == 2);
  CHECK(made->cores.size() == 8);
  CHECK(made->processing_units == 16);
  CHECK(made->cores[0].processing_units.size() == 2);
  CHECK(made->cores[0].numa_node == 0);
  CHECK(made->cores[7].numa_node == 1);
  CHECK(made->cores[7].package == 1);
  CHECK(made->mem == made->numa_nodes[0].mem * 2);
  CHECK(!from_synthetic("a machine").has_value());
}

TEST_CASE("this machine has what this process may use") {
  const auto here = this_machine("/");
  REQUIRE(here.has_value());
  cpu_set_t set;
  REQUIRE(sched_getaffinity(0, sizeof set, &set) == 0);
  CHECK(here->cpus == CPU_COUNT(&set) * 1000);
  CHECK(here->mem > 0);
  CHECK(here->disk > 0);
  CHECK(!this_machine("/no/such/place").has_value());

  cpu_set_t one;
  CPU_ZERO(&one);
  for (std::size_t i = 0; i < CPU_SETSIZE && CPU_COUNT(&one) == 0; ++i) {
    if (CPU_ISSET(i, &set)) CPU_SET(i, &one);
  }
  REQUIRE(sched_setaffinity(0, sizeof one, &one) == 0);
  CHECK(this_machine("/")->cpus == 1000);
  sched_setaffinity(0, sizeof set, &set);
}

TEST_CASE("a capacity is the machine less its reserve, or what an operator says") {
  auto wanted = share();
  wanted.reserve_cpus = 1000;
  wanted.reserve_mem = 512;
  auto given = capacity(example(), wanted);
  REQUIRE(given.has_value());
  CHECK(given->amounts == Amounts{.cpus = 3000, .mem = 7680, .disk = 100000, .custom = {}});
  CHECK(given->ports == std::vector<PortRange>{{31000, 31999}});
  wanted.cpus = 8000;  // shared
  wanted.mem = 1024;
  wanted.disk = 10;
  given = capacity(example(), wanted);
  REQUIRE(given.has_value());
  CHECK(given->amounts == Amounts{.cpus = 8000, .mem = 1024, .disk = 10, .custom = {}});
}

TEST_CASE("options that cannot be are errors that name them") {
  const auto field = [](auto change) {
    auto wanted = share();
    change(wanted);
    const auto given = capacity(example(), wanted);
    return given ? std::string("accepted") : given.error().field;
  };
  CHECK(field([](Share& s) { s.cpus = 0; }) == "cpus");
  CHECK(field([](Share& s) { s.cpus = -1; }) == "cpus");
  CHECK(field([](Share& s) { s.mem = 8193; }) == "mem");
  CHECK(field([](Share& s) { s.disk = 100001; }) == "disk");
  CHECK(field([](Share& s) { s.reserve_cpus = 4000; }) == "reserve_cpus");
  CHECK(field([](Share& s) { s.reserve_mem = -1; }) == "reserve_mem");
  CHECK(field([](Share& s) { s.ports = {5, 4}; }) == "ports");
  CHECK(field([](Share& s) { s.ports = {0, 4}; }) == "ports");
}

TEST_CASE("the least memory limit along our own cgroups counts, in both versions") {
  const Directory d;
  d.write("proc1", "9:cpu:/\n4:memory:/a/b\n");
  d.write("memory/a/memory.limit_in_bytes", "2147483648\n");
  d.write("memory/a/b/memory.limit_in_bytes", "9223372036854771712\n");
  CHECK(cgroup_memory_limit(d.path, d.path / "proc1") == 2048);
  d.write("proc2", "0::/x/y\n");
  CHECK(!cgroup_memory_limit(d.path, d.path / "proc2"));
  d.write("x/memory.max", "max\n");
  d.write("x/y/memory.max", "1073741824\n");
  CHECK(cgroup_memory_limit(d.path, d.path / "proc2") == 1024);
}

TEST_CASE("graphics devices are listed with their name, model and NUMA node") {
  const Directory d;
  d.write("proc/driver/nvidia/gpus/0000:41:00.0/information",
          "Model: \t\t NVIDIA H200\nIRQ:   \t\t 95\nGPU UUID: \t GPU-1234\n");
  d.write("proc/driver/nvidia/gpus/0000:01:00.0/information", "Model: \t\t Tesla T4\n");
  d.write("sys/bus/pci/devices/0000:41:00.0/numa_node", "1\n");
  CHECK(find_gpus(d.path) ==
        std::vector<Gpu>{{.id = "0000:01:00.0", .model = "Tesla T4", .numa_node = -1},
                         {.id = "GPU-1234", .model = "NVIDIA H200", .numa_node = 1}});
  CHECK(find_gpus(d.path / "nothing").empty());
}
