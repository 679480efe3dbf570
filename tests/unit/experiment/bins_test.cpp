// Closed batches packed into bins, against the publication's counts.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "retz/experiment.hpp"

using namespace retz;

namespace {

struct Published {
  const char* name;
  std::uint64_t first_fit, l1, linf, l2, best;
};

// Mommessin, Erlebach, Shakhlevich (2025); best: of all of their heuristics.
constexpr Published published[] = {
    {"class1_120_3_7", 52, 49, 48, 48, 48}, {"class2_120_5_4", 31, 29, 29, 30, 28},
    {"class3_120_3_3", 44, 41, 41, 40, 40}, {"class4_120_10_0", 70, 64, 65, 64, 64},
    {"class5_60_10_3", 27, 25, 25, 25, 24}, {"class6_60_10_1", 25, 23, 22, 22, 22},
};

}  // namespace

TEST_CASE("the publication's heuristics use as many bins here, packing never more than the best") {
  const auto instances = read_bins(RETZ_WORKLOADS "/vectorpack");
  REQUIRE(instances);
  REQUIRE(instances->size() == std::size(published));
  for (std::size_t i = 0; i < instances->size(); ++i) {
    const BinInstance& instance = (*instances)[i];
    CAPTURE(instance.name);
    CHECK(instance.name == published[i].name);
    CHECK(bins_used(instance, BinPacker::first_fit) == published[i].first_fit);
    CHECK(bins_used(instance, BinPacker::ffd_l1) == published[i].l1);
    CHECK(bins_used(instance, BinPacker::ffd_linf) == published[i].linf);
    CHECK(bins_used(instance, BinPacker::ffd_l2) == published[i].l2);
    CHECK(bins_used(instance, BinPacker::packing) <= published[i].best);
  }
}

TEST_CASE("an instance in VBP format, items that occur several times and none included") {
  const auto instance = parse_bins("2\n10 20\n3\n5 20 2\n1 1 0\n10 0 1\n", "two");
  REQUIRE(instance);
  CHECK(instance->bin == std::vector<std::int64_t>{10, 20});
  CHECK(instance->items.size() == 3);
  CHECK(bins_used(*instance, BinPacker::first_fit) == 3);
  CHECK(bins_used(*instance, BinPacker::packing) == 3);
  const auto empty = parse_bins("1\n10\n0\n", "none");
  REQUIRE(empty);
  for (const BinPacker packer : {BinPacker::first_fit, BinPacker::ffd_l2, BinPacker::packing}) {
    CHECK(bins_used(*empty, packer) == 0);
  }
}

TEST_CASE("what is wrong with an instance is told with its line") {
  const auto wrong = parse_bins("2\n10 20\n1\n5 21 1\n", "large");
  REQUIRE(!wrong);
  CHECK(wrong.error().field == "size");
  CHECK(wrong.error().message.find("line 4") == 0);
  CHECK(parse_bins("", "empty").error().field == "dimensions");
  CHECK(parse_bins("1\n10\n1\n5", "short").error().field == "demand");
  CHECK(read_bins("/nonexistent.vbp").error().code == Errc::io_error);
  CHECK(read_bins("/nonexistent.tar.gz").error().code == Errc::io_error);
  CHECK(make_bin_packer("FFD").error().field == "packer");
  const auto more = parse_bins("1\n10\n1\n5 1\n\n6 1\n", "more");
  REQUIRE(!more);
  CHECK(more.error().message == "line 6: more stands behind the last of the items");
  CHECK(parse_bins("1\n10\n1\n5 1 \r\n\n", "blanks"));
}

TEST_CASE("a folder without instances is an error") {
  const auto folder = std::filesystem::temp_directory_path() /
                      ("retz-bins-" + std::to_string(std::hash<std::string>{}(RETZ_WORKLOADS)));
  std::filesystem::create_directories(folder);
  CHECK(read_bins(folder.string()).error().code == Errc::io_error);
  std::filesystem::remove_all(folder);
}
