// Preloaded into retz-server by the kill test: a disk whose flushes take long, or hang for a while.
// A crash between commit and launch is then a matter of the test's choice, not of luck.
#include <dlfcn.h>
#include <errno.h>
#include <time.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

namespace {

using Flush = int (*)(int);

void rest(long milliseconds) {
  const timespec pause{milliseconds / 1000, milliseconds % 1000 * 1'000'000};
  nanosleep(&pause, nullptr);
}

int flush(const char* name, int descriptor) {
  // The supervisor and the jobs inherit the environment; only the server's disk is slow.
  if (std::strncmp(program_invocation_short_name, "retz-server", 11) == 0) {
    if (const char* pause = std::getenv("RETZ_TEST_FLUSH_MS")) rest(std::atol(pause));
    if (const char* held = std::getenv("RETZ_TEST_FLUSH_HELD_BY"))
      while (access(held, F_OK) == 0) rest(1);
  }
  return reinterpret_cast<Flush>(dlsym(RTLD_NEXT, name))(descriptor);
}

}  // namespace

extern "C" int fsync(int descriptor) {
  return flush("fsync", descriptor);
}
extern "C" int fdatasync(int descriptor) {
  return flush("fdatasync", descriptor);
}
