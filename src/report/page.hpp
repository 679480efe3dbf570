// The parts that a page is put together from.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "report/figures.hpp"

namespace retz::report {

using Cells = std::vector<std::string>;

/// The first column of each row is its heading. Requires: as many cells a row as columns.
std::string table_html(const std::vector<std::string>& columns, const std::vector<Cells>& rows);
std::string metrics_table(const std::vector<Figures>& runs);

/// The charts of one section, each with its numbers in a table below. `section`: its index, by
/// which the script finds the data.
std::string charts_html(std::size_t section, const std::vector<Figures>& runs);
/// One for each run, drawn here, without any script.
std::string gantts_html(std::vector<Figures> runs);
std::string gantt_svg(const Gantt& gantt);

/// Who a log names so; a log may name nobody.
inline std::string user_name(const std::string& name) {
  return name.empty() ? "(no name)" : name;
}

// Texts that are part of every page.
std::string_view style_sheet();
std::string_view script();
std::string chart_library();
std::string_view chart_library_licence();

}  // namespace retz::report
