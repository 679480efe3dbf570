// The server: a Core and the thread that runs it.
#include <csignal>
#include <thread>

#include "http/core.hpp"

namespace retz::http {
namespace {

class ThreadedServer final : public Server {
 public:
  explicit ThreadedServer(std::shared_ptr<Core> core) : core_(std::move(core)) {
    // Signals are the host program's: none may be delivered to this thread.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    thread_ = std::thread([core = core_] { core->run(); });
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }
  ~ThreadedServer() override {
    core_->stop();
    thread_.join();
  }
  ThreadedServer(const ThreadedServer&) = delete;
  ThreadedServer& operator=(const ThreadedServer&) = delete;

  std::uint16_t port() const override { return core_->port(); }
  void after(std::chrono::milliseconds delay, std::function<void()> task) override {
    core_->after(delay, std::move(task));
  }

 private:
  std::shared_ptr<Core> core_;
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<Server>> serve(ServerOptions options, Handler handler, Guard guard) {
  auto core = std::make_shared<Core>(std::move(options), std::move(handler), std::move(guard));
  if (auto listening = core->listen(); !listening) return tl::unexpected(listening.error());
  return std::make_unique<ThreadedServer>(std::move(core));
}

}  // namespace retz::http
