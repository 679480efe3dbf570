// The public face of the live driver.
#include "retz/runtime.hpp"

#include <utility>

#include "runtime/recovery.hpp"
#include "runtime/turn.hpp"

namespace retz {
namespace {

template <class Part>
std::string name_of(const std::shared_ptr<const Part>& part, const char* otherwise) {
  return part ? std::string(part->name()) : otherwise;
}

}  // namespace

struct Runtime::State {
  std::unique_ptr<runtime::Core> core;
};

Runtime::Runtime(std::unique_ptr<State> state) : state_(std::move(state)) {}
Runtime::~Runtime() = default;

Result<std::unique_ptr<Runtime>> Runtime::open(RuntimeOptions options, Mailbox& mailbox,
                                               Clock& clock, Store& store, Cluster& cluster) {
  auto core = runtime::recover(std::move(options), mailbox, clock, store, cluster);
  if (!core) return tl::unexpected(std::move(core.error()));
  return std::unique_ptr<Runtime>(new Runtime(std::make_unique<State>(State{std::move(*core)})));
}

Runtime::Turn Runtime::turn() {
  return runtime::turn(*state_->core);
}

RuntimeStatus Runtime::status() const {
  const runtime::Core& core = *state_->core;
  RuntimeStatus status = core.board.read(core.stamp.now());
  const EngineOptions& engine = core.options.engine;
  status.ordering = name_of(engine.policy.ordering, "fifo");
  status.planner = name_of(engine.policy.planner, "first_fit");
  status.fit_rule = name_of(engine.policy.fit_rule, "best");
  return status;
}

std::uint64_t Runtime::engine_digest() const {
  return state_->core->engine.digest();
}

}  // namespace retz
