// Events and decisions in words, for who reads of a history that fails.
#pragma once

#include <string>

#include "retz/engine.hpp"

namespace retz::property {

std::string describe(const Event& event);
/// " start job 1.1 on n2; stop job 3.1": what a step decides.
std::string describe(const Step& step);
std::string describe(const Policy& policy);

}  // namespace retz::property
