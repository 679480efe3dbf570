// The order of leases under a rule with a score of its own, kept for each request: a placement
// costs the leases that changed since the request's last one, not all.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <unordered_map>
#include <vector>

#include "model/classes.hpp"
#include "retz/resources.hpp"

namespace retz::pool {

/// A tournament tree (Knuth, TAOCP 5.4.1) over leases for each request, brought up to date from a
/// journal of leases that changed. It may forget a request: nothing but speed depends on it.
class Scores {
 public:
  static constexpr std::uint32_t none = 0xFFFFFFFFU;
  static constexpr double unfit = std::numeric_limits<double>::infinity();

  /// The lease changed, came or went.
  void touch(std::uint32_t bin) {
    if (rankings_.empty()) return;
    const bool noted = begin_ + journal_.size() > read_ && journal_.back() == bin;
    if (!noted) journal_.push_back(bin);
  }
  void forget();

  /// The lease with the smallest score that `accept` takes. `score(bin)`: unfit where it cannot be
  /// taken; depends on the lease, the request and `version` alone. `before(a, b)` tells equal
  /// scores apart.
  template <class Score, class Before, class Accept>
  std::uint32_t find(const Request& request, std::uint64_t version, std::uint32_t bins,
                     const Score& score, const Before& before, const Accept& accept) {
    Ranking& ranking = ranking_of(request, bins);
    const auto wins = [&](std::uint32_t a, std::uint32_t b) {
      const double x = ranking.score[a], y = ranking.score[b];
      return x < y || (x == y && x != unfit && before(a, b));
    };
    if (ranking.version != version || ranking.leaves < bins || ranking.seen < begin_) {
      rank_all(ranking, version, bins, score, wins);
    } else {
      bring_up_to_date(ranking, score, wins);
    }
    read_ = ranking.seen;
    return first(ranking, wins, accept);
  }

 private:
  struct Ranking {
    std::uint64_t seen = 0;             // of the journal
    std::uint64_t version = 0;          // of the score
    std::uint64_t asked = 0;            // when last
    std::uint32_t leaves = 0;           // a power of two
    std::vector<double> score;          // by bin
    std::vector<std::uint32_t> winner;  // by place in the tree; the root is 1
    Request request;
  };

  Ranking& ranking_of(const Request& request, std::uint32_t bins);

  template <class Wins>
  static void play(Ranking& r, std::uint32_t place, const Wins& wins) {
    const auto below = [&r](std::uint32_t p) { return p < r.leaves ? r.winner[p] : p - r.leaves; };
    const std::uint32_t a = below(2 * place), b = below(2 * place + 1);
    r.winner[place] = wins(b, a) ? b : a;
  }

  template <class Score, class Wins>
  void rank_all(Ranking& r, std::uint64_t version, std::uint32_t bins, const Score& score,
                const Wins& wins) {
    r.version = version;
    r.seen = begin_ + journal_.size();
    r.leaves = 2;
    while (r.leaves < bins) r.leaves *= 2;
    r.score.assign(r.leaves, unfit);
    r.winner.assign(r.leaves, 0);
    for (std::uint32_t b = 0; b < bins; ++b) r.score[b] = score(b);
    for (std::uint32_t place = r.leaves - 1; place > 0; --place) play(r, place, wins);
  }

  template <class Score, class Wins>
  void bring_up_to_date(Ranking& r, const Score& score, const Wins& wins) {
    ++stamp_;
    if (stamps_.size() < r.leaves) stamps_.resize(r.leaves, 0);
    const std::uint64_t from = r.seen - begin_;
    r.seen = begin_ + journal_.size();
    for (std::uint64_t i = from; i < journal_.size(); ++i) {
      const std::uint32_t bin = journal_[i];
      if (bin >= r.leaves || stamps_[bin] == stamp_) continue;
      stamps_[bin] = stamp_;
      r.score[bin] = score(bin);
      for (std::uint32_t place = (r.leaves + bin) / 2; place > 0; place /= 2) play(r, place, wins);
    }
  }

  // Best first: the winner of a part of the tree is looked at before those it beat.
  template <class Wins, class Accept>
  std::uint32_t first(const Ranking& r, const Wins& wins, const Accept& accept) {
    const auto at = [&r](std::uint32_t p) { return p < r.leaves ? r.winner[p] : p - r.leaves; };
    const auto later = [&](std::uint32_t p, std::uint32_t q) { return wins(at(q), at(p)); };
    if (r.score[at(1)] == unfit) return none;
    if (accept(at(1))) return at(1);
    open_.assign(1, 1);
    while (!open_.empty()) {
      std::pop_heap(open_.begin(), open_.end(), later);
      std::uint32_t place = open_.back();
      open_.pop_back();
      const std::uint32_t bin = at(place);
      if (r.score[bin] == unfit) return none;
      if (accept(bin)) return bin;
      // Down to the leaf of the one that was not taken; those it beat on the way come next.
      while (place < r.leaves) {
        const std::uint32_t own = at(2 * place) == bin ? 2 * place : 2 * place + 1;
        open_.push_back(own ^ 1U);
        std::push_heap(open_.begin(), open_.end(), later);
        place = own;
      }
    }
    return none;
  }

  std::vector<Ranking> rankings_;
  std::unordered_map<Request, std::uint32_t, model::RequestHash> at_;  // looked up, never walked
  std::vector<std::uint32_t> journal_;
  std::uint64_t begin_ = 0;  // number of the journal's first entry
  std::uint64_t read_ = 0;   // so much of it was read by some ranking
  std::uint64_t clock_ = 0;
  std::uint64_t stamp_ = 0;
  std::vector<std::uint64_t> stamps_;  // by bin
  std::vector<std::uint32_t> open_;    // scratch: places in the tree
};

}  // namespace retz::pool
