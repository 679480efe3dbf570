#include "server/follow.hpp"

#include <algorithm>

#include "server/call.hpp"
#include "server/pump.hpp"

namespace retz::server {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds poll_min{50}, poll_max{100};
// News of the job come with a commit; this is for a store that was changed behind our back.
constexpr int polls_between_lookups = 20;

class Follower {
 public:
  Follower(const Call& call, FollowRequest request)
      : state_(call.state), exchange_(call.exchange), at_(std::move(request)) {}

  std::shared_ptr<bool> changed = std::make_shared<bool>(true);

  /// Whether the file can be followed at all. Error: not_found.
  Result<void> check() {
    look_up();
    if (!ended_) return {};
    const auto probe = state_->sandboxes.read(at_.attempt, at_.path, 0, 0);
    if (probe || never_started_) return {};
    return tl::unexpected(probe.error());
  }

  Turned turn() {
    // Looked at before the last read: what the attempt wrote to its end is then in the file.
    if (*changed || ++polls_ >= polls_between_lookups) look_up();
    const bool ended = ended_;
    if (!started_) return ended ? next_attempt() : wait();
    auto chunk = state_->sandboxes.read(at_.attempt, at_.path, at_.offset, slice);
    if (chunk && !chunk->data.empty()) {
      at_.offset += static_cast<std::int64_t>(chunk->data.size());
      exchange_->write(std::move(chunk->data));
      delay_ = poll_min;
      return {Turned::Next::more};
    }
    // The client goes on from its offset; a clean end would tell it that this was all.
    if (!chunk && chunk.error().code != Errc::not_found) return {Turned::Next::abandon};
    return ended ? next_attempt() : wait();
  }

 private:
  Turned wait() {
    delay_ = std::min(delay_ * 2, poll_max);
    return {Turned::Next::wait, delay_};
  }

  void look_up() {
    *changed = false;
    polls_ = 0;
    const auto job = state_->store.job(at_.attempt.job);
    const auto attempts = state_->store.attempts(at_.attempt.job);
    if (!job || !*job || !attempts) return;  // the store does not answer now: ask again
    job_over_ = is_terminal((*job)->status.state);
    last_attempt_ = (*job)->status.attempts;
    const auto found =
        std::find_if(attempts->begin(), attempts->end(),
                     [&](const AttemptRecord& record) { return record.ref == at_.attempt; });
    started_ = found != attempts->end();
    never_started_ = !started_ && job_over_;
    ended_ = started_ ? found->state == AttemptState::ended : job_over_;
  }

  Turned next_attempt() {
    if (!at_.later || (job_over_ && last_attempt_ <= at_.attempt.attempt)) {
      return {Turned::Next::done};
    }
    ++at_.attempt.attempt;
    at_.offset = 0;
    look_up();
    return wait();
  }

  std::shared_ptr<State> state_;
  std::shared_ptr<http::Exchange> exchange_;
  FollowRequest at_;
  bool started_ = false, ended_ = false, never_started_ = false, job_over_ = false;
  std::uint32_t last_attempt_ = 0;
  int polls_ = 0;
  milliseconds delay_ = poll_min;
};

}  // namespace

void Followers::add(JobId job, Entry entry) {
  map_.emplace(job, std::move(entry));
  count_ = map_.size();
}

void Followers::wake(const std::vector<JobId>& jobs) {
  std::erase_if(map_, [](const auto& item) { return item.second.pump.expired(); });
  count_ = map_.size();
  for (const JobId job : jobs) {
    const auto [begin, end] = map_.equal_range(job);
    for (auto item = begin; item != end; ++item) {
      *item->second.changed = true;
      if (const auto pump = item->second.pump.lock()) pump->poke();
    }
  }
}

void follow(const Call& call, FollowRequest request) {
  const JobId job = request.attempt.job;
  auto follower = std::make_shared<Follower>(call, std::move(request));
  if (const auto possible = follower->check(); !possible) return answer(call, possible.error());
  auto head = response(*call.state, 200, {}, "application/octet-stream");
  head.headers.emplace_back("Cache-Control", "no-store");
  call.exchange->begin(std::move(head), std::nullopt);
  if (call.request.method == "HEAD") return call.exchange->end();
  const auto pump =
      std::make_shared<Pump>(call.state, call.exchange, [follower] { return follower->turn(); });
  call.state->followers.add(job, {follower->changed, pump});
  *follower->changed = true;  // what was committed before it was known here
  pump->run();
}

}  // namespace retz::server
