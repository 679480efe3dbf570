// GET /v1/jobs/{id}/files/archive: the sandbox as a tar, walked and sent as the peer takes it.
#include <sys/stat.h>

#include <deque>

#include "server/files.hpp"
#include "server/pump.hpp"
#include "server/routes.hpp"
#include "server/tar.hpp"

namespace retz::server {
namespace {

/// Directories and regular files; links, sockets and pipes are left out, since what they lead to
/// need not be the sandbox's.
class Archive {
 public:
  Archive(const Call& call, AttemptRef attempt, std::vector<FileEntry> top)
      : state_(call.state),
        exchange_(call.exchange),
        attempt_(attempt),
        todo_(top.begin(), top.end()) {}

  Turned turn() {
    std::string out;
    while (out.size() < slice) {
      if (in_file_) {
        read_on(out);
      } else if (!todo_.empty()) {
        next_entry(out);
      } else {
        exchange_->write(std::move(out) + tar_end());
        return {Turned::Next::done};
      }
    }
    exchange_->write(std::move(out));
    return {Turned::Next::more};
  }

 private:
  void next_entry(std::string& out) {
    file_ = std::move(todo_.front());
    todo_.pop_front();
    TarEntry entry{file_.path, TarKind::file, 0,          file_.modified,
                   file_.mode, file_.owner,   file_.group};
    if (S_ISDIR(file_.mode)) {
      entry.kind = TarKind::directory;
      entry.path += '/';
      out += tar_header(entry);
      if (auto inside = state_->sandboxes.list(attempt_, file_.path)) {
        todo_.insert(todo_.begin(), inside->begin(), inside->end());
      }
      return;
    }
    if (!S_ISREG(file_.mode)) return;
    const auto probe = state_->sandboxes.read(attempt_, file_.path, 0, 0);
    if (!probe) return;  // gone since it was listed
    entry.size = probe->size;
    out += tar_header(entry);
    in_file_ = true;
    size_ = probe->size;
    offset_ = 0;
  }

  /// The header's size is kept to: what grew meanwhile is cut, what shrank is filled with zeros.
  void read_on(std::string& out) {
    const std::int64_t left = size_ - offset_;
    if (left == 0) {
      out += tar_padding(size_);
      in_file_ = false;
      return;
    }
    const auto length = std::min<std::int64_t>(left, slice);
    auto chunk = state_->sandboxes.read(attempt_, file_.path, offset_, length);
    if (chunk && !chunk->data.empty()) {
      offset_ += static_cast<std::int64_t>(chunk->data.size());
      out += chunk->data;
    } else {
      offset_ += length;
      out.append(static_cast<std::size_t>(length), '\0');
    }
  }

  std::shared_ptr<State> state_;
  std::shared_ptr<http::Exchange> exchange_;
  AttemptRef attempt_;
  std::deque<FileEntry> todo_;
  FileEntry file_;
  bool in_file_ = false;
  std::int64_t size_ = 0, offset_ = 0;
};

}  // namespace

void archive_files(Call&& call) {
  const auto attempt = started_attempt(call);
  if (!attempt) return answer(call, attempt.error());
  auto top = call.state->sandboxes.list(*attempt, "");
  if (!top) return answer(call, top.error());
  auto head = response(*call.state, 200, {}, "application/x-tar");
  head.headers.emplace_back("Content-Disposition",
                            "attachment; filename=\"job-" + std::to_string(attempt->job.value) +
                                "-attempt-" + std::to_string(attempt->attempt) + ".tar\"");
  call.exchange->begin(std::move(head), std::nullopt);
  if (call.request.method == "HEAD") return call.exchange->end();
  auto archive = std::make_shared<Archive>(call, *attempt, std::move(*top));
  std::make_shared<Pump>(call.state, call.exchange, [archive] { return archive->turn(); })->run();
}

}  // namespace retz::server
