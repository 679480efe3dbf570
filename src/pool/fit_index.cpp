#include "pool/fit_index.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"

namespace retz::pool {

FitIndex::FitIndex(std::size_t dimensions) : dimensions_(dimensions) {
  root_ = new_block(true);
}

std::uint32_t FitIndex::new_block(bool leaf) {
  std::uint32_t block = 0;
  if (!unused_.empty()) {
    block = unused_.back();
    unused_.pop_back();
  } else {
    block = static_cast<std::uint32_t>(blocks_.size());
    blocks_.emplace_back();
    keys_.resize(blocks_.size() * width);
    ids_.resize(blocks_.size() * width);
    marks_.resize(blocks_.size() * width);
    rows_.resize(blocks_.size() * width * dimensions_);
  }
  blocks_[block] = {0, none, leaf};
  return block;
}

std::uint32_t FitIndex::place_of(std::uint32_t block, std::uint32_t id) const {
  const std::uint32_t* const ids = &ids_[entry(block, 0)];
  std::uint32_t i = 0;
  while (ids[i] != id) ++i;
  return i;
}

std::vector<std::int64_t> FitIndex::row(std::uint32_t item) const {
  const std::uint32_t block = leaf_of_[item];
  const std::uint32_t i = place_of(block, item);
  std::vector<std::int64_t> out;
  for (std::size_t d = 0; d < dimensions_; ++d) out.push_back(column(block, d)[i]);
  return out;
}

void FitIndex::set(std::uint32_t block, std::uint32_t i, const FitKey& key,
                   std::span<const std::int64_t> row, std::uint64_t marks) {
  keys_[entry(block, i)] = key;
  marks_[entry(block, i)] = marks;
  for (std::size_t d = 0; d < dimensions_; ++d) column(block, d)[i] = row[d];
}

void FitIndex::move(std::uint32_t from, std::uint32_t i, std::uint32_t to, std::uint32_t j) {
  keys_[entry(to, j)] = keys_[entry(from, i)];
  ids_[entry(to, j)] = ids_[entry(from, i)];
  marks_[entry(to, j)] = marks_[entry(from, i)];
  for (std::size_t d = 0; d < dimensions_; ++d) column(to, d)[j] = column(from, d)[i];
}

// Makes room at i.
void FitIndex::open(std::uint32_t block, std::uint32_t i) {
  for (std::uint32_t j = blocks_[block].count++; j > i; --j) move(block, j - 1, block, j);
}

// Closes the gap at i.
void FitIndex::close(std::uint32_t block, std::uint32_t i) {
  --blocks_[block].count;
  for (std::uint32_t j = i; j < blocks_[block].count; ++j) move(block, j + 1, block, j);
}

// Tells what entry i refers to where it is now.
void FitIndex::adopt(std::uint32_t block, std::uint32_t i) {
  const std::uint32_t id = ids_[entry(block, i)];
  (blocks_[block].leaf ? leaf_of_[id] : blocks_[id].parent) = block;
}

// Writes the maxima of a block into its entry; false: they stood there already.
bool FitIndex::summarize(std::uint32_t block, std::uint32_t parent, std::uint32_t i) {
  const std::uint32_t count = blocks_[block].count;
  std::uint64_t marks = 0;
  for (std::uint32_t j = 0; j < count; ++j) marks |= marks_[entry(block, j)];
  bool changed = std::exchange(marks_[entry(parent, i)], marks) != marks;
  for (std::size_t d = 0; d < dimensions_; ++d) {
    const std::int64_t* const figures = column(block, d);
    std::int64_t most = figures[0];
    for (std::uint32_t j = 1; j < count; ++j) most = most < figures[j] ? figures[j] : most;
    changed |= std::exchange(column(parent, d)[i], most) != most;
  }
  return changed;
}

void FitIndex::refresh(std::uint32_t block) {
  while (blocks_[block].parent != none) {
    const std::uint32_t parent = blocks_[block].parent;
    if (!summarize(block, parent, place_of(parent, block))) return;
    block = parent;
  }
}

// The last entry whose key is not above; the first where all are.
std::uint32_t FitIndex::leaf_for(const FitKey& key) const {
  std::uint32_t block = root_;
  while (!blocks_[block].leaf) {
    const FitKey* const keys = &keys_[entry(block, 0)];
    std::uint32_t i = 0, n = blocks_[block].count;
    while (n > 1) {
      const std::uint32_t half = n / 2;
      if (!(key < keys[i + half])) i += half;
      n -= half;
    }
    block = ids_[entry(block, i)];
  }
  return block;
}

void FitIndex::grow_root() {
  const std::uint32_t old = root_;
  root_ = new_block(false);
  blocks_[root_].count = 1;
  keys_[entry(root_, 0)] = keys_[entry(old, 0)];
  ids_[entry(root_, 0)] = old;
  adopt(root_, 0);
  summarize(old, root_, 0);
}

// The upper half goes into a new block to the right; answers that block.
std::uint32_t FitIndex::split(std::uint32_t block) {
  if (blocks_[block].parent == none) grow_root();
  if (blocks_[blocks_[block].parent].count == width) split(blocks_[block].parent);
  const std::uint32_t right = new_block(blocks_[block].leaf);
  const std::uint32_t parent = blocks_[block].parent;
  const std::uint32_t half = width / 2;
  for (std::uint32_t j = half; j < width; ++j) {
    move(block, j, right, j - half);
    adopt(right, j - half);
  }
  blocks_[right].count = width - half;
  blocks_[block].count = half;
  const std::uint32_t i = place_of(parent, block);
  open(parent, i + 1);
  keys_[entry(parent, i + 1)] = keys_[entry(right, 0)];
  ids_[entry(parent, i + 1)] = right;
  adopt(parent, i + 1);
  summarize(block, parent, i);
  summarize(right, parent, i + 1);
  return right;
}

void FitIndex::insert(std::uint32_t item, const FitKey& key, std::span<const std::int64_t> row,
                      std::uint64_t marks) {
  RETZ_ASSERT(row.size() == dimensions_);
  if (item >= leaf_of_.size()) leaf_of_.resize(std::size_t{item} + 1, none);
  RETZ_ASSERT(leaf_of_[item] == none);
  std::uint32_t block = leaf_for(key);
  if (blocks_[block].count == width) {
    const std::uint32_t right = split(block);
    if (!(key < keys_[entry(right, 0)])) block = right;
  }
  const FitKey* const keys = &keys_[entry(block, 0)];
  std::uint32_t i = blocks_[block].count;
  while (i > 0 && key < keys[i - 1]) --i;
  open(block, i);
  ids_[entry(block, i)] = item;
  set(block, i, key, row, marks);
  leaf_of_[item] = block;
  // An entry's key is not above any below it: the smallest of all may go below what stood there.
  for (std::uint32_t b = block; i == 0 && blocks_[b].parent != none; b = blocks_[b].parent) {
    FitKey& bound = keys_[entry(blocks_[b].parent, place_of(blocks_[b].parent, b))];
    if (!(key < bound)) break;
    bound = key;
  }
  refresh(block);
}

void FitIndex::erase(std::uint32_t item) {
  RETZ_ASSERT(contains(item));
  const std::uint32_t block = leaf_of_[item];
  leaf_of_[item] = none;
  close(block, place_of(block, item));
  shrink(block);
}

// After an entry left: an empty block goes, a sparse one is joined with a neighbour.
void FitIndex::shrink(std::uint32_t block) {
  const std::uint32_t parent = blocks_[block].parent;
  if (parent == none) {
    if (blocks_[block].leaf || blocks_[block].count > 1) return;
    root_ = ids_[entry(block, 0)];
    blocks_[root_].parent = none;
    unused_.push_back(block);
    shrink(root_);
    return;
  }
  const std::uint32_t count = blocks_[block].count;
  if (count == 0) return drop(block);
  refresh(block);
  if (count > width / 4) return;
  const std::uint32_t i = place_of(parent, block);
  const std::uint32_t next = i + 1 < blocks_[parent].count ? ids_[entry(parent, i + 1)] : none;
  const std::uint32_t before = i > 0 ? ids_[entry(parent, i - 1)] : none;
  if (next != none && blocks_[next].count + count <= width * 3 / 4) {
    join(block, next);
  } else if (before != none && blocks_[before].count + count <= width * 3 / 4) {
    join(before, block);
  }
}

// Takes an empty block out of its parent.
void FitIndex::drop(std::uint32_t block) {
  const std::uint32_t parent = blocks_[block].parent;
  close(parent, place_of(parent, block));
  unused_.push_back(block);
  shrink(parent);
}

void FitIndex::join(std::uint32_t left, std::uint32_t right) {
  for (std::uint32_t j = 0; j < blocks_[right].count; ++j) {
    const std::uint32_t to = blocks_[left].count++;
    move(right, j, left, to);
    adopt(left, to);
  }
  blocks_[right].count = 0;
  const std::uint32_t parent = blocks_[left].parent;
  summarize(left, parent, place_of(parent, left));
  drop(right);
}

void FitIndex::update(std::uint32_t item, const FitKey& key, std::span<const std::int64_t> row,
                      std::uint64_t marks) {
  const std::uint32_t block = leaf_of_[item];
  const std::uint32_t count = blocks_[block].count;
  std::uint32_t i = place_of(block, item);
  const FitKey* const keys = &keys_[entry(block, 0)];
  // Within the leaf it moves past its neighbours; beyond, it is put in anew.
  const bool above = i > 0 && !(key < keys[0]);
  const bool below = i + 1 < count && key < keys[count - 1];
  const bool stays = key == keys[i] || (above && below) || (i == 0 && below && !(key < keys[0])) ||
                     (i + 1 == count && above && !(keys[i] < key));
  if (!stays) {
    erase(item);
    insert(item, key, row, marks);
    return;
  }
  for (; i > 0 && key < keys[i - 1]; --i) move(block, i - 1, block, i);
  for (; i + 1 < count && keys[i + 1] < key; ++i) move(block, i + 1, block, i);
  ids_[entry(block, i)] = item;
  set(block, i, key, row, marks);
  refresh(block);
}

void FitIndex::set_marks(std::uint32_t item, std::uint64_t marks) {
  marks_[entry_of(item)] = marks;
  refresh(leaf_of_[item]);
}

bool FitIndex::consistent_at(std::uint32_t block, const FitKey* low, const FitKey* high) const {
  const Block& b = blocks_[block];
  if (b.count == 0) return block == root_;
  for (std::uint32_t i = 0; i < b.count; ++i) {
    const FitKey& key = keys_[entry(block, i)];
    const std::uint32_t id = ids_[entry(block, i)];
    const FitKey* const next = i + 1 < b.count ? &keys_[entry(block, i + 1)] : high;
    if ((low != nullptr && i == 0 && key < *low) || (next != nullptr && !(key < *next)))
      return false;
    if (b.leaf) {
      if (leaf_of_[id] != block) return false;
      continue;
    }
    if (blocks_[id].parent != block || !consistent_at(id, &key, next)) return false;
    std::uint64_t marks = 0;
    for (std::uint32_t j = 0; j < blocks_[id].count; ++j) marks |= marks_[entry(id, j)];
    if (marks != marks_[entry(block, i)]) return false;
    for (std::size_t d = 0; d < dimensions_; ++d) {
      const std::int64_t* const below = column(id, d);
      if (*std::max_element(below, below + blocks_[id].count) != column(block, d)[i]) return false;
    }
  }
  return true;
}

bool FitIndex::consistent() const {
  return consistent_at(root_, nullptr, nullptr);
}

}  // namespace retz::pool
