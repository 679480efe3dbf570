// Ordered trees of numbered nodes that lie in somebody else's table: Seidel and Aragon, "Randomized
// search trees", Algorithmica 1996. What a node says of its subtree is kept up by the owner's
// pull().
#pragma once

#include <cstdint>
#include <utility>

namespace retz::queue {

constexpr std::uint32_t none = 0xFFFFFFFFU;

/// A node's place in its tree.
struct Links {
  std::uint32_t left = none, right = none;
};

/// `Nodes` has links(n), before(a, b), a strict total order, and pull(n), called whenever the
/// subtree below n has changed. A node's priority is a hash of its number: the same tree on every
/// machine.
template <class Nodes>
class Treap {
 public:
  explicit Treap(Nodes& nodes) : nodes_(&nodes) {}

  void insert(std::uint32_t& root, std::uint32_t n) {
    if (root == none || priority(n) > priority(root)) {
      Links& own = nodes_->links(n);
      split(root, n, own.left, own.right);
      root = n;
    } else {
      Links& links = nodes_->links(root);
      insert(nodes_->before(n, root) ? links.left : links.right, n);
    }
    nodes_->pull(root);
  }
  /// Requires: n is in the tree, and its order is that with which it was inserted.
  void erase(std::uint32_t& root, std::uint32_t n) {
    Links& links = nodes_->links(root);
    if (root == n) {
      root = merge(links.left, links.right);
      nodes_->links(n) = {};
      return;
    }
    erase(nodes_->before(n, root) ? links.left : links.right, n);
    nodes_->pull(root);
  }

 private:
  static std::uint32_t priority(std::uint32_t n) {
    std::uint32_t h = (n + 1) * 0x9E3779B1U;
    h = (h ^ (h >> 15U)) * 0x85EBCA77U;
    h = (h ^ (h >> 13U)) * 0xC2B2AE3DU;
    return h ^ (h >> 16U);
  }
  void split(std::uint32_t tree, std::uint32_t n, std::uint32_t& less, std::uint32_t& more) {
    if (tree == none) {
      less = more = none;
      return;
    }
    Links& links = nodes_->links(tree);
    if (nodes_->before(n, tree)) {
      const std::uint32_t left = links.left;
      more = tree;
      split(left, n, less, links.left);
    } else {
      const std::uint32_t right = links.right;
      less = tree;
      split(right, n, links.right, more);
    }
    nodes_->pull(tree);
  }
  std::uint32_t merge(std::uint32_t a, std::uint32_t b) {
    if (a == none) return b;
    if (b == none) return a;
    const std::uint32_t top = priority(a) > priority(b) ? a : b;
    Links& links = nodes_->links(top);
    if (top == a) {
      links.right = merge(links.right, b);
    } else {
      links.left = merge(a, links.left);
    }
    nodes_->pull(top);
    return top;
  }

  Nodes* nodes_;
};

}  // namespace retz::queue
