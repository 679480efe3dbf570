// scripted-mesos: a master and agents for integration tests, on free ports of loopback. Prints
// "ready PORT" and runs until its standard input ends or it gets SIGTERM.
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstring>
#include <string>
#include <thread>

#include "support/mesos/front_end.hpp"

namespace {

std::atomic<bool> stopping{false};

void stop(int) {
  stopping = true;
}

retz::testing::mesos::FrontEndOptions options_of(int argc, char** argv) {
  retz::testing::mesos::FrontEndOptions options;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string name = argv[i], value = argv[i + 1];
    const auto seconds = [&] {
      return std::chrono::duration_cast<retz::Duration>(
          std::chrono::duration<double>(std::stod(value)));
    };
    if (name == "--agents") options.agents = std::stoul(value);
    if (name == "--port") options.port = static_cast<std::uint16_t>(std::stoul(value));
    if (name == "--resources") options.resources = value;
    if (name == "--attributes") options.attributes = value;
    if (name == "--work") options.work = value;
    if (name == "--seed") options.seed = std::stoull(value);
    if (name == "--agent-timeout") options.master.agent_timeout = seconds();
    if (name == "--offer-timeout") options.master.offer_timeout = seconds();
    if (name == "--allocation-interval") options.master.allocation_interval = seconds();
    if (name == "--credentials") {
      const auto colon = value.find(':');
      options.master.credentials[value.substr(0, colon)] = value.substr(colon + 1);
    }
  }
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  struct sigaction action = {};
  action.sa_handler = stop;
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);
  signal(SIGPIPE, SIG_IGN);
  try {
    retz::testing::mesos::FrontEnd front(options_of(argc, argv));
    std::printf("ready %u\n", front.port());
    std::fflush(stdout);
    while (!stopping) {
      pollfd in = {STDIN_FILENO, POLLIN, 0};
      if (poll(&in, 1, 5) > 0) {
        char bytes[256];
        if (read(STDIN_FILENO, bytes, sizeof bytes) <= 0) break;
      }
      front.tick();
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "scripted-mesos: %s\n", error.what());
    return 1;
  }
  return 0;
}
