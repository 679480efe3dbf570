// What a Loop is made of, for the files of this folder that know Asio.
#pragma once

#include "http/asio.hpp"
#include "http/loop.hpp"

namespace retz::http {

struct Loop::Parts {
  asio::io_context io{1};
  asio::executor_work_guard<asio::io_context::executor_type> work = asio::make_work_guard(io);
};

}  // namespace retz::http
