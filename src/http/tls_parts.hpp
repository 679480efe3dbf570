// What a Tls is made of, for the files of this folder that know OpenSSL.
#pragma once

#include "http/asio.hpp"

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>

#include "http/tls.hpp"

namespace retz::http {

struct Tls::Parts {
  asio::ssl::context context{asio::ssl::context::tls_client};
  bool insecure = false;
};

}  // namespace retz::http
