"""retz-sim windows, pack, bins and workflow, as people and scripts call them."""
import json
import os
import unittest

from simulation import WORKLOADS, WithFolder

LUBLIN = os.path.join(WORKLOADS, "lublin_256.swf.gz")
FIRST = "1981,2756,4299,8850,3316,2714,5228,7762,4022,7085"
NODES = os.path.join(WORKLOADS, "openb_node_list_gpu_node.csv.gz")
PODS = os.path.join(WORKLOADS, "openb_pod_list_default.csv.gz")


class Experiments(WithFolder):
    def test_windows_on_the_engine_beat_the_published_learnt_policy(self):
        result = self.result("windows", "--workload", LUBLIN, "--first", FIRST, "--ordering",
                             "p_sqrt_n_bounded", "--planner", "strict")
        self.assertEqual(len(result["avebsld_of_each"]), 10)
        self.assertLessEqual(result["avebsld"], 17.7)

    def test_windows_of_the_published_harness_say_what_is_wrong_with_it(self):
        text = self.sim("windows", "--workload", LUBLIN, "--first", FIRST, "--ordering", "wfp3",
                        "--sticky-head", "--backfill").stdout
        self.assertIn("133.87", text)
        self.assertIn("defect of the baseline", text)

    def test_windows_refuse_what_cannot_be(self):
        self.refused("--first: a window of 1024 jobs from 9000 on", "windows", "--workload", LUBLIN,
                     "--first", "9000")
        self.refused("--ordering: the harness", "windows", "--workload", LUBLIN, "--first", "0",
                     "--sticky-head", "--ordering", "fair_share")
        self.refused("--planner: means nothing", "windows", "--workload", LUBLIN, "--first", "0",
                     "--sticky-head", "--planner", "easy")
        self.refused("--backfill: is of the harness", "windows", "--workload", LUBLIN, "--first",
                     "0", "--backfill")
        given = ("windows", "--workload", LUBLIN, "--first", "0")
        self.refused("--fail-nodes: means nothing", *given, "--fail-nodes", "30%@0.5+6h")
        self.refused("--first: \"-1\" is not a whole number from 0 on", *given[:4], "5,-1")
        for option, value in (("--nodes", "1"), ("--cpus", "4"), ("--fit", "worst"),
                              ("--events", "event"), ("--starvation-bound", "2h"),
                              ("--mem", "1GiB"), ("--nodes-file", "n.csv"),
                              ("--backfill-order", "fifo")):
            self.refused(option + ": means nothing with --sticky-head", *given, "--sticky-head",
                         option, value)

    def test_windows_of_a_table_need_the_machine_and_tell_of_lines_left_out(self):
        table = self.path("w.csv", "submit,run,cpus\n0,5,2\nsoon,5,2\n1,5,2\n")
        given = ("windows", "-w", table, "--first", "0", "--length", "2", "--sticky-head")
        self.refused("--processors: is needed with --sticky-head", *given)
        done = self.sim(*given, "--processors", "8")
        self.assertIn("line 3: submit is \"soon\"", done.stderr)
        self.assertIn("1.00", done.stdout)

    def test_pack_prints_what_was_given_and_repeats_itself(self):
        arguments = ("pack", "--nodes-file", NODES, "--pods", PODS, "--fit",
                     "published_best_fit", "--seeds", "2")
        first, second = self.result(*arguments), self.result(*arguments)
        self.assertEqual(first["allocated_at_100"], second["allocated_at_100"])
        self.assertAlmostEqual(first["allocated_at_100"]["mean"], 92.86, delta=0.5)
        self.assertAlmostEqual(first["allocated_at_end"]["mean"], 93.08, delta=0.5)
        self.assertIn("130 %", self.sim(*arguments).stdout)

    def test_pack_that_ends_early_has_no_figure_of_later(self):
        result = self.result("pack", "--nodes-file", NODES, "--pods", PODS, "--fit",
                             "published_best_fit", "--seeds", "1", "--until", "0.1")
        self.assertNotIn("allocated_at_100", result)
        self.assertIn("allocated_at_end", result)

    def test_pack_refuses_what_cannot_be(self):
        given = ("pack", "--nodes-file", NODES, "--pods", PODS)
        self.refused("--fit: no fit rule", *given, "--fit", "nearest")
        self.refused("--planner: no planner", *given, "--planner", "nobody")
        self.refused("--typical: is \"all\"", *given, "--typical", "all")
        self.refused("until: must be", *given, "--until", "0")
        self.refused("--first-seed", *given, "--first-seed", "-1")
        self.refused("--pods: ", "pack", "--nodes-file", NODES, "--pods", NODES)

    def test_bins_of_a_folder(self):
        result = self.result("bins", "--instances", os.path.join(WORKLOADS, "vectorpack"),
                             "--packer", "FFD-L2")
        bins = {row["instance"]: row["bins"] for row in result["instances"]}
        self.assertEqual(bins["class2_120_5_4"], 30)
        self.assertEqual(len(bins), 6)
        self.refused("--packer: no packer", "bins", "--instances", WORKLOADS, "--packer", "best")
        self.refused("--instances: ", "bins", "--instances", self.path("a.vbp", "1\n10\n1\n11 1\n"))

    def test_a_workflow_beside_its_longest_chain(self):
        tasks = [{"id": "a"}, {"id": "b", "parents": ["a"]}, {"id": "c", "parents": ["a"]}]
        ran = [{"id": "a", "runtimeInSeconds": 5}, {"id": "b", "runtimeInSeconds": 7.5},
               {"id": "c", "runtimeInSeconds": 10, "coreCount": 2}]
        path = self.path("w.json", json.dumps({"workflow": {
            "specification": {"tasks": tasks},
            "execution": {"makespanInSeconds": 40, "tasks": ran}}}))
        wide = self.result("workflow", "--workflow", path)
        self.assertEqual((wide["makespan_s"], wide["critical_path_s"]), (15, 15))
        self.assertEqual(wide["recorded_makespan_s"], 40)
        narrow = self.result("workflow", "--workflow", path, "--nodes", "1", "--cpus", "2")
        self.assertEqual(narrow["makespan_s"], 22.5)
        self.refused("--cpus: 1 tasks never could start", "workflow", "--workflow", path, "--cpus",
                     "1")
        self.refused("--workflow: ", "workflow", "--workflow", self.path("x.json", "[]"))
        ran[0]["runtimeInSeconds"] = 1e11
        endless = self.path("e.json", json.dumps({"workflow": {
            "specification": {"tasks": tasks}, "execution": {"tasks": ran}}}))
        self.refused("beyond what the engine takes", "workflow", "--workflow", endless)


if __name__ == "__main__":
    unittest.main()
