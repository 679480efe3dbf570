"""retz-sim run, generate and convert, as people and scripts call them."""
import csv
import gzip
import io
import json
import os

from simulation import WORKLOADS, WithFolder

KTH = os.path.join(WORKLOADS, "KTH-SP2-1996-2.swf.gz")


class Simulator(WithFolder):
    def test_the_published_figures_of_easy(self):
        result = self.result("run", "--workload", KTH, "--planner", "easy", "--events", "event")
        self.assertAlmostEqual(result["avebsld"], 92.57653973, places=8)
        self.assertAlmostEqual(result["mean_flow_s"], 15696.798, places=3)
        self.assertEqual(result["max_wait_s"], 262194)
        for key in ("jobs", "refused", "max_bsld", "mean_wait_s", "p95_wait_s", "makespan_s",
                    "utilization", "utilization_while_queued", "seconds", "jobs_per_second"):
            self.assertIn(key, result)

    def test_a_result_repeats_itself(self):
        table = self.path("jobs.csv")
        first = self.sim("run", "--json", "-w", KTH, "--planner", "easy", "--shake", "10m",
                         "--seed", "5", "--per-job", table).stdout
        again = self.path("again.csv")
        second = self.sim("run", "--json", "--from", self.path("r.json", first), "--per-job",
                          again).stdout
        first, second = json.loads(first), json.loads(second)
        for timed in ("seconds", "jobs_per_second"):
            first.pop(timed), second.pop(timed)
        self.assertEqual(first, second)
        with open(table, "rb") as a, open(again, "rb") as b:
            self.assertEqual(a.read(), b.read())

    def test_a_result_on_a_workload_that_has_changed_is_refused(self):
        workload = self.path("w.csv", "submit,run\n0,5\n")
        result = self.sim("run", "--json", "-w", workload, "--nodes", "1", "--cpus", "1").stdout
        self.path("w.csv", "submit,run\n0,6\n")
        self.refused("has changed", "run", "--from", self.path("r.json", result))
        self.refused("is no result", "run", "--from", workload)
        self.refused("excludes", "run", "--from", self.path("r.json"), "--planner", "easy")

    def test_the_table_of_jobs(self):
        workload = self.path("w.csv", "submit,run,cpus,user\n0,10,2,ada\n1,5,1,bob\n")
        self.sim("run", "-w", workload, "--nodes", "1", "--cpus", "2", "--per-job",
                 self.path("jobs.csv"))
        with open(self.path("jobs.csv"), encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual(rows[1], {"job": "2", "user": "bob", "submit": "1", "start": "10",
                                   "end": "15", "node": "node1", "cores": "1"})

    def test_people_get_a_table(self):
        out = self.sim("run", "-w", KTH).stdout
        self.assertRegex(out, r"jobs that ran +28481\n")
        self.assertRegex(out, r"cpus used, % +\d\d\.\d\d\n")

    def test_lost_nodes_are_counted_and_their_jobs_run_again(self):
        workload = self.path("w.csv")
        self.sim("generate", "batch_mix", "--jobs", "2000", "--nodes", "10", "-o", workload)
        result = self.result("run", "-w", workload, "--nodes", "10", "--cpus", "32", "--mem",
                             "128GiB", "--fail-nodes", "30%@0.5+2h")
        self.assertEqual(result["jobs"], 2000)
        self.assertGreater(result["attempts_lost"], 0)
        self.assertEqual(result["configuration"]["fail_nodes"], "30%@0.5+2h")
        self.assertGreater(result["utilization_while_queued_of"]["mem"], 0.3)

    def test_nodes_of_a_file(self):
        nodes = self.path("n.csv", "name,cpus,mem,rack\nbig,8,1024,r1\nsmall,1,64,r2\n")
        workload = self.path("w.csv", "submit,run,cpus,mem\n0,10,1,64\n0,10,8,1024\n0,1,9,1\n")
        result = self.result("run", "-w", workload, "--nodes-file", nodes)
        self.assertEqual((result["jobs"], result["stuck"]), (2, 1))

    def test_lines_that_cannot_be_read_are_told_and_left_out_or_refused(self):
        log = self.path("l.swf", "; MaxProcs: 4\n1 0 0 5 1 -1 -1 1 9\n2 0 0 x 1 -1 -1 1 9\n")
        done = self.sim("run", "-w", log)
        self.assertIn("line 3: field 4", done.stderr)
        self.refused("line 3: field 4", "run", "-w", log, "--strict")

    def test_bad_usage_names_the_option_and_the_way_out(self):
        self.refused("--workload: a file is needed", "run")
        self.refused("--workload: cannot open", "run", "-w", self.path("none.swf"))
        self.refused("--nodes: is needed", "run", "-w", KTH, "--cpus", "4")
        self.refused("first_fit", "run", "-w", KTH, "--planner", "quickest")
        self.refused("--fail-nodes", "run", "-w", KTH, "--fail-nodes", "some")
        self.refused("--mem", "run", "-w", KTH, "--nodes", "1", "--cpus", "1", "--mem", "much")
        self.refused("--seed", "run", "-w", KTH, "--seed", "-1")
        self.refused("--load", "generate", "lublin", "--load", "0")
        self.refused("--per-job: cannot write", "run", "-w", KTH, "--per-job",
                     self.path("none/jobs.csv"))
        log = self.path("l.swf", "1 0 0 5 1 -1 -1 1 9\n")
        self.refused("--processors: ", "run", "-w", log)

    def test_generated_workloads_are_the_same_by_seed_and_survive_conversion(self):
        one, two, three = (self.path(name) for name in ("1.swf", "2.swf", "3.swf"))
        self.sim("generate", "lublin", "--jobs", "300", "--seed", "4", "--out", one)
        self.sim("generate", "lublin", "--jobs", "300", "--seed", "4", "--out", two)
        self.sim("generate", "lublin", "--jobs", "300", "--seed", "5", "--out", three)
        texts = []
        for path in (one, two, three):
            with open(path, encoding="utf-8") as file:
                texts.append(file.read())
        self.assertEqual(texts[0], texts[1])
        self.assertNotEqual(texts[0], texts[2])
        as_csv = self.sim("convert", one, "-").stdout
        self.assertEqual(len(list(csv.DictReader(io.StringIO(as_csv)))), 300)
        with gzip.open(self.path("1.csv.gz"), "wt") as file:
            file.write(as_csv)
        # The second file has no header line with the machine's size: it is as large as asked.
        machine = ("--processors", "256")
        plain = self.result("run", "-w", one, *machine)
        packed = self.result("run", "-w", self.path("1.csv.gz"), *machine)
        self.assertEqual(plain["avebsld"], packed["avebsld"])
        self.assertEqual(plain["mean_wait_s"], packed["mean_wait_s"])

    def test_a_converted_table_says_the_machine_that_was_given(self):
        table = self.path("w.csv", "submit,run,cpus\n0,5,2\n")
        swf = self.path("w.swf")
        self.sim("convert", "--processors", "100", table, swf)
        with open(swf, encoding="utf-8") as file:
            self.assertIn("; MaxProcs: 100\n", file.read())
        done = self.sim("convert", table, swf)
        self.assertIn("--processors says what it is", done.stderr)
        self.sim("generate", "batch_mix", "--jobs", "9", "--nodes", "3", "--cpus", "8", "-o", swf)
        with open(swf, encoding="utf-8") as file:
            self.assertIn("; MaxProcs: 24\n", file.read())

    def test_a_table_with_a_byte_order_mark_is_read(self):
        table = self.path("w.csv", "\ufeffsubmit,run,cpus\n0,5,2\n")
        result = self.result("run", "-w", table, "--nodes", "1", "--cpus", "2")
        self.assertEqual(result["jobs"], 1)

    def test_a_file_of_no_job_tells_what_is_wrong_with_its_lines(self):
        self.refused("line 2: run is \"five\"", "run", "-w",
                     self.path("w.csv", "submit,run\n0,five\n"), "--processors", "4")

    def test_hints_and_help_name_the_whole_command(self):
        self.refused("`retz-sim generate batch_mix --help`", "generate", "batch_mix", "--job", "1")
        self.assertIn("retz-sim generate batch_mix [OPTIONS]",
                      self.sim("generate", "batch_mix", "--help").stdout)
        self.refused("--cpus: must be from 0.001", "generate", "batch_mix", "--cpus", "0.0001")
