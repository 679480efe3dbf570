// Whom outgoing connections trust.
#pragma once

#include <filesystem>
#include <memory>

#include "retz/result.hpp"

namespace retz::http {

class Tls {
 public:
  /// `ca_file`: PEM of who may sign the server's certificate; empty: whom this system trusts.
  /// `insecure`: anybody. Error: not_found or invalid_argument, naming the file.
  static Result<std::shared_ptr<Tls>> make(const std::filesystem::path& ca_file, bool insecure);
  ~Tls();
  Tls(const Tls&) = delete;
  Tls& operator=(const Tls&) = delete;

  struct Parts;
  Parts& parts() { return *parts_; }  // for this folder

 private:
  explicit Tls(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace retz::http
