// The texts that every page carries along, put into the program when it is built.
#include "report/page.hpp"

namespace retz::report {
namespace {

#include "report_assets.inc"

}  // namespace

std::string_view style_sheet() {
  return report_css[0];
}

std::string_view script() {
  return report_js[0];
}

std::string chart_library() {
  std::string out;
  for (const std::string_view part : chart_js) out += part;
  return out;
}

std::string_view chart_library_licence() {
  return chart_licence_txt[0];
}

}  // namespace retz::report
