#include <doctest/doctest.h>

#include <cmath>
#include <map>
#include <string>

#include "report/figures.hpp"
#include "report/page.hpp"
#include "report/text.hpp"
#include "retz/report.hpp"

using namespace retz;
using std::chrono::seconds;

namespace {

WorkloadJob job(std::uint64_t number, int submit, int run, int cpus, std::string user = "ada") {
  WorkloadJob made;
  made.number = number;
  made.submit = seconds(submit);
  made.run = seconds(run);
  made.estimate = seconds(run);
  made.request.amounts.cpus = cpus * 1000;
  made.user = std::move(user);
  return made;
}

std::vector<SimulatedNode> machines(int number, std::int64_t cpus) {
  std::vector<SimulatedNode> nodes;
  for (int i = 1; i <= number; ++i) {
    nodes.push_back({.name = "node" + std::to_string(i), .capacity = {.amounts = {cpus}}});
  }
  return nodes;
}

struct Ran {
  Workload workload = {};
  std::vector<SimulatedNode> nodes = {};
  Simulation simulation = {};
};

Ran run(std::vector<WorkloadJob> jobs, std::vector<SimulatedNode> nodes) {
  Ran ran{.workload = {.jobs = std::move(jobs)}, .nodes = std::move(nodes)};
  SimulationOptions options;
  options.engine.policy.planner = planners::first_fit();
  options.engine.policy.fit_rule = fit_rules::first();
  options.nodes = ran.nodes;
  auto result = simulate(ran.workload, options);
  REQUIRE(result);
  ran.simulation = std::move(*result);
  return ran;
}

std::string figures(const Ran& ran, const std::string& label = "one") {
  return run_figures(label, ran.workload, ran.nodes, ran.simulation);
}

report::Figures read(const Ran& ran) {
  auto read = report::figures_from_json(figures(ran));
  REQUIRE(read);
  return std::move(*read);
}

std::string page_of(std::vector<std::string> runs, const std::string& title = "A run") {
  Report page{.title = title, .summary = "What happened.", .command = "retz-sim run"};
  page.sections.push_back({.title = "Runs", .runs = std::move(runs)});
  auto html = html_report(page);
  REQUIRE(html);
  return std::move(*html);
}

std::size_t count(const std::string& text, const std::string& word) {
  std::size_t found = 0;
  for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++found;
  return found;
}

std::vector<WorkloadJob> random_jobs(std::size_t number) {
  std::vector<WorkloadJob> jobs;
  std::uint64_t state = 42;
  const auto draw = [&](std::uint64_t below) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<int>((state >> 33U) % below);
  };
  for (std::size_t i = 0; i < number; ++i) {
    jobs.push_back(job(i + 1, static_cast<int>(i) * 5, 1 + draw(200), 1 + draw(4),
                       "user" + std::to_string(draw(12))));
  }
  return jobs;
}

}  // namespace

TEST_CASE("a curve over time holds exactly what was used, whatever its steps") {
  report::Buckets buckets(0, 2);
  buckets.add(1, 7, 3);    // half of the first step, two whole, half of the fourth
  buckets.add(1.5, 2, 4);  // a quarter of the first
  buckets.add(-10, 0, 9);  // before
  const std::vector<double> means = buckets.means();
  CHECK(means[0] == doctest::Approx(1.5 + 1.0));
  CHECK(means[1] == doctest::Approx(3));
  CHECK(means[2] == doctest::Approx(3));
  CHECK(means[3] == doctest::Approx(1.5));
  CHECK(means[4] == doctest::Approx(0));
}

TEST_CASE("curves tell of use and of waiting jobs") {
  // Each fills the node: the second waits from 0 to 100, the third until 200; the end is at 300.
  const report::Figures f =
      read(run({job(1, 0, 100, 4), job(2, 0, 100, 4), job(3, 0, 100, 4)}, one_node(4)));
  CHECK(f.bucket == doctest::Approx(1));
  REQUIRE(f.queue.size() == 300);
  CHECK(f.queue[50] == 2);
  CHECK(f.queue[150] == 1);
  CHECK(f.queue[250] == 0);
  CHECK(f.longest_queue == 2);
  REQUIRE(f.use.size() == 1);
  CHECK(f.use[0].resource == "cpus");
  CHECK(f.use[0].used[299] == doctest::Approx(1));
  CHECK(f.waits.front() == 0);
  CHECK(f.waits.back() == 200);
  CHECK(f.waits[100] == 100);
}

TEST_CASE("an attempt that was lost used its node, and its job waited again") {
  Ran ran{.workload = {.jobs = {job(1, 0, 100, 4)}}, .nodes = one_node(4)};
  ran.simulation.lost = {{.job = 0, .start = seconds(0), .end = seconds(50)}};
  ran.simulation.jobs = {{.job = 0, .start = seconds(200), .end = seconds(300)}};
  const report::Figures f = read(ran);
  CHECK(f.lost == 1);
  CHECK(f.use[0].used[25] == doctest::Approx(1));
  CHECK(f.use[0].used[100] == doctest::Approx(0));
  CHECK(f.queue[25] == doctest::Approx(0));
  CHECK(f.queue[100] == doctest::Approx(1));
  CHECK(f.queue[250] == doctest::Approx(0));
}

TEST_CASE("slowdowns go by classes of size, shares by users, the many small ones as one") {
  const report::Figures f = read(run(random_jobs(300), machines(3, 8000)));
  std::uint64_t jobs = 0;
  for (const auto& size : f.sizes) jobs += size.jobs;
  CHECK(jobs == 300);
  REQUIRE(f.sizes.size() == 3);
  CHECK(f.sizes[2].cpus == "3-4");
  REQUIRE(f.users.size() == 8);
  CHECK(f.users.back().name == "all others");
  double shares = 0;
  for (const auto& user : f.users) shares += user.share;
  CHECK(shares == doctest::Approx(1));
  CHECK(f.users[0].share >= f.users[1].share);
}

TEST_CASE("in a Gantt chart no two jobs have a core at once, and each has all of its cores") {
  const Ran ran = run(random_jobs(400), machines(3, 8000));
  const report::Gantt gantt = report::gantt_of(ran.workload, ran.nodes, ran.simulation,
                                               {.from = seconds(500), .until = seconds(1500)});
  REQUIRE(gantt.bars.size() > 100);
  CHECK(gantt.nodes.size() == 3);
  std::map<std::uint64_t, double> cpus;
  for (std::size_t i = 0; i < gantt.bars.size(); ++i) {
    const auto& a = gantt.bars[i];
    cpus[a.number] += a.high - a.low;
    CHECK(a.start < 1500);
    CHECK(a.end > 500);
    CHECK(a.high <= 8);
    for (std::size_t k = i + 1; k < gantt.bars.size(); ++k) {
      const auto& b = gantt.bars[k];
      const bool apart = a.node != b.node || a.end <= b.start || b.end <= a.start ||
                         a.high <= b.low || b.high <= a.low;
      REQUIRE(apart);
    }
  }
  for (const auto& [number, sum] : cpus) {
    const std::int64_t asked = ran.workload.jobs[number - 1].request.amounts.cpus;
    CHECK(std::llround(sum * 1000) == asked);
  }
}

TEST_CASE("a Gantt chart of many nodes shows the busiest and says so") {
  std::vector<WorkloadJob> jobs;
  for (int i = 0; i < 40; ++i) jobs.push_back(job(static_cast<std::uint64_t>(i + 1), 0, 100, 1));
  const Ran ran = run(jobs, machines(100, 1000));
  const report::Gantt gantt = report::gantt_of(ran.workload, ran.nodes, ran.simulation,
                                               {.from = seconds(0), .until = seconds(100)});
  CHECK(gantt.nodes.size() == 32);
  CHECK(gantt.nodes.front().name == "node1");
  CHECK(gantt.bars.size() == 32);
  CHECK(page_of({figures(ran)}).find("The 32 busiest of 100 nodes") != std::string::npos);
}

TEST_CASE("the window chosen by default is where the work piles up") {
  std::vector<WorkloadJob> jobs;
  for (int i = 0; i < 1000; ++i) {
    jobs.push_back(job(static_cast<std::uint64_t>(i + 1), i * 100, 50, 1));
  }
  for (int i = 0; i < 100; ++i) {
    jobs.push_back(job(static_cast<std::uint64_t>(i + 2000), 60'000 + i, 100, 1));
  }
  const ReportWindow window = busiest_window({.jobs = jobs}, one_node(1));
  CHECK(window.from < seconds(60'100));
  CHECK(window.until > seconds(60'100));
  CHECK(window.until - window.from < seconds(20'000));
  CHECK(busiest_window({}, one_node(1)).until == Duration(0));
}

TEST_CASE("no text of a log breaks out of the page") {
  const std::string evil = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&";
  const Ran ran = run({job(1, 0, 100, 4, evil), job(2, 0, 50, 4, "half \xC3"), job(3, 0, 5, 1)},
                      {{.name = evil, .capacity = {.amounts = {4000}}},
                       {.name = "b", .capacity = {.amounts = {4000}}}});
  const std::string clean = page_of({figures(run({job(1, 0, 100, 4)}, one_node(4)))});
  Report page{.title = evil, .summary = evil, .command = evil};
  page.tables.push_back({.title = evil, .note = evil, .columns = {evil}, .rows = {{evil}}});
  page.sections.push_back({.title = evil, .note = evil, .runs = {figures(ran, evil)}});
  const auto html = html_report(page);
  REQUIRE(html);
  CHECK(count(*html, "</script") == count(clean, "</script"));
  CHECK(count(*html, "<script") == count(clean, "<script"));
  CHECK(count(*html, "<img") == 0);
  CHECK(count(*html, "&lt;/script&gt;") > 5);
  CHECK(html->find("half \xEF\xBF\xBD") != std::string::npos);
  CHECK(html->find("half \xC3\"") == std::string::npos);
}

TEST_CASE("every chart has its numbers beside it, and a page asks nobody for anything") {
  const std::string html = page_of({figures(run(random_jobs(300), machines(3, 8000)))});
  CHECK(count(html, "<canvas") == 6);
  CHECK(count(html, "<summary>Numbers</summary>") == count(html, "<figure"));
  CHECK(html.find("default-src 'none'") != std::string::npos);
  CHECK(count(html, " src=") == 0);
  CHECK(count(html, "<link") == 0);
  CHECK(html.find("Permission is hereby granted") != std::string::npos);
}

TEST_CASE("several runs stand side by side in one table and in the same charts") {
  const Ran ran = run(random_jobs(300), machines(3, 8000));
  const std::string html = page_of({figures(ran, "first run"), figures(ran, "second run")});
  CHECK(html.find("<th scope=\"col\">first run</th><th scope=\"col\">second run</th>") !=
        std::string::npos);
  CHECK(count(html, "class=\"gantt\"") == 2);
  CHECK(count(html, "data-kind=\"shares\"") == 0);
}

TEST_CASE("a page of 300,000 jobs stays below three megabytes") {
  Ran ran;
  ran.nodes = machines(1500, 16'000);
  for (std::uint32_t i = 0; i < 300'000; ++i) {
    const int submit = static_cast<int>(i) * 10;
    ran.workload.jobs.push_back(
        job(i + 1, submit, 3000, 16, "a user with a long name " + std::to_string(i % 3000)));
    ran.simulation.jobs.push_back({.job = i,
                                   .start = seconds(submit + static_cast<int>(i % 977)),
                                   .end = seconds(submit + static_cast<int>(i % 977) + 3000),
                                   .node = i % 1500});
  }
  ran.simulation.metrics = measure(ran.workload, ran.nodes, ran.simulation);
  const std::string one = figures(ran);
  CHECK(one.size() < 200'000);
  CHECK(page_of({one}).size() < 1'000'000);
  CHECK(page_of(std::vector<std::string>(12, one)).size() < 3'000'000);
}

TEST_CASE("figures of a run survive their file, and what is none is refused") {
  const Ran ran = run(random_jobs(50), machines(3, 8000));
  const std::string once = figures(ran);
  const auto read = report::figures_from_json(once);
  REQUIRE(read);
  CHECK(report::to_json(*read) == once);
  for (const char* text : {"", "{}", "[1]", "{\"retz_figures\": 0}", "{\"retz_figures\": 1}"}) {
    Report page;
    page.sections.push_back({.runs = {text}});
    const auto html = html_report(page);
    REQUIRE(!html);
    CHECK(html.error().code == Errc::invalid_argument);
    CHECK(html.error().field == "runs");
  }
}

TEST_CASE("a run without jobs is a page too") {
  Ran ran;
  ran.nodes = one_node(4);
  CHECK(page_of({figures(ran)}).find("Jobs that ran") != std::string::npos);
}

TEST_CASE("a run without jobs beside others takes no chart away from them") {
  Ran none;
  none.nodes = one_node(4);
  const Ran some = run({job(1, 0, 50, 2), job(2, 0, 50, 4)}, machines(1, 4000));
  for (const auto& runs : {std::vector{figures(none, "none"), figures(some, "some")},
                           std::vector{figures(some, "some"), figures(none, "none")}}) {
    const std::string page = page_of(runs);
    CHECK(page.find("data-kind=\"waits\"") != std::string::npos);
    CHECK(page.find("Utilisation of cpus") != std::string::npos);
  }
}

TEST_CASE("numbers are written as people read them") {
  CHECK(report::number(0) == "0");
  CHECK(report::number(0.01234) == "0.0123");
  CHECK(report::number(9.876) == "9.88");
  CHECK(report::number(92.5765) == "92.6");
  CHECK(report::number(6814.973) == "6,815");
  CHECK(report::number(-1234567) == "-1,234,567");
  CHECK(report::duration(0) == "0 s");
  CHECK(report::duration(6846) == "114 min");
  CHECK(report::duration(90'000) == "25.0 h");
  CHECK(report::percent(0.7123) == "71.2 %");
}
