// Standard output and error that never hold the program up. The descriptor itself stays blocking:
// O_NONBLOCK would also bind the shell or the other programs that share it. So the writing thread
// may hang in write(2); it owns its state with the sink and is left behind at exit.
#include "cli/output.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

namespace retz::cli {

struct Output::State {
  int descriptor = -1;
  std::size_t capacity = 0;
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::string> lines;
  std::size_t bytes = 0;    // queued
  std::size_t dropped = 0;  // lines, since the last that was written
  bool writing = false;
  bool over = false;
};

namespace {

/// False when the target takes nothing: closed, full, gone.
bool put(int descriptor, const std::string& text) {
  std::size_t done = 0;
  while (done < text.size()) {
    const auto n = ::write(descriptor, text.data() + done, text.size() - done);
    if (n > 0) {
      done += static_cast<std::size_t>(n);
    } else if (n == 0 || (errno != EINTR && errno != EAGAIN)) {
      return false;
    } else if (errno == EAGAIN) {  // somebody else made it non-blocking
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  }
  return true;
}

}  // namespace

void reserve_standard_descriptors() {
  for (int fd = 0; fd <= 2; ++fd) {
    if (::fcntl(fd, F_GETFD) < 0 && errno == EBADF) {
      ::open("/dev/null", O_RDWR);  // takes the lowest free number: this one
    }
  }
}

Output::Output(int descriptor, std::size_t capacity) : state_(std::make_shared<State>()) {
  state_->descriptor = descriptor;
  state_->capacity = capacity;
  std::thread([state = state_] {
    std::unique_lock lock(state->mutex);
    for (;;) {
      state->changed.wait(lock, [&] { return state->over || !state->lines.empty(); });
      if (state->lines.empty()) return;
      std::string text;
      if (state->dropped > 0) {
        text = "(" + std::to_string(state->dropped) + " lines were lost: nobody read)\n";
        state->dropped = 0;
      }
      text += state->lines.front();
      state->bytes -= state->lines.front().size();
      state->lines.pop_front();
      state->writing = true;
      lock.unlock();
      (void)put(state->descriptor, text);
      lock.lock();
      state->writing = false;
      state->changed.notify_all();
    }
  }).detach();
}

Output::~Output() {
  std::unique_lock lock(state_->mutex);
  state_->over = true;
  state_->changed.notify_all();
  state_->changed.wait_for(lock, std::chrono::milliseconds(500),
                           [this] { return state_->lines.empty() && !state_->writing; });
}

void Output::write(std::string lines) {
  const std::lock_guard lock(state_->mutex);
  state_->bytes += lines.size();
  state_->lines.push_back(std::move(lines));
  while (state_->bytes > state_->capacity && state_->lines.size() > 1) {
    state_->bytes -= state_->lines.front().size();
    state_->lines.pop_front();
    ++state_->dropped;
  }
  state_->changed.notify_all();
}

}  // namespace retz::cli
