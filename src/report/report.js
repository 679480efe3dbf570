// Draws the charts of a report from the figures in the page.
"use strict";
(() => {
  const sections = JSON.parse(document.getElementById("runs").textContent);
  const dashes = [[], [7, 3], [2, 2], [9, 3, 2, 3], [4, 2], [12, 4], [1, 3], [6, 2, 2, 2]];
  const rounded = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 1 });
  const number = new Intl.NumberFormat("en-GB", { maximumSignificantDigits: 4 });
  const percent = (part) => rounded.format(part * 100) + " %";
  const shade = (name) =>
    getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
  const colour = (i) => shade("c" + (i % 8));
  const named = (name) => (name === "" ? "(no name)" : name);

  const units = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
  const duration = (s) => {
    const [size, unit] = units.find(([u]) => s >= 2 * u) || [1, "s"];
    return number.format(s / size) + " " + unit;
  };
  // The unit in which a whole run is some tens long.
  const unitOf = (runs) => {
    const span = Math.max(...runs.map((run) => run.bucket * run.queue.length));
    return units.find(([u]) => span >= 4 * u) || [1, "s"];
  };

  const line = (label, data, i, more) => ({
    label, data, borderColor: colour(i), backgroundColor: colour(i), borderDash: dashes[i % 8],
    borderWidth: 1.8, pointRadius: 0, pointHitRadius: 6, ...more });
  // Lines of several runs lie over each other: fewer points keep them apart.
  const overTime = (run, values, unit, together) => {
    const out = [];
    for (let i = 0; i < values.length; i += together) {
      const part = values.slice(i, i + together);
      const y = part.reduce((sum, value) => sum + value, 0) / part.length;
      out.push({ x: (i + part.length / 2) * run.bucket / unit, y });
    }
    return out;
  };

  const axis = (title, more = {}) => ({
    title: { display: true, text: title, color: shade("soft") }, grid: { color: shade("line") },
    border: { color: shade("line") }, ...more,
    ticks: { color: shade("soft"), maxRotation: 0, ...more.ticks } });
  const share = (title, more) => axis(title, {
    min: 0, ticks: { callback: percent }, ...more });
  const time = (unit) => axis("time since the first submission (" + unit + ")", { type: "linear" });

  const kinds = {
    use(runs, resource) {
      const [size, unit] = unitOf(runs);
      const datasets = resource === ""
        ? runs[0].use.map((use, i) => line(use.resource, overTime(runs[0], use.used, size, 1), i))
        : runs.map((run, i) => {
            const use = run.use.find((one) => one.resource === resource);
            return line(run.label, use ? overTime(run, use.used, size, 3) : [], i);
          });
      return { type: "line", datasets, x: time(unit), y: share("part in use", { max: 1 }),
               show: percent, at: (x) => number.format(x) + " " + unit };
    },
    queue(runs) {
      const [size, unit] = unitOf(runs), together = runs.length > 1 ? 3 : 1;
      return { type: "line", x: time(unit), y: axis("jobs waiting", { min: 0 }),
               datasets: runs.map((run, i) =>
                 line(run.label, overTime(run, run.queue, size, together), i)),
               show: (v) => number.format(v), at: (x) => number.format(x) + " " + unit };
    },
    waits(runs) {
      const longest = Math.max(...runs.map((run) => run.waits[run.waits.length - 1]), 60);
      const marks = [1, 10, 60, 600, 3600, 36000, 345600, 3456000];
      return { type: "line", y: share("part of the jobs", { max: 1 }),
               x: axis("wait (log scale; 1 s: at once)", {
                 type: "logarithmic", min: 1, max: longest, afterBuildTicks: (scale) => {
                   scale.ticks = marks.filter((m) => m <= longest).map((value) => ({ value }));
                 }, ticks: { callback: (v) => (v < 60 ? v + " s" : duration(v)) } }),
               datasets: runs.map((run, i) => line(run.label, run.waits.map((wait, k) =>
                 ({ x: Math.max(1, wait), y: k / (run.waits.length - 1) })), i)),
               show: (v) => percent(v) + " of the jobs", at: duration };
    },
    sizes(runs) {
      const classes = runs[0].sizes.map((size) => size.cpus);
      const mean = (run, name) => (run.sizes.find((size) => size.cpus === name) || {}).mean;
      return { type: "bar", labels: classes, x: axis("cpus of the job"),
               y: axis("mean, log scale", { type: "logarithmic", min: 0.8,
                 ticks: { callback: (v) =>
                   ([1, 2, 5].includes(+String(v)[0]) ? number.format(v) : null) } }),
               datasets: runs.map((run, i) => ({ label: run.label, backgroundColor: colour(i),
                 data: classes.map((name) => mean(run, name)) })), show: (v) => number.format(v) };
    },
    users(runs) {
      const names = runs[0].users.map((user) => user.name);
      const wait = (run, name) => (run.users.find((u) => u.name === name) || {}).mean_wait;
      const [size, unit] = units.find(([u]) =>
        Math.max(...runs.flatMap((run) => run.users.map((user) => user.mean_wait))) >= 2 * u)
        || [1, "s"];
      return { type: "bar", lying: true, labels: runs[0].users.map((user) =>
                 named(user.name).slice(0, 24) + " (" + percent(user.share) + ")"),
               x: axis(`mean wait (${unit})`, { min: 0 }), y: axis("user (share of the cpu time)"),
               datasets: runs.map((run, i) => ({ label: run.label, backgroundColor: colour(i),
                 data: names.map((name) => wait(run, name) / size) })),
               show: (v) => number.format(v) + " " + unit };
    },
    shares(runs) {
      const [size, unit] = unitOf(runs);
      return { type: "line", x: time(unit), y: share("part of all cpus", { max: 1, stacked: true }),
               datasets: runs[0].users.map((user, i) => line(named(user.name),
                 overTime(runs[0], user.used, size, 1), i,
                 { fill: true, borderWidth: 0.5, borderDash: [] })),
               filled: true, show: percent, at: (x) => number.format(x) + " " + unit };
    },
  };

  const draw = (canvas) => {
    // A run in which no job ran has no curves.
    const runs = sections[+canvas.dataset.section].filter((run) => run.queue.length > 0);
    const made = kinds[canvas.dataset.kind](runs, canvas.dataset.resource);
    const lines = made.type === "line";
    return new Chart(canvas, {
      type: made.type,
      data: { labels: made.labels, datasets: made.datasets },
      options: {
        animation: false, responsive: true, maintainAspectRatio: false,
        indexAxis: made.lying ? "y" : "x",
        devicePixelRatio: Math.max(2, window.devicePixelRatio || 1),
        interaction: { mode: lines ? "nearest" : "index", axis: made.lying ? "y" : "x",
                       intersect: false },
        scales: { x: made.x, y: made.y },
        plugins: {
          legend: { display: made.datasets.length > 1, position: "bottom",
                    labels: { color: shade("ink"), usePointStyle: true, boxWidth: 30,
                              pointStyle: lines && !made.filled ? "line" : "rect" } },
          tooltip: { callbacks: {
            title: (items) => (made.at && items[0] ? made.at(items[0].parsed.x)
                                                   : items[0] && items[0].label),
            label: (item) => item.dataset.label + ": " +
              made.show(made.lying ? item.parsed.x : item.parsed.y) } },
        },
      },
    });
  };

  let charts = [];
  const drawAll = () => {
    charts.forEach((chart) => chart.destroy());
    charts = [...document.querySelectorAll("canvas[data-kind]")].map(draw);
  };
  drawAll();
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
  window.matchMedia("print").addEventListener("change", drawAll);
})();
