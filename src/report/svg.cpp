// Gantt charts as drawings of their own: they need no script, print sharply, and tell of each job
// when pointed at.
#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <set>
#include <utility>

#include "report/page.hpp"
#include "report/text.hpp"

namespace retz::report {
namespace {

constexpr double width = 1000, left = 110, right = 990, top = 6, axis = 34;
constexpr std::size_t listed_jobs = 40;

std::string at(double value) {
  std::array<char, 32> out{};
  (void)std::snprintf(out.data(), out.size(), "%.1f", value);
  return out.data();
}

/// In the unit of the steps of an axis.
std::string on_axis(double seconds, double step) {
  const double unit = step < 60 ? 1 : step < 3600 ? 60 : step < 86'400 ? 3600 : 86'400;
  const char* const name = step < 60 ? " s" : step < 3600 ? " min" : step < 86'400 ? " h" : " d";
  std::array<char, 32> out{};
  (void)std::snprintf(out.data(), out.size(), "%.4g", seconds / unit);
  return out.data() + std::string(name);
}

class Drawing {
 public:
  explicit Drawing(const Gantt& gantt) : gantt_(gantt) {
    const auto nodes = static_cast<double>(gantt.nodes.size());
    height_ = nodes <= 1 ? 320 : std::clamp(nodes * 24, 160.0, 560.0);
    band_ = height_ / std::max(nodes, 1.0);
    gap_ = nodes <= 1 ? 0 : std::min(4.0, band_ / 6);
  }

  std::string svg() {
    out_ = "<svg class=\"gantt\" viewBox=\"0 0 " + at(width) + " " + at(top + height_ + axis) +
           "\" role=\"img\" aria-label=\"Gantt chart. Its jobs are in the table below.\">\n";
    for (std::size_t i = 0; i < gantt_.nodes.size(); ++i) node(i);
    for (const GanttBar& bar : gantt_.bars) draw(bar);
    time_axis();
    return out_ + "</svg>\n";
  }

 private:
  double x(double time) const {
    const double part = (time - gantt_.from) / std::max(gantt_.until - gantt_.from, 1e-6);
    return left + (right - left) * std::clamp(part, 0.0, 1.0);
  }

  double y(std::size_t node, double cpu) const {
    const double part = cpu / std::max(gantt_.nodes[node].cpus, 1e-3);
    return top + static_cast<double>(node) * band_ + std::clamp(part, 0.0, 1.0) * (band_ - gap_);
  }

  void text(double where_x, double where_y, const char* anchor, const std::string& words) {
    out_ += "<text x=\"" + at(where_x) + "\" y=\"" + at(where_y) + "\" text-anchor=\"" + anchor +
            "\">" + escaped(words) + "</text>\n";
  }

  void node(std::size_t i) {
    const GanttNode& node = gantt_.nodes[i];
    out_ += "<rect class=\"node\" x=\"" + at(left) + "\" y=\"" + at(y(i, 0)) + "\" width=\"" +
            at(right - left) + "\" height=\"" + at(band_ - gap_) + "\"/>\n";
    if (gantt_.nodes.size() > 1) {
      const std::string name = node.name.size() > 15 ? node.name.substr(0, 14) + "…" : node.name;
      text(left - 6, y(i, 0) + (band_ - gap_) / 2 + 4, "end", name);
      return;
    }
    for (int quarter = 0; quarter <= 4; ++quarter) {
      const double cpu = node.cpus * quarter / 4;
      text(left - 6, y(i, cpu) + 4, "end", number(cpu) + (quarter == 0 ? " cpu" : ""));
    }
  }

  void draw(const GanttBar& bar) {
    const double begin = x(bar.start), end = x(bar.end);
    const double high = y(bar.node, bar.low), low = y(bar.node, bar.high);
    out_ += "<rect class=\"u" + std::to_string(std::min<std::size_t>(bar.user, users_named)) +
            "\" x=\"" + at(begin) + "\" y=\"" + at(high) + "\" width=\"" +
            at(std::max(end - begin, 0.6)) + "\" height=\"" + at(std::max(low - high, 0.4)) +
            "\"><title>job " + std::to_string(bar.number) + ", " +
            escaped(user_name(gantt_.users[bar.user])) + ", " + duration(bar.end - bar.start) +
            "</title></rect>\n";
  }

  void time_axis() {
    constexpr std::array<double, 16> steps = {
        1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21'600, 43'200, 86'400, 172'800};
    const double span = gantt_.until - gantt_.from;
    double step = steps.front();
    for (std::size_t i = 1; i < steps.size() && span / step > 9; ++i) step = steps[i];
    while (span / step > 9) step *= 2;
    const double foot = top + height_;
    for (double time = 0; time <= span; time += step) {
      const double where = x(gantt_.from + time);
      out_ += "<line x1=\"" + at(where) + "\" x2=\"" + at(where) + "\" y1=\"" + at(foot) +
              "\" y2=\"" + at(foot + 5) + "\"/>\n";
      const char* const anchor = where > right - 30 ? "end" : "middle";
      text(where, foot + 20, anchor, "+" + on_axis(time, step));
    }
  }

  const Gantt& gantt_;
  double height_ = 0, band_ = 0, gap_ = 0;
  std::string out_;
};

std::string user_key(const Gantt& gantt) {
  std::string out = "<p class=\"key\">";
  for (std::size_t i = 0; i < std::min(gantt.users.size(), users_named); ++i) {
    out += "<span><i class=\"u" + std::to_string(i) + "\"></i>" +
           escaped(user_name(gantt.users[i])) + "</span> ";
  }
  if (gantt.users.size() > users_named) {
    out += "<span><i class=\"u" + std::to_string(users_named) + "\"></i>" +
           with_commas(gantt.users.size() - users_named) + " other users</span>";
  }
  return out + "</p>\n";
}

std::string job_table(const Gantt& gantt) {
  std::vector<Cells> rows;
  std::set<std::pair<std::uint64_t, double>> seen;
  for (const GanttBar& bar : gantt.bars) {
    if (!seen.emplace(bar.number, bar.start).second) continue;
    if (rows.size() == listed_jobs) continue;
    double cpus = 0;
    for (const GanttBar& other : gantt.bars) {
      if (other.number == bar.number && other.start == bar.start) cpus += other.high - other.low;
    }
    rows.push_back({std::to_string(bar.number), user_name(gantt.users[bar.user]),
                    gantt.nodes[bar.node].name, number(cpus), duration(bar.start - gantt.from),
                    duration(bar.end - bar.start)});
  }
  std::string out = "<details><summary>Numbers</summary>\n";
  if (seen.size() > rows.size()) {
    out += "<p>The first " + std::to_string(rows.size()) + " of " + with_commas(seen.size()) +
           " jobs.</p>\n";
  }
  return out +
         table_html({"Job", "User", "Node", "cpus", "Start in the window", "Run time"}, rows) +
         "</details>\n";
}

/// A user has the same colour in the charts of all runs: those of the first run's come first.
void same_colours(std::vector<Figures>& runs) {
  std::vector<std::string> users;
  std::map<std::string, std::uint32_t> place;
  for (const Figures& run : runs) {
    for (const std::string& user : run.gantt.users) {
      const auto next = static_cast<std::uint32_t>(users.size());
      if (place.emplace(user, next).second) users.push_back(user);
    }
  }
  for (Figures& run : runs) {
    for (GanttBar& bar : run.gantt.bars) bar.user = place.at(run.gantt.users[bar.user]);
    run.gantt.users = users;
  }
}

std::string sentence(const Gantt& gantt) {
  std::string out = duration(gantt.until - gantt.from) + ", beginning " +
                    on_axis(gantt.from, gantt.from) +
                    " after the start of the log. Each box is a job, as high as its cpus, coloured "
                    "by its user.";
  if (gantt.nodes.size() < gantt.of_nodes) {
    out += " The " + std::to_string(gantt.nodes.size()) + " busiest of " +
           with_commas(gantt.of_nodes) + " nodes.";
  }
  return out;
}

}  // namespace

std::string gantt_svg(const Gantt& gantt) {
  return Drawing(gantt).svg();
}

std::string gantts_html(std::vector<Figures> runs) {
  std::string out;
  same_colours(runs);
  for (const Figures& run : runs) {
    if (run.gantt.bars.empty()) continue;
    const std::string of = runs.size() == 1 ? "" : ": " + run.label;
    out += "<figure class=\"wide\">\n<figcaption><h3>Who ran where" + escaped(of) + "</h3><p>" +
           escaped(sentence(run.gantt)) + "</p></figcaption>\n" + gantt_svg(run.gantt) +
           user_key(run.gantt) + job_table(run.gantt) + "</figure>\n";
  }
  return out;
}

}  // namespace retz::report
