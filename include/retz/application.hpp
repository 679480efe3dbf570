// Applications: named environments of jobs.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "retz/time.hpp"

namespace retz {

/// A file that an application brings along.
struct FetchItem {
  std::string uri = {};  // file://, http(s)://, hdfs://, or an absolute path
  bool executable = false;
  bool extract = true;  // unpack tar.gz, tar.bz2, tar.xz, tar.zst, zip
  bool cache = false;   // fetched once and shared by all jobs (large files)
  friend bool operator==(const FetchItem&, const FetchItem&) = default;
};

/// A named environment of jobs.
struct Application {
  std::string name = {};   // 1..32 characters of [A-Za-z0-9._-]
  std::string owner = {};  // key id of a user
  std::vector<FetchItem> files = {};
  std::string unix_user = {};        // empty: the cluster's default (nobody)
  std::string container_image = {};  // OCI reference; empty: none
  Duration grace_period = std::chrono::seconds(10);
  bool enabled = true;
  friend bool operator==(const Application&, const Application&) = default;
};

}  // namespace retz
