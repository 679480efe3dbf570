#include "model/dependencies.hpp"

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/depth_first_search.hpp>
#include <boost/graph/topological_sort.hpp>

#include "base/assert.hpp"

namespace retz::model {

namespace {

// From a job to those that it depends on.
using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS>;
using Vertex = boost::graph_traits<Graph>::vertex_descriptor;
using Edge = boost::graph_traits<Graph>::edge_descriptor;

std::string number(JobId job) {
  return std::to_string(job.value);
}

// "job 3 -> 5 -> 3", from the smallest id on, so that each of them reads the same.
std::string show(std::vector<JobId> cycle) {
  std::rotate(cycle.begin(), std::min_element(cycle.begin(), cycle.end()), cycle.end());
  std::string text = "job ";
  for (const JobId job : cycle) text += number(job) + " -> ";
  return text + number(cycle.front());
}

// Finishing order is the wanted one; an edge back to a job on the present path closes a cycle
// (Cormen et al., Introduction to Algorithms, 22.3).
class Visitor : public boost::default_dfs_visitor {
 public:
  Visitor(std::span<const JobFacts* const> jobs, SubmissionOrder& out, std::vector<Vertex>& path)
      : jobs_(jobs), out_(&out), path_(&path) {}

  void discover_vertex(Vertex v, const Graph&) { path_->push_back(v); }
  void finish_vertex(Vertex v, const Graph&) {
    out_->order.push_back(static_cast<std::uint32_t>(v));
    path_->pop_back();
  }
  void back_edge(Edge edge, const Graph& graph) {
    const auto from = std::find(path_->begin(), path_->end(), boost::target(edge, graph));
    std::vector<JobId> cycle;
    for (auto at = from; at != path_->end(); ++at) cycle.push_back(jobs_[*at]->id);
    const std::string text = show(std::move(cycle));
    for (auto at = from; at != path_->end(); ++at) {
      if (out_->cycle_with[*at].empty()) out_->cycle_with[*at] = text;
    }
  }

 private:
  std::span<const JobFacts* const> jobs_;
  SubmissionOrder* out_;
  std::vector<Vertex>* path_;
};

Result<void> invalid(const std::string& field, const std::string& what) {
  return fail(Errc::invalid_argument, field + " " + what, field);
}

constexpr std::int64_t array_max = 1'000'000;

Result<void> validate(const ArrayPlace& array) {
  if (array.array.value == 0) return invalid("array", "must name its first job");
  if (array.from > array.to) return invalid("array.from", "must not be after array.to");
  if (static_cast<std::uint64_t>(array.to) - static_cast<std::uint64_t>(array.from) >
      static_cast<std::uint64_t>(array_max)) {
    return invalid("array.to", "must be at most 1000000 after array.from");
  }
  if (array.index < array.from || array.index > array.to) {
    return invalid("array.index", "must be from array.from to array.to");
  }
  return {};
}

}  // namespace

Result<void> validate_relations(const JobFacts& facts) {
  const std::vector<Dependency>& on = facts.dependencies;
  for (std::size_t i = 0; i < on.size(); ++i) {
    const std::string field = "dependencies[" + std::to_string(i) + "]";
    if (on[i].job.value == 0) return invalid(field + ".job", "must be 1 or more");
    if (on[i].job == facts.id) {
      return invalid(field + ".job",
                     "is the job itself: job " + number(facts.id) + " -> " + number(facts.id));
    }
    if (i > 0 && !(on[i - 1].job < on[i].job)) {
      return invalid("dependencies", "must be sorted by job, no job twice");
    }
  }
  return facts.array ? validate(*facts.array) : Result<void>{};
}

std::string unmet(JobId ended, JobState state, JobId waiting, Dependency::When when) {
  std::string text = "job " + number(ended);
  if (state == JobState::finished) {
    text += " succeeded";
  } else {
    text += state == JobState::killed ? " was killed" : " failed";
  }
  return text + ", which job " + number(waiting) +
         (when == Dependency::When::success ? " waits to succeed" : " waits to fail");
}

SubmissionOrder order_submissions(std::span<const JobFacts* const> jobs) {
  std::unordered_map<JobId, Vertex> vertex_of;
  for (Vertex v = 0; v < jobs.size(); ++v) vertex_of.emplace(jobs[v]->id, v);
  Graph graph(jobs.size());
  for (Vertex v = 0; v < jobs.size(); ++v) {
    for (const Dependency& d : jobs[v]->dependencies) {
      if (const auto on = vertex_of.find(d.job); on != vertex_of.end()) {
        boost::add_edge(v, on->second, graph);
      }
    }
  }
  SubmissionOrder out;
  out.order.reserve(jobs.size());
  out.cycle_with.resize(jobs.size());
  std::vector<Vertex> path;
  boost::depth_first_search(graph, boost::visitor(Visitor(jobs, out, path)));
  return out;
}

void Dependencies::add(JobId job, const std::vector<Dependency>& on, Duration estimate) {
  const bool added = jobs_.emplace(job, Record{on, estimate, 0}).second;
  RETZ_ASSERT(added && !on.empty());
  for (const Dependency& d : on) {
    edges_.emplace(d.job, job);
    if (paths_) stale_.insert(d.job);
  }
}

void Dependencies::remove(JobId job) {
  const auto found = jobs_.find(job);
  if (found == jobs_.end()) return;
  for (const Dependency& d : found->second.on) {
    edges_.erase({d.job, job});
    if (paths_) stale_.insert(d.job);
  }
  jobs_.erase(found);
}

std::span<const Dependency> Dependencies::of(JobId job) const {
  const auto found = jobs_.find(job);
  if (found == jobs_.end()) return {};
  return found->second.on;
}

std::uint32_t Dependencies::pending(JobId job) const {
  const auto found = jobs_.find(job);
  return found == jobs_.end() ? 0 : found->second.pending;
}

void Dependencies::add_pending(JobId job, std::int32_t change) {
  Record& record = jobs_.at(job);
  const std::int64_t pending = std::int64_t{record.pending} + change;
  RETZ_ASSERT(pending >= 0 && pending <= static_cast<std::int64_t>(record.on.size()));
  record.pending = static_cast<std::uint32_t>(pending);
}

Dependencies::Dependent Dependencies::dependent_after(JobId job, JobId after) const {
  const auto edge = edges_.upper_bound({job, after});
  if (edge == edges_.end() || edge->first != job) return {};
  const std::vector<Dependency>& on = jobs_.at(edge->second).on;
  const auto named = std::lower_bound(
      on.begin(), on.end(), job, [](const Dependency& d, JobId wanted) { return d.job < wanted; });
  return {edge->second, named->when};
}

bool Dependencies::closes_cycle(JobId job, std::span<const Dependency> on) const {
  if (!has_dependents(job)) return false;
  std::set<JobId> seen;
  std::vector<JobId> open;
  for (const Dependency& d : on) open.push_back(d.job);
  while (!open.empty()) {
    const JobId next = open.back();
    open.pop_back();
    if (next == job) return true;
    if (!seen.insert(next).second) continue;
    for (const Dependency& d : of(next)) open.push_back(d.job);
  }
  return false;
}

void Dependencies::keep_paths(bool keep) {
  paths_ = keep;
  stale_.clear();
  if (keep) {
    for (const auto& [prerequisite, dependent] : edges_) stale_.insert(prerequisite);
  } else {
    tails_.clear();
  }
}

Duration Dependencies::critical_path(JobId job, Duration estimate) const {
  const auto tail = tails_.find(job);
  return tail == tails_.end() ? estimate : estimate + tail->second;
}

Duration Dependencies::longest_tail(JobId job) const {
  Duration longest{0};
  for (auto edge = edges_.upper_bound({job, JobId{}}); edge != edges_.end() && edge->first == job;
       ++edge) {
    longest = std::max(longest, critical_path(edge->second, jobs_.at(edge->second).estimate));
  }
  return longest;
}

// A tail counts for those that its job depends on: all of them are looked at, each once, dependents
// first.
std::vector<JobId> Dependencies::refresh_paths() {
  std::vector<JobId> affected(stale_.begin(), stale_.end());
  std::unordered_map<JobId, Vertex> vertex_of;
  for (Vertex v = 0; v < affected.size(); ++v) vertex_of.emplace(affected[v], v);
  Graph graph(affected.size());
  for (Vertex v = 0; v < affected.size(); ++v) {
    for (const Dependency& d : of(affected[v])) {
      const auto [at, fresh] = vertex_of.emplace(d.job, affected.size());
      if (fresh) {
        affected.push_back(d.job);
        boost::add_vertex(graph);
      }
      boost::add_edge(v, at->second, graph);
    }
  }
  std::vector<Vertex> prerequisites_first;
  boost::topological_sort(graph, std::back_inserter(prerequisites_first));
  std::vector<JobId> changed;
  for (auto v = prerequisites_first.rbegin(); v != prerequisites_first.rend(); ++v) {
    const JobId job = affected[*v];
    const Duration tail = longest_tail(job);
    const auto old = tails_.find(job);
    if (tail == (old == tails_.end() ? Duration{0} : old->second)) continue;
    if (tail == Duration{0}) {
      tails_.erase(old);
    } else {
      tails_[job] = tail;
    }
    changed.push_back(job);
  }
  stale_.clear();
  std::sort(changed.begin(), changed.end());
  return changed;
}

void Dependencies::check_invariants() const {
  std::size_t edges = 0;
  for (const auto& [job, record] : jobs_) {
    edges += record.on.size();
    for (const Dependency& d : record.on) RETZ_ASSERT(edges_.contains({d.job, job}));
    RETZ_ASSERT(record.pending <= record.on.size());
  }
  RETZ_ASSERT(edges == edges_.size());
}

}  // namespace retz::model
