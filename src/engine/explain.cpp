// Every reason why a job still waits, from the same pool and queue that decide.
#include <algorithm>
#include <string>

#include "engine/core.hpp"
#include "engine/figures.hpp"

namespace retz::engine {

namespace {

std::string job_name(JobId job) {
  return "job " + std::to_string(job.value);
}

std::string jobs(std::uint64_t count) {
  return std::to_string(count) + (count == 1 ? " job" : " jobs");
}

}  // namespace

// When an attempt is over: for certain where a limit ends it, else by its estimate. What overran
// that is taken to run for twice, four times ... the estimate.
Core::Ending Core::ending(const Job& job) const {
  const Live& live = live_[job.live];
  const model::ClassKey& key = classes_[job.class_id];
  if (classes_.profile(job.profile).time_limit) return {live.started + key.longest_stay, true};
  return {expected_end(live.started, key.estimate), false};
}

Instant Core::expected_end(Instant started, Duration estimate) const {
  Duration ran = std::max(estimate, Duration{1});
  while (started + ran <= now_) ran *= 2;
  return started + ran;
}

std::string Core::after(const Job& job) const {
  const Ending end = ending(job);
  return "after " + job_name(job.id) + " ends, " +
         (end.certain ? utc(end.at) + " at the latest" : "by its estimate " + utc(end.at));
}

void Core::explain_blocked(const Job& job, std::vector<Reason>& reasons) const {
  if ((job.awaits & awaits_time) != 0) {
    Reason r;
    r.code = Reason::Code::backing_off;
    r.until = job.eligible_at;
    r.text = "waits before it is tried again";
    r.remedy = "at " + utc(job.eligible_at) + ", or now when it is re-run";
    reasons.push_back(std::move(r));
  }
  if ((job.awaits & awaits_jobs) != 0) explain_dependencies(job, reasons);
  if ((job.awaits & awaits_place) != 0) explain_line(job, reasons);
}

void Core::explain_dependencies(const Job& waiting, std::vector<Reason>& reasons) const {
  constexpr std::size_t told_max = 100;
  std::size_t told = 0;
  for (const Dependency& d : dependencies_.of(waiting.id)) {
    const std::uint32_t slot = find(d.job);
    if (slot == none) continue;
    if (++told > told_max) break;
    const Job& on = jobs_[slot];
    Reason r;
    r.code = Reason::Code::dependency;
    r.job = on.id;
    const char* const wanted = d.when == Dependency::When::success   ? " succeeds"
                               : d.when == Dependency::When::failure ? " fails"
                                                                     : " ends";
    r.text = "waits until " + job_name(on.id) + wanted + ", which is " +
             std::string(to_string(on.state));
    if (on.state == JobState::active) {
      r.until = ending(on).at;
      r.remedy = after(on);
    } else {
      r.remedy = "after " + job_name(on.id) + " has run";
    }
    reasons.push_back(std::move(r));
  }
}

void Core::explain_line(const Job& job, std::vector<Reason>& reasons) const {
  const auto most = quotas_.limits(user(job)).queued;
  if (!most) return;
  const std::uint64_t ahead = quotas_.before_in_line(user(job), {job.arrival, job.id});
  Reason r;
  r.code = Reason::Code::user_queued_limit;
  r.most = *most;
  r.asked = static_cast<std::int64_t>(ahead) + 1;
  r.text = user(job) + " has " + jobs(quotas_.queued_count(user(job))) + " queued, and may have " +
           std::to_string(*most);
  r.remedy = "user limit " + std::to_string(*most + ahead + 1) + " queued, or after " +
             jobs(ahead + 1) + " of " + user(job) + " left the queue";
  reasons.push_back(std::move(r));
}

void Core::explain_limits(const Job& job, std::vector<Reason>& reasons) const {
  const auto add = [&reasons](Reason::Code code, std::int64_t most, std::string text,
                              std::string remedy) {
    Reason r;
    r.code = code;
    r.most = most;
    r.text = std::move(text);
    r.remedy = std::move(remedy);
    reasons.push_back(std::move(r));
  };
  const auto running = options_.limits.running;
  if (running && counts_.active >= *running) {
    add(Reason::Code::running_limit, *running,
        std::to_string(counts_.active) + " jobs run, which is the limit", "after any job ends");
  }
  const model::ClassKey& key = classes_[job.class_id];
  const UserLimits& most = quotas_.limits(key.user);
  const Quotas::Running now = quotas_.running(key.user);
  if (most.running && now.jobs >= *most.running) {
    add(Reason::Code::user_running_limit, *most.running,
        key.user + " runs " + jobs(now.jobs) + ", and may run " + std::to_string(*most.running),
        "user limit " + std::to_string(now.jobs + 1) + " running, or after a job of " + key.user +
            " ends");
  }
  const std::int64_t asked = key.request.amounts.cpus;
  if (most.running_cpus && now.cpus + asked > *most.running_cpus) {
    const std::int64_t left = std::max<std::int64_t>(*most.running_cpus - now.cpus, 0);
    add(Reason::Code::user_cpus_limit, left,
        key.user + " has " + figure("cpus", left) + " of " + figure("cpus", *most.running_cpus) +
            " cpus left, asked " + figure("cpus", asked),
        "user limit " + figure("cpus", now.cpus + asked) + " cpus, or " +
            less("cpus", asked - left));
    reasons.back().resource = "cpus";
    reasons.back().asked = asked;
  }
  const auto& place = classes_.profile(job.profile).array;
  const Quotas::Array array = place ? quotas_.array(place->array) : Quotas::Array{};
  if (array.running_max > 0 && array.running >= array.running_max) {
    add(Reason::Code::array_limit, array.running_max,
        "of array " + std::to_string(place->array.value) + " " + jobs(array.running) + " run" +
            (array.running == 1 ? "s" : "") + ", which is its limit",
        "after a job of the array ends");
  }
}

void Core::explain_turn(const Job& job, std::vector<Reason>& reasons) const {
  if (options_.policy.planner->overtakes() || queue_.is_aside(job.ticket)) return;
  const queue::Queue::Waiting* const head = queue_.head();
  const bool blocked = head != nullptr && head->job != job.id &&
                       pool_.fit(classes_[head->class_id].request) != Fit::now;
  if (!blocked) return;
  Reason r;
  r.code = Reason::Code::behind;
  r.job = head->job;
  r.text = job_name(head->job) + " comes first and does not fit now, and nobody passes it";
  r.remedy = "after " + job_name(head->job) + " starts";
  reasons.push_back(std::move(r));
}

Result<Explanation> Core::explain(JobId id) const {
  const std::uint32_t slot = find(id);
  if (slot == none) return fail(Errc::not_found, "there is no such live job");
  const Job& job = jobs_[slot];
  const model::ClassKey& key = classes_[job.class_id];
  Explanation out;
  out.state = job.state;
  out.estimate = key.estimate;
  out.estimate_source = classes_.profile(job.profile).estimate_source;
  if (job.state == JobState::active) return out;
  if (job.state == JobState::blocked) {
    explain_blocked(job, out.reasons);
  } else {
    out.position = queue_.position(job.ticket);
    out.passed_over = queue_.passed_over(job.ticket);
    out.reservation = reservation(job);
    explain_turn(job, out.reasons);
  }
  explain_limits(job, out.reasons);
  explain_fit(job, out.reasons);
  out.not_before = not_before(job, out.reasons);
  return out;
}

}  // namespace retz::engine
