#include "exec/supervisor.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "exec/clock.hpp"
#include "exec/strays.hpp"
#include "exec/verdict.hpp"

namespace retz::exec {
namespace {

constexpr std::int64_t poll_interval = 10'000;  // microseconds, for a tree to become empty

std::string environment_value(const std::vector<std::string>& environment, std::string_view name) {
  for (const auto& entry : environment) {
    if (entry.size() > name.size() && entry.starts_with(name) && entry[name.size()] == '=') {
      return entry.substr(name.size() + 1);
    }
  }
  return {};
}

std::int64_t us(const timeval& t) {
  return std::int64_t{t.tv_sec} * 1'000'000 + t.tv_usec;
}

std::int64_t mebibytes(std::int64_t bytes) {
  return (bytes + (1 << 20) - 1) >> 20;
}

Outcome launch_failed(std::string reason) {
  return {.kind = OutcomeKind::launch_failed,
          .exit_code = -1,
          .signal = 0,
          .reason = std::move(reason)};
}

}  // namespace

Supervisor::Supervisor(SupervisorOptions options, Cgroups cgroups, Report report, Save save)
    : options_(std::move(options)),
      cgroups_(std::move(cgroups)),
      report_(std::move(report)),
      save_(std::move(save)) {}

std::optional<Outcome> Supervisor::prepare(const launch::LaunchOrder& order, Job& job,
                                           ChildPlan& plan) {
  plan.environment = order.environment;
  plan.directory = job.site.box.get();
  plan.stdio = {job.site.in.get(), job.site.out.get(), job.site.err.get()};
  plan.files = options_.files;
  plan.switch_user = geteuid() == 0;
  plan.uid = order.uid;
  plan.gid = order.gid;
  plan.groups = order.groups;
  if (order.uid == 0 && !options_.allow_root) {
    return Outcome{.kind = OutcomeKind::cannot_launch,
                   .exit_code = -1,
                   .signal = 0,
                   .reason = "jobs may not run as root here"};
  }
  if (!plan.switch_user && order.uid != geteuid()) {
    return Outcome{.kind = OutcomeKind::cannot_launch,
                   .exit_code = -1,
                   .signal = 0,
                   .reason = "retz-exec does not run as root and cannot become another user"};
  }
  if (!cgroups_.usable() && order.mem > 0) {
    plan.data_max = static_cast<rlim_t>(order.mem) * 1024 * 1024;
  }
  return std::nullopt;
}

void Supervisor::launch(const launch::LaunchOrder& order, Site site,
                        const std::vector<std::string>* words) {
  Job job;
  job.attempt = order.attempt;
  job.site = std::move(site);
  job.time_limit = order.time_limit;
  job.grace_period = order.grace_period;
  job.mem = order.mem;
  job.sandbox = environment_value(order.environment, "RETZ_SANDBOX");
  ChildPlan plan;
  if (auto refusal = prepare(order, job, plan)) return settle(job, std::move(*refusal), {});
  plan.invocation = words == nullptr ? interpret(order.command, order.environment)
                                     : interpret_words(*words, order.environment);

  if (cgroups_.usable()) {
    auto group = cgroups_.take({.cpus = order.cpus, .mem = order.mem});
    if (!group) return settle(job, launch_failed(group.error().message), {});
    plan.attach = {group->doors[0].get(), group->doors[1].get()};
    job.group = std::move(*group);
  }
  job.start = std::make_unique<Start>();
  job.start->attempt = order.attempt;
  job.start->plan = std::move(plan);
  Job& kept = jobs_[order.attempt] = std::move(job);
  starting_.insert(order.attempt);
  set_deadline(kept, monotonic_now() + options_.start_limit.count());
  if (auto begun = launcher_.begin(*kept.start); !begun) {
    not_started(kept, launch_failed(begun.error().message));
  }
}

void Supervisor::take_starts() {
  for (const Start* start : launcher_.take()) started(jobs_.at(start->attempt));
}

void Supervisor::started(Job& job) {
  if (job.start->error != 0) {
    return not_started(job, exec::not_started(job.start->step, job.start->error,
                                              job.start->plan.invocation.argv.front()));
  }
  job.pid = job.start->pid;
  job.start.reset();
  starting_.erase(job.attempt);
  set_deadline(job, 0);
  for (auto* fd : {&job.site.box, &job.site.in, &job.site.out, &job.site.err}) fd->reset();
  job.phase = Phase::running;
  if (!job.late) report_(launch::Started{job.attempt, cgroups_.confinement()});
  if (job.stop) stop(job.attempt, *job.stop);
  if (job.end) return main_ended(job);
  by_pid_[job.pid] = job.attempt;
  if (job.phase == Phase::running && job.time_limit.count() > 0) {
    set_deadline(job, monotonic_now() + job.time_limit.count());
  }
}

void Supervisor::not_started(Job& job, Outcome outcome) {
  if (job.group) {
    const GroupMeter meter = cgroups_.meter(*job.group);
    cgroups_.give_back(std::move(*job.group), meter, 0);
  }
  const std::string line = "retz: " + outcome.reason + "\n";
  if (job.site.err) static_cast<void>(!write(job.site.err.get(), line.data(), line.size()));
  settle(job, std::move(outcome), {});
  set_deadline(job, 0);
  starting_.erase(job.attempt);
  jobs_.erase(job.attempt);
}

void Supervisor::settle(Job& job, Outcome outcome, Usage usage) {
  launch::ExitRecord record{.attempt = job.attempt,
                            .boot_id = options_.boot_id,
                            .outcome = std::move(outcome),
                            .usage = usage,
                            .confinement = cgroups_.confinement()};
  if (job.site.directory) save_(job.site.directory.get(), record);
  report_(launch::Ended{std::move(record)});
}

bool Supervisor::confirm(AttemptRef attempt) const {
  const auto at = jobs_.find(attempt);
  if (at == jobs_.end()) return false;
  if (at->second.phase != Phase::starting) {
    report_(launch::Started{attempt, cgroups_.confinement()});
  }
  return true;
}

std::optional<std::vector<pid_t>> Supervisor::members(const Job& job) const {
  if (job.group) return cgroups_.processes(*job.group);
  return job.sandbox.empty() ? std::vector<pid_t>() : strays(job.sandbox);
}

void Supervisor::signal_tree(const Job& job, int signal) const {
  const auto all = members(job).value_or(std::vector<pid_t>());
  for (const pid_t pid : all) kill(pid, signal);
  const bool has_main = job.phase != Phase::draining;
  if (has_main && std::find(all.begin(), all.end(), job.pid) == all.end()) {
    kill(-job.pid, signal);
  }
}

bool Supervisor::stop(AttemptRef attempt, Duration grace, OutcomeKind cause) {
  const auto at = jobs_.find(attempt);
  if (at == jobs_.end()) return false;
  Job& job = at->second;
  if (grace == launch::own_grace) grace = job.grace_period;
  const std::int64_t grace_over = monotonic_now() + std::max<std::int64_t>(grace.count(), 0);
  if (job.phase == Phase::starting) {
    job.stop = std::min(job.stop.value_or(grace), grace);
    set_deadline(job, std::min(job.deadline, grace_over));
  }
  if (job.phase == Phase::stopping) {
    // A second stop may only shorten the grace.
    job.grace_over = std::min(job.grace_over, grace_over);
    set_deadline(job, job.grace_over);
  }
  if (job.phase != Phase::running) return true;
  job.cause = cause;
  job.phase = Phase::stopping;
  job.last_signal = SIGTERM;
  job.grace_over = grace_over;
  signal_tree(job, SIGTERM);
  signal_tree(job, SIGCONT);
  set_deadline(job, grace_over);
  return true;
}

void Supervisor::kill_tree(Job& job) {
  if (job.group) {
    cgroups_.kill(*job.group);
  } else {
    signal_tree(job, SIGKILL);
  }
}

void Supervisor::kill_all() {
  for (auto& [attempt, job] : jobs_) {
    if (job.phase == Phase::starting) {
      job.stop = Duration(0);
      set_deadline(job, 1);
      continue;
    }
    if (!job.cause) job.cause = OutcomeKind::killed;
    if (job.phase != Phase::draining) job.phase = Phase::killing;
    job.last_signal = SIGKILL;
    job.grace_over = 0;
    set_deadline(job, 1);
  }
}

void Supervisor::set_deadline(Job& job, std::int64_t at) {
  if (job.deadline != 0) deadlines_.erase({job.deadline, job.attempt});
  job.deadline = at;
  if (at != 0) deadlines_.insert({at, job.attempt});
}

std::optional<std::int64_t> Supervisor::wake_at() const {
  if (deadlines_.empty()) return std::nullopt;
  return deadlines_.begin()->first;
}

void Supervisor::on_time(std::int64_t now) {
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    Job& job = jobs_.at(deadlines_.begin()->second);
    switch (job.phase) {
      case Phase::starting:
        job.late = job.late || !job.stop;
        // Not waited for yet, so the number is still its own.
        if (const pid_t pid = job.start->pid; pid > 0 && !job.end) kill(pid, SIGKILL);
        set_deadline(job, now + poll_interval);
        break;
      case Phase::running:
        stop(job.attempt, job.grace_period, OutcomeKind::timed_out);
        break;
      case Phase::stopping:
      case Phase::killing:
        job.phase = Phase::killing;
        job.last_signal = SIGKILL;
        kill_tree(job);
        set_deadline(job, now + poll_interval);
        break;
      case Phase::draining:
        drain(job, now);
        break;
    }
  }
}

Supervisor::Job* Supervisor::job_of(pid_t pid) {
  if (const auto at = by_pid_.find(pid); at != by_pid_.end()) return &jobs_.at(at->second);
  for (const auto& attempt : starting_) {
    Job& job = jobs_.at(attempt);
    if (job.start->pid == pid) return &job;
  }
  return nullptr;
}

void Supervisor::reap() {
  End end;
  while (true) {
    const pid_t pid = wait4(-1, &end.status, WNOHANG, &end.used);
    if (pid <= 0) return;
    Job* job = job_of(pid);
    if (job == nullptr) continue;  // an orphan of a job: we are its reaper
    job->end = end;
    by_pid_.erase(pid);
    if (job->phase != Phase::starting) main_ended(*job);
  }
}

void Supervisor::main_ended(Job& job) {
  // Those it left behind have the rest of a grace period that had begun, else none.
  if (job.phase != Phase::stopping) job.grace_over = 0;
  job.phase = Phase::draining;
  drain(job, monotonic_now());
}

void Supervisor::drain(Job& job, std::int64_t now) {
  if (const auto left = members(job); left && left->empty()) return finish(job);
  if (now >= job.grace_over) kill_tree(job);
  set_deadline(job, now + poll_interval);
}

void Supervisor::finish(Job& job) {
  Evidence evidence{.status = job.end->status,
                    .cause = job.cause,
                    .last_signal = job.last_signal,
                    .oom_kills = 0,
                    .mem = job.mem};
  std::int64_t cpu = us(job.end->used.ru_utime) + us(job.end->used.ru_stime);
  std::int64_t memory = job.end->used.ru_maxrss * 1024;
  if (job.group) {
    const GroupMeter meter = cgroups_.meter(*job.group);
    evidence.oom_kills = meter.oom_kills;
    if (meter.max_memory > 0) memory = meter.max_memory;
    cpu = std::max(cpu, meter.cpu_time.value_or(0));
    cgroups_.give_back(std::move(*job.group), meter, cpu);
  }
  Outcome outcome = job.late ? launch_failed(
                                   "its start was not over in time: the command's file is "
                                   "slow to open, or its user stopped it on its way")
                             : verdict(evidence);
  settle(job, std::move(outcome), {.cpu_time = Duration(cpu), .max_memory = mebibytes(memory)});
  set_deadline(job, 0);
  jobs_.erase(job.attempt);
}

}  // namespace retz::exec
