// The public face of the core.
#include "engine/core.hpp"

namespace retz {

struct Engine::State {
  explicit State(EngineOptions options) : core(std::move(options)) {}
  engine::Core core;
};

Engine::Engine(EngineOptions options) : state_(std::make_unique<State>(std::move(options))) {}
Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;
Engine::~Engine() = default;

const Step& Engine::step(std::span<const Event> events, Instant now, Pass pass) {
  return state_->core.step(events, now, pass);
}

Result<Explanation> Engine::explain(JobId job) const {
  return state_->core.explain(job);
}

Result<Outlook> Engine::outlook(JobId job, std::size_t jobs_max) const {
  return state_->core.outlook(job, jobs_max);
}

Snapshot Engine::snapshot() const {
  return state_->core.snapshot();
}

Result<Engine> Engine::restore(EngineOptions options, const Snapshot& snapshot) {
  Engine engine(std::move(options));
  if (auto restored = engine.state_->core.restore(snapshot); !restored) {
    return tl::unexpected<Error>(restored.error());
  }
  return engine;
}

std::uint64_t Engine::digest() const {
  return state_->core.digest();
}

void Engine::check_invariants() const {
  state_->core.check_invariants();
}

std::vector<NodeStatus> Engine::nodes() const {
  return state_->core.nodes();
}

EngineCounts Engine::counts() const {
  return state_->core.counts();
}

const EngineOptions& Engine::options() const {
  return state_->core.options();
}

}  // namespace retz
