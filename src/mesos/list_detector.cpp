// The masters of a list, in turn: any of them answers, or knows who leads.
#include "mesos/detector.hpp"

namespace retz::mesos {
namespace {

class ListDetector final : public Detector {
 public:
  explicit ListDetector(std::vector<Address> masters) : masters_(std::move(masters)) {}
  void start(std::function<void()>) override {}
  std::optional<Address> current() const override { return masters_[at_]; }
  bool pass_on() override {
    at_ = (at_ + 1) % masters_.size();
    return at_ == 0;
  }
  Error trouble() const override { return {}; }

 private:
  std::vector<Address> masters_;
  std::size_t at_ = 0;
};

}  // namespace

std::unique_ptr<Detector> list_detector(std::vector<Address> masters) {
  return std::make_unique<ListDetector>(std::move(masters));
}

}  // namespace retz::mesos
