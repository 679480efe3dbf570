#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "retz/workload.hpp"
#include "workload/draw.hpp"

using namespace retz;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

double part_of(const Workload& workload, const std::function<bool(const WorkloadJob&)>& is) {
  const auto count = std::count_if(workload.jobs.begin(), workload.jobs.end(), is);
  return static_cast<double>(count) / static_cast<double>(workload.jobs.size());
}

std::int64_t cpus(const WorkloadJob& job) {
  return job.request.amounts.cpus / 1000;
}

double log_run(const WorkloadJob& job) {
  return std::log(static_cast<double>(job.run.count()) / 1e6);
}

}  // namespace

TEST_CASE("equal seeds give equal workloads, others give others") {
  CHECK(to_csv(*generate_lublin({.jobs = 500, .seed = 7})) ==
        to_csv(*generate_lublin({.jobs = 500, .seed = 7})));
  CHECK(to_csv(*generate_lublin({.jobs = 500, .seed = 7})) !=
        to_csv(*generate_lublin({.jobs = 500, .seed = 8})));
  CHECK(to_csv(*generate_batch_mix({.jobs = 500, .seed = 7})) ==
        to_csv(*generate_batch_mix({.jobs = 500, .seed = 7})));
  CHECK(to_csv(*generate_batch_mix({.jobs = 500, .seed = 7})) !=
        to_csv(*generate_batch_mix({.jobs = 500, .seed = 8})));
}

TEST_CASE("gamma numbers have the mean and the deviation of their formula") {
  workload::Draw draw(3);
  for (const auto& [shape, scale] : {std::pair{6.57, 0.823}, std::pair{639.1, 0.0156}}) {
    double sum = 0;
    double squares = 0;
    constexpr int count = 200'000;
    for (int i = 0; i < count; ++i) {
      const double x = draw.gamma(shape, scale);
      sum += x;
      squares += x * x;
    }
    const double mean = sum / count;
    CHECK(mean == doctest::Approx(shape * scale).epsilon(0.005));
    CHECK(std::sqrt(squares / count - mean * mean) ==
          doctest::Approx(std::sqrt(shape) * scale).epsilon(0.01));
  }
}

TEST_CASE("Lublin-Feitelson jobs are as the model's batch partition says") {
  const auto made = generate_lublin({.jobs = 100'000, .processors = 128, .load = 0.7});
  REQUIRE(made);
  const auto serial = [](const WorkloadJob& job) { return cpus(job) == 1; };
  const auto power_of_two = [](const WorkloadJob& job) {
    return (cpus(job) & (cpus(job) - 1)) == 0;
  };
  CHECK(part_of(*made, serial) == doctest::Approx(0.2927).epsilon(0.02));
  // Those drawn as powers of two, and of the others those that are one by chance.
  CHECK(part_of(*made, power_of_two) > 0.2927 + 0.6686 - 0.005);
  // log2 of a parallel size: 0.875 x (1.2 + 5) / 2 + 0.125 x (5 + 7) / 2.
  double sizes = 0;
  double parallel = 0;
  double serial_logs = 0;
  double serials = 0;
  for (const WorkloadJob& job : made->jobs) {
    if (cpus(job) > 1) {
      sizes += std::log2(static_cast<double>(cpus(job)));
      ++parallel;
    } else {
      serial_logs += log_run(job);
      ++serials;
    }
    CHECK(job.run <= job.estimate);
    CHECK(log_run(job) <= 12);
  }
  CHECK(sizes / parallel == doctest::Approx(0.875 * 3.1 + 0.125 * 6).epsilon(0.03));
  // ln of a serial run: p = 0.6956 of mean 6.57 x 0.823, else 639.1 x 0.0156; little is cut off.
  CHECK(serial_logs / serials == doctest::Approx(0.6956 * 5.407 + 0.3044 * 9.970).epsilon(0.02));
}

TEST_CASE("larger Lublin-Feitelson jobs run longer") {
  const auto made = generate_lublin({.jobs = 50'000, .processors = 256});
  double small = 0, smalls = 0, large = 0, larges = 0;
  for (const WorkloadJob& job : made->jobs) {
    (cpus(job) < 32 ? small : large) += log_run(job);
    ++(cpus(job) < 32 ? smalls : larges);
  }
  CHECK(large / larges > small / smalls + 0.3);
}

TEST_CASE("the load is the one that was asked for") {
  const auto made = generate_lublin({.jobs = 20'000, .processors = 256, .load = 0.6});
  double work = 0;
  for (const WorkloadJob& job : made->jobs) {
    work += static_cast<double>(cpus(job)) * static_cast<double>(job.run.count());
  }
  const auto span = static_cast<double>(made->jobs.back().submit.count());
  CHECK(work / (256 * span) == doctest::Approx(0.6).epsilon(0.001));
}

TEST_CASE("a batch mix is of many small and a few big jobs, most of them at night") {
  const auto made = generate_batch_mix({.jobs = 50'000, .nodes = 10, .load = 1});
  REQUIRE(made);
  const auto hour = [](const WorkloadJob& job) {
    return std::chrono::duration_cast<hours>(job.submit).count() % 24;
  };
  CHECK(part_of(*made, [](const WorkloadJob& job) { return cpus(job) == 1; }) > 0.6);
  CHECK(part_of(*made, [](const WorkloadJob& job) { return cpus(job) >= 16; }) < 0.05);
  CHECK(part_of(*made, [](const WorkloadJob& job) { return cpus(job) > 32; }) == 0);
  CHECK(part_of(*made, [&](const WorkloadJob& job) { return hour(job) >= 22 || hour(job) < 2; }) >
        0.45);
  CHECK(std::is_sorted(made->jobs.begin(), made->jobs.end(),
                       [](const auto& a, const auto& b) { return a.submit < b.submit; }));
}

TEST_CASE("a batch mix asks for GPUs where nodes have some") {
  BatchMixOptions options{.jobs = 5'000};
  CHECK(part_of(*generate_batch_mix(options), [](const WorkloadJob& job) {
          return job.request.gpus.devices + job.request.gpus.share > 0;
        }) == 0);
  options.node.gpus.resize(4);
  CHECK(part_of(*generate_batch_mix(options), [](const WorkloadJob& job) {
          return job.request.gpus.devices + job.request.gpus.share > 0;
        }) == doctest::Approx(0.1).epsilon(0.2));
}

TEST_CASE("what cannot be generated is an error that names the option") {
  CHECK(generate_lublin({.jobs = 0}).error().field == "jobs");
  CHECK(generate_lublin({.processors = 0}).error().field == "processors");
  CHECK(generate_lublin({.load = 0}).error().field == "load");
  CHECK(generate_batch_mix({.nodes = 0}).error().field == "nodes");
  CHECK(generate_batch_mix({.load = -1}).error().field == "load");
  CHECK(generate_batch_mix({.load = 1e-4}).error().field == "load");
  CHECK(generate_lublin({.load = 1e-12}).error().field == "load");
  CHECK(generate_lublin({.jobs = 200'000, .processors = 1, .load = 0.001}).error().field == "load");
}

TEST_CASE("shaking moves each submission a little, both ways, and never before the begin") {
  Workload workload;
  workload.jobs.resize(1000);
  for (WorkloadJob& job : workload.jobs) job.submit = hours(1);
  workload.jobs.front().submit = seconds(1);
  const Workload moved = shaken(workload, minutes(10), 4);
  bool earlier = false, later = false;
  for (const WorkloadJob& job : moved.jobs) {
    CHECK(job.submit >= Duration{0});
    if (&job == &moved.jobs.front()) continue;
    CHECK(std::chrono::abs(job.submit - hours(1)) <= minutes(10));
    earlier = earlier || job.submit < hours(1) - minutes(9);
    later = later || job.submit > hours(1) + minutes(9);
  }
  CHECK(earlier);
  CHECK(later);
  CHECK(to_csv(shaken(workload, Duration{0}, 4)) == to_csv(workload));
  CHECK(to_csv(shaken(workload, minutes(10), 4)) == to_csv(moved));
}

TEST_CASE("submissions at the begin of a log are shaken apart, not held at the begin") {
  Workload workload;
  workload.jobs.resize(1000);
  const Workload moved = shaken(workload, minutes(10), 4);
  const auto at = [&](Duration from, Duration until) {
    return part_of(moved, [&](auto& job) { return job.submit >= from && job.submit < until; });
  };
  CHECK(at(minutes(0), minutes(5)) == doctest::Approx(0.5).epsilon(0.1));
  CHECK(at(minutes(5), minutes(10)) == doctest::Approx(0.5).epsilon(0.1));
  CHECK(at(Duration{0}, seconds(1)) < 0.01);
}

TEST_CASE("a batch mix tells the machine it is for, in a log too") {
  Capacity node;
  node.amounts.cpus = 16'000;
  const auto mix = generate_batch_mix({.jobs = 10, .nodes = 5, .node = node});
  REQUIRE(mix);
  CHECK(mix->processors == 80);
  CHECK(to_swf(*mix).find("; MaxProcs: 80\n") != std::string::npos);
}

TEST_CASE("estimates are what people type") {
  CHECK(workload::typed_estimate(seconds(1)) == minutes(1));
  CHECK(workload::typed_estimate(minutes(5)) == minutes(5));
  CHECK(workload::typed_estimate(minutes(61)) == hours(2));
  CHECK(workload::typed_estimate(hours(100) + seconds(1)) == hours(101));
}
