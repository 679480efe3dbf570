// What all stores agree on: which jobs a query means, and which batches are refused.
#pragma once

#include <cstddef>
#include <string>

#include "retz/store.hpp"

namespace retz::store {

bool matches(const JobQuery& query, const JobRecord& job);
/// The query's limit, held within 1..65536.
std::size_t page_limit(const JobQuery& query);

/// A batch that can never be committed is a bug of the caller's: Errc::internal, not storage_*.
Error batch_gap(BatchNumber last, BatchNumber asked);
Error contradiction(const std::string& what);

}  // namespace retz::store
