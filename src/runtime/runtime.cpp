// The public face of the live driver.
#include "retz/runtime.hpp"

#include <utility>

#include "runtime/recovery.hpp"
#include "runtime/turn.hpp"

namespace retz {
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
  return core.board.read(core.stamp.now());
}

std::uint64_t Runtime::engine_digest() const {
  return state_->core->engine.digest();
}

}  // namespace retz
