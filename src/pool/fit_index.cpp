#include "pool/fit_index.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "base/generator.hpp"

namespace retz::pool {

void FitIndex::set_row(std::uint32_t item, std::span<const std::int64_t> row) {
  RETZ_ASSERT(row.size() == dimensions_);
  std::copy(row.begin(), row.end(), &rows_[item * dimensions_ * 2]);
}

void FitIndex::pull(std::uint32_t top) {
  std::int64_t* out = &rows_[top * dimensions_ * 2 + dimensions_];
  const std::int64_t* mine = own(top);
  const Node& n = nodes_[top];
  const std::int64_t* left = n.left == none ? mine : most(n.left);
  const std::int64_t* right = n.right == none ? mine : most(n.right);
  for (std::size_t d = 0; d < dimensions_; ++d) {
    const std::int64_t child = left[d] < right[d] ? right[d] : left[d];
    out[d] = mine[d] < child ? child : mine[d];
  }
}

std::uint32_t FitIndex::merge(std::uint32_t a, std::uint32_t b) {
  if (a == none) return b;
  if (b == none) return a;
  if (nodes_[a].priority > nodes_[b].priority) {
    nodes_[a].right = merge(nodes_[a].right, b);
    pull(a);
    return a;
  }
  nodes_[b].left = merge(a, nodes_[b].left);
  pull(b);
  return b;
}

void FitIndex::split(std::uint32_t top, const FitKey& key, std::uint32_t& left,
                     std::uint32_t& right) {
  if (top == none) {
    left = right = none;
  } else if (nodes_[top].key < key) {
    split(nodes_[top].right, key, nodes_[top].right, right);
    left = top;
    pull(top);
  } else {
    split(nodes_[top].left, key, left, nodes_[top].left);
    right = top;
    pull(top);
  }
}

std::uint32_t FitIndex::insert_at(std::uint32_t top, std::uint32_t item) {
  if (top == none || nodes_[item].priority > nodes_[top].priority) {
    split(top, nodes_[item].key, nodes_[item].left, nodes_[item].right);
    pull(item);
    return item;
  }
  if (nodes_[item].key < nodes_[top].key) {
    nodes_[top].left = insert_at(nodes_[top].left, item);
  } else {
    nodes_[top].right = insert_at(nodes_[top].right, item);
  }
  pull(top);
  return top;
}

std::uint32_t FitIndex::erase_at(std::uint32_t top, std::uint32_t item) {
  if (top == item) return merge(nodes_[top].left, nodes_[top].right);
  if (nodes_[item].key < nodes_[top].key) {
    nodes_[top].left = erase_at(nodes_[top].left, item);
  } else {
    nodes_[top].right = erase_at(nodes_[top].right, item);
  }
  pull(top);
  return top;
}

void FitIndex::insert(std::uint32_t item, const FitKey& key, std::span<const std::int64_t> row) {
  if (item >= nodes_.size()) {
    nodes_.resize(std::size_t{item} + 1);
    rows_.resize(nodes_.size() * dimensions_ * 2);
  }
  RETZ_ASSERT(!nodes_[item].present);
  nodes_[item] = {key, none, none, base::Generator(item).next(), true};
  set_row(item, row);
  root_ = insert_at(root_, item);
}

void FitIndex::erase(std::uint32_t item) {
  RETZ_ASSERT(contains(item));
  root_ = erase_at(root_, item);
  nodes_[item].present = false;
}

void FitIndex::pull_path(std::uint32_t top, std::uint32_t item) {
  if (top != item) {
    pull_path(nodes_[item].key < nodes_[top].key ? nodes_[top].left : nodes_[top].right, item);
  }
  pull(top);
}

void FitIndex::update(std::uint32_t item, const FitKey& key, std::span<const std::int64_t> row) {
  if (nodes_[item].key == key) {
    set_row(item, row);
    pull_path(root_, item);
    return;
  }
  erase(item);
  insert(item, key, row);
}

bool FitIndex::consistent_at(std::uint32_t top) const {
  if (top == none) return true;
  const Node& n = nodes_[top];
  std::vector<std::int64_t> expected(own(top), own(top) + dimensions_);
  for (const std::uint32_t child : {n.left, n.right}) {
    if (child == none) continue;
    const bool ordered = (child == n.left) == (nodes_[child].key < n.key);
    if (!ordered || nodes_[child].priority > n.priority || !consistent_at(child)) return false;
    for (std::size_t d = 0; d < dimensions_; ++d) {
      expected[d] = std::max(expected[d], most(child)[d]);
    }
  }
  return std::equal(expected.begin(), expected.end(), most(top));
}

bool FitIndex::consistent() const {
  return consistent_at(root_);
}

}  // namespace retz::pool
