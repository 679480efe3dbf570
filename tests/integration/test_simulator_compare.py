"""retz-sim as people use it: comparing policies, and the history of a real server."""
import csv
import io
import json
import os
import shutil
import sqlite3
import tempfile
import unittest

from programs import Server
from simulation import sim


class Folder(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="retz-test-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def workload(self, name="log.csv", jobs=400):
        """A log on which the order matters: many short jobs behind few long and wide ones."""
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write("submit,run,estimate,cpus,user\n")
            for i in range(jobs):
                wide = i % 7 == 0
                file.write(f"{i * 11},{400 if wide else 20 + i % 30},{500 if wide else 100},"
                           f"{7 if wide else 1 + i % 3},user{i % 5}\n")
        return self.path(name)


class Compare(Folder):
    POLICIES = ("--policy", "fifo+strict", "--policy", "fifo+easy",
                "--policy", "smallest_area+easy,backfill=shortest,bound=72h")

    def compare(self, *options, status=0):
        return sim("compare", "--workload", self.workload(), "--nodes", "2", "--cpus", "8",
                   *self.POLICIES, *options, status=status)

    def test_a_table_with_intervals_and_verdicts(self):
        done = self.compare("--seeds", "4")
        lines = done.stdout.splitlines()
        self.assertIn("WORKLOAD", lines[0])
        self.assertEqual([line.split()[1] for line in lines[1:4]],
                         ["fifo+strict", "fifo+easy",
                          "smallest_area+easy,backfill=shortest,bound=72h"])
        self.assertIn("±", lines[1])
        self.assertIn("better", lines[2])
        self.assertIn("4 runs of each, submissions moved by up to 10m", lines[4])
        self.assertEqual(done.stderr, "")

    def test_equal_policies_show_no_difference(self):
        done = sim("compare", "-w", self.workload(), "--nodes", "2", "--cpus", "8",
                   "-p", "fifo+easy", "-p", "fifo+easy+best", "--seeds", "3", "--csv")
        rows = [row for row in csv.DictReader(io.StringIO(done.stdout)) if row["verdict"]]
        self.assertEqual(len(rows), 6)
        self.assertEqual({row["verdict"] for row in rows}, {"no difference shown"})

    def test_the_same_figures_whatever_the_number_of_workers(self):
        one, three = (self.compare("--seeds", "2", "--workers", number, "--csv").stdout
                      for number in ("1", "3"))
        self.assertEqual(one, three)

    def test_a_run_of_the_matrix_is_the_run_that_its_configuration_says(self):
        document = json.loads(self.compare("--seeds", "2", "--json").stdout)
        self.assertEqual(len(document["runs"]), 6)
        for run in document["runs"]:
            with open(self.path("result.json"), "w", encoding="utf-8") as file:
                json.dump(run, file)
            again = json.loads(sim("run", "--from", self.path("result.json"), "--json").stdout)
            for key in ("avebsld", "mean_wait_s", "makespan_s", "workload_digest"):
                self.assertEqual(again[key], run[key], key)

    def test_what_is_finished_is_not_run_again(self):
        out = self.path("out")
        first = self.compare("--seeds", "2", "--out", out)
        cells = sorted(name for name in os.listdir(out) if name.endswith(".json"))
        self.assertEqual(len(cells), 6)
        self.assertTrue(os.path.exists(os.path.join(out, "report.html")))
        before = {name: os.stat(os.path.join(out, name)).st_mtime_ns for name in cells}
        os.unlink(os.path.join(out, cells[0]))
        with open(os.path.join(out, cells[1]), "r+", encoding="utf-8") as file:
            file.truncate(100)  # as a machine that went down might leave it
        second = self.compare("--seeds", "2", "--out", out)
        self.assertEqual(first.stdout, second.stdout)
        after = {name: os.stat(os.path.join(out, name)).st_mtime_ns for name in cells}
        self.assertEqual([name for name in cells if before[name] != after[name]], cells[:2])
        self.assertEqual(len(os.listdir(out)), 7)

    def test_a_file_whose_figures_are_damaged_is_run_again(self):
        out = self.path("out")
        first = self.compare("--out", out)
        name = sorted(name for name in os.listdir(out) if name.endswith(".json"))[0]
        with open(os.path.join(out, name), "r+", encoding="utf-8") as file:
            cell = json.load(file)
            cell["figures"], cell["result"] = {}, {"avebsld": "x"}
            file.seek(0)
            file.truncate()
            json.dump(cell, file)
        self.assertEqual(self.compare("--out", out).stdout, first.stdout)

    def test_jobs_that_never_ran_and_lines_left_out_are_told(self):
        log = self.path("odd.csv")
        with open(log, "w", encoding="utf-8") as file:
            file.write("submit,run,cpus\n0,10,1\n1,5,9\nx,5,1\n")
        done = sim("compare", "-w", log, "--nodes", "1", "--cpus", "8", "-p", "fifo+easy",
                   "-p", "shortest+easy", "--seeds", "2")
        self.assertEqual(done.stderr.count("line 4"), 1)
        self.assertIn("odd under fifo+easy: 2 jobs never could start", done.stdout)
        done = sim("run", "-w", log, "--nodes", "1", "--cpus", "0.5", "--json", status=1)
        self.assertIsNone(json.loads(done.stdout)["avebsld"])
        self.assertIn("no job ran", done.stderr)

    def test_what_cannot_be_written_or_read_is_told_before_the_runs(self):
        nowhere = self.path("none", "r.html")
        for options, words in ((("--report", nowhere), "--report: cannot write"),
                               (("--report", "-", "--json"), "--report: is -"),
                               (("-w", "/tmp"), "--workload: cannot read /tmp")):
            done = self.compare(*options, status=2)
            self.assertIn(words, done.stderr)
            self.assertEqual(done.stdout, "")
        done = sim("run", "-w", self.workload(), "--window", "3d", "--report", "r", status=2)
        self.assertIn("--window", done.stderr)

    def test_a_name_that_is_no_utf8_and_nodes_that_have_changed(self):
        log = os.path.join(os.fsencode(self.folder), b"l\xff.csv")
        os.rename(self.workload(), log)
        done = sim("compare", "-w", log, "--nodes", "2", "--cpus", "8", "-p", "fifo+easy",
                   "--json")
        self.assertEqual(len(json.loads(done.stdout)["runs"]), 1)
        nodes, result = self.path("nodes.csv"), self.path("result.json")
        with open(nodes, "w", encoding="utf-8") as file:
            file.write("name,cpus\na,8\n")
        done = sim("run", "-w", self.workload(), "--nodes-file", nodes, "--json")
        with open(result, "w", encoding="utf-8") as file:
            file.write(done.stdout)
        with open(nodes, "w", encoding="utf-8") as file:
            file.write("name,cpus\na,9\n")
        self.assertIn("nodes.csv has changed", sim("run", "--from", result, status=2).stderr)

    def test_another_workload_under_the_same_name_is_run_again(self):
        out = self.path("out")
        self.compare("--out", out)
        before = {entry.name: entry.stat().st_mtime_ns for entry in os.scandir(out)
                  if entry.name.endswith(".json")}
        self.workload(jobs=399)
        sim("compare", "--workload", self.path("log.csv"), "--nodes", "2", "--cpus", "8",
            *self.POLICIES, "--out", out)
        for name, time in before.items():
            self.assertNotEqual(os.stat(os.path.join(out, name)).st_mtime_ns, time)

    def test_errors_name_the_option_and_the_word(self):
        log = self.workload()
        for options, words in (
                (("-p", "fifo+eazy"), ("--policy", "eazy", 'did you mean "easy"?')),
                (("-p", "fifo+easy", "-p", "fifo+easy"), ("--policy", "twice")),
                (("-p", "fifo+easy", "--seeds", "0"), ("--seeds",)),
                (("-p", "fifo+easy"), ("--nodes",)),
                (("-p", "fifo+easy", "-w", "/nowhere.swf"), ("--workload", "/nowhere.swf")),
                (("-p", "fifo+easy", "--nodes", "1", "--cpus", "8", "--out", log), ("--out", log))):
            done = sim("compare", "-w", log, *options, status=2)
            for word in words:
                self.assertIn(word, done.stderr)


class Replay(Folder):
    """A server that has run a batch, with a node that is too small for all of it at once."""
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.addClassCleanup(cls.server.stop)
        cls.server.client("load-app", "-A", "test")
        cls.cpus = cls.server.request("GET", "/v1/nodes")[2]
        size = str(json.loads(cls.cpus)["nodes"][0]["capacity"]["cpus"])
        ids = []
        for i in range(6):
            ids.append(cls.server.submit(f"sleep 0.{2 + i % 3}", "--cpu", size, "--mem", "1"))
        ids.append(cls.server.submit("false", "--cpu", "0.01", "--mem", "1", "--after",
                                     f"{ids[0]}:end"))
        cls.ids = ids
        cls.ended = [cls.server.wait(number) for number in ids]
        cls.live = cls.server.submit("sleep 600", "--cpu", "0.01", "--mem", "1")
        cls.never = cls.server.submit("true", "--cpu", "0.01", "--mem", "1", "--after",
                                      f"{cls.live}:failure")
        cls.server.wait_state(cls.live, "active")
        cls.server.client("kill", "-i", str(cls.never))
        cls.server.wait(cls.never)

    def replay(self, *options, status=0):
        return sim("replay", "--data", self.server.data, *options, status=status)

    def listed_waits(self):
        """Of the server's own rows, as SQL shows them."""
        with sqlite3.connect(f"file:{self.server.data}/retz.db?mode=ro", uri=True) as base:
            rows = base.execute("SELECT wait_seconds FROM jobs_readable WHERE id <= ? ORDER BY id",
                                (self.ids[-1],)).fetchall()
        base.close()
        return [row[0] for row in rows]

    def test_what_is_recorded_is_what_the_server_says(self):
        document = json.loads(self.replay("--json").stdout)
        recorded = document["recorded"]
        self.assertEqual(recorded["jobs"], len(self.ids))
        self.assertEqual((document["still_live"], document["never_ran"]), (1, 1))
        waits = self.listed_waits()
        self.assertAlmostEqual(recorded["mean_wait_s"], sum(waits) / len(waits), places=5)
        self.assertAlmostEqual(recorded["max_wait_s"], max(waits), places=5)
        self.assertTrue(document["nodes_measured"])
        self.assertEqual(len(document["nodes"]), 1)

    def test_under_the_same_order_the_simulation_is_near_to_what_happened(self):
        document = json.loads(self.replay("--json", "--planner", "first_fit").stdout)
        recorded, simulated = document["recorded"], document["simulated"]
        self.assertEqual(simulated["jobs"], recorded["jobs"])
        # The simulation has no launching to wait for: never later, and not much earlier.
        self.assertLessEqual(simulated["makespan_s"], recorded["makespan_s"] + 1e-6)
        self.assertGreater(simulated["makespan_s"], 0.5 * recorded["makespan_s"])

    def test_a_larger_node_would_have_had_no_queue(self):
        document = json.loads(self.replay("--json", "--nodes", "1", "--cpus", "100000").stdout)
        self.assertLess(document["simulated"]["max_wait_s"], document["recorded"]["max_wait_s"])
        self.assertEqual(document["simulated"]["jobs"], len(self.ids))
        self.assertFalse(document["nodes_measured"])
        self.assertEqual(document["not_simulated"], ["disk", "mem"])

    def test_the_running_server_is_left_as_it_is(self):
        def rows():
            listed = self.server.json("list", "--state", "ALL")
            return sorted((job["id"], job["state"]) for job in listed)
        before = rows()
        version = self.replay("--json").stdout
        self.assertIn("recorded", version)
        self.assertEqual(rows(), before)
        self.server.client("load-app", "-A", "another")  # it can write
        self.assertIn("another", self.server.client("list-app").stdout)

    def test_the_history_goes_out_as_a_workload(self):
        nodes = self.path("nodes.csv")
        with open(nodes, "w", encoding="utf-8") as file:
            file.write("name,cpus,mem,disk\nbig,64,65536,65536\n")
        name = self.path("large.swf")
        self.replay("--export", name, "--nodes", "1", "--cpus", "64")
        with open(name, encoding="utf-8") as file:
            self.assertIn("; MaxProcs: 64\n", file.read())
        for suffix in ("csv", "swf"):
            name = self.path("history." + suffix)
            self.replay("--export", name, "--until", self.ended[-1]["finished"])
            options = ("--processors", "64") if suffix == "swf" else ("--nodes-file", nodes)
            again = json.loads(sim("run", "-w", name, "--json", *options).stdout)
            self.assertEqual(again["jobs"], len(self.ids))
        self.assertIn("--export", self.replay("--export", self.path("a.txt"), status=2).stderr)

    def test_text_says_what_the_store_does_not_tell(self):
        done = self.replay()
        self.assertIn("RECORDED", done.stdout)
        self.assertIn("--nodes", done.stderr)
        self.assertIn("left out: 1 jobs that ended without running, 1 that still wait or run",
                      done.stderr)

    def test_a_page_with_both(self):
        self.replay("--report", self.path("page.html"), "--planner", "packing")
        with open(self.path("page.html"), encoding="utf-8") as file:
            page = file.read()
        self.assertIn("as recorded", page)
        self.assertIn("fifo + packing", page)

    def test_errors_name_the_option(self):
        for options, words in ((("--from", "yesterday"), ("--from", "2026-11-01")),
                               (("--from", "2099-01-01"), ("--data", "no job")),
                               (("--planner", "eazy"), ("--planner", "eazy"))):
            done = self.replay(*options, status=2)
            for word in words:
                self.assertIn(word, done.stderr)
        nowhere = sim("replay", "--data", self.path("none"), status=2)
        self.assertIn("retz.db is not there", nowhere.stderr)
        self.assertFalse(os.path.exists(self.path("none")))
