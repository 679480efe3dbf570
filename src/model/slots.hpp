// Objects at stable small numbers, in blocks: growing never copies and never needs twice the
// memory.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace retz::model {

template <class T>
class Slots {
 public:
  std::uint32_t add() {
    if (!free_.empty()) {
      const std::uint32_t slot = free_.back();
      free_.pop_back();
      return slot;
    }
    if (bound_ == blocks_.size() * block_size) blocks_.push_back(std::make_unique<Block>());
    return bound_++;
  }
  void remove(std::uint32_t slot) {
    (*this)[slot] = T{};
    free_.push_back(slot);
  }
  T& operator[](std::uint32_t slot) { return (*blocks_[slot / block_size])[slot % block_size]; }
  const T& operator[](std::uint32_t slot) const {
    return (*blocks_[slot / block_size])[slot % block_size];
  }
  std::size_t size() const { return bound_ - free_.size(); }
  /// The largest number ever in use plus one.
  std::uint32_t bound() const { return bound_; }

 private:
  static constexpr std::size_t block_size = 1024;
  using Block = std::array<T, block_size>;
  std::vector<std::unique_ptr<Block>> blocks_;
  std::vector<std::uint32_t> free_;
  std::uint32_t bound_ = 0;
};

}  // namespace retz::model
