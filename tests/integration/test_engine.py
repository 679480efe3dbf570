"""Arrays, dependencies, explanations and policies on a real server, over restarts too."""
import datetime
import json
import os
import re
import signal
import tempfile
import unittest

from programs import Server, WithServer, wait_until

QUICK = ["--cpu", "0.01", "--mem", "1"]


class Engine(WithServer):
    def output(self, job):
        return self.server.client("get-file", "-i", str(job), "--path", "stdout").stdout

    def array(self, *options):
        return self.server.json("schedule", "-A", "test", *QUICK, *options)[0]["ids"]

    def test_a_diamond_runs_in_its_order(self):
        path = os.path.join(self.server.directory, "order")
        with open(path, "w", encoding="utf-8"):
            os.chmod(path, 0o666)

        def job(name, *after):
            return {"application": "test", "name": name, "command": f"echo {name} >> {path}",
                    "resources": {"cpus": 0.01, "mem": 1},
                    "after": [{"name": other} for other in after]}
        jobs = [job("d", "b", "c"), job("c", "a"), job("b", "a"), job("a")]
        status, _, body = self.server.request("POST", "/v1/jobs", {"jobs": jobs})
        self.assertEqual(status, 201, body)
        ids = json.loads(body)["ids"]
        self.assertEqual(self.server.wait(ids[0])["state"], "finished")
        with open(path, encoding="utf-8") as file:
            order = file.read().split()
        self.assertEqual((order[0], order[3]), ("a", "d"))
        self.assertEqual(sorted(order[1:3]), ["b", "c"])
        self.assertEqual([entry["job"] for entry in self.server.job(ids[0])["after"]],
                         sorted([ids[1], ids[2]]))

    def test_a_job_after_one_that_failed_never_runs(self):
        first = self.server.submit("false", *QUICK)
        second = self.server.submit("true", *QUICK, "--after", str(first))
        third = self.server.submit("true", *QUICK, "--after", f"{first}:failure")
        self.assertEqual(self.server.wait(second)["outcome"]["kind"], "dependency_failed")
        self.assertEqual(self.server.wait(third)["state"], "finished")
        done = self.server.client("schedule", "-A", "test", "-c", "true", "--after", "999999",
                                  status=1)
        self.assertIn("999999", done.stderr)

    def test_an_array_never_runs_more_at_once_than_it_may(self):
        folder = os.path.join(self.server.directory, "busy")
        os.mkdir(folder)
        os.chmod(folder, 0o777)
        command = (f"touch {folder}/$RETZ_ARRAY_INDEX; ls {folder} | wc -l; sleep 0.05; "
                   f"rm {folder}/$RETZ_ARRAY_INDEX; "
                   "echo $RETZ_ARRAY_ID $RETZ_ARRAY_FIRST $RETZ_ARRAY_LAST $RETZ_ARRAY_INDEX")
        ids = self.array("-c", command, "--array", "1-20%3")
        for job in ids:
            self.server.wait(job)
        listed = self.server.json("list", "--state", "ALL", "--array", str(ids[0]))
        self.assertEqual(len(listed), 20)
        for job in listed:
            self.assertEqual(job["state"], "finished")
            busy, place = self.output(job["id"]).splitlines()
            self.assertLessEqual(int(busy), 3)
            self.assertEqual([int(word) for word in place.split()],
                             [listed[0]["id"], 1, 20, job["array"]["index"]])

    def test_an_array_is_killed_and_run_again_as_one(self):
        ids = self.array("-c", "sleep 600", "--array", "0-4%2")
        self.assertEqual(len(ids), 5)
        first = str(ids[0])
        wait_until(lambda: len(self.server.json("list", "--array", first, "-s", "active")) == 2,
                   "two of the array run")
        refused = self.server.client("rerun", "--array", first, status=1)
        self.assertIn("array", refused.stderr)
        self.assertIn("5 jobs", self.server.client("kill", "--array", first).stdout)
        wait_until(lambda: not self.server.json("list", "--array", first), "the array's end")
        self.assertEqual(len(self.server.json("rerun", "--array", first)[0]["ids"]), 5)
        wait_until(lambda: len(self.server.json("list", "--array", first, "-s", "active")) == 2,
                   "two of the array run again")
        self.server.client("kill", "--array", first)

    def test_an_explanation_is_in_words_for_people_and_in_data_for_programs(self):
        first = self.server.submit("sleep 600", *QUICK)
        second = self.server.submit("true", *QUICK, "--after", str(first), "--estimate", "90")
        text = self.server.client("explain", str(second)).stdout
        self.assertIn(f"job {second} is blocked", text)
        self.assertRegex(text, r"estimate +90 s \(as its user said\)")
        self.assertRegex(text, rf"waits +.*{first}")
        data = self.server.json("explain", str(second))[0]
        self.assertEqual(data["reasons"][0]["code"], "dependency")
        self.assertEqual(data["estimate"], 90)
        self.server.client("kill", str(first), str(second))

    def test_a_forecast_tells_when_a_job_starts_behind_one_that_holds_the_machine(self):
        cpus = str(self.server.json("nodes")[0]["capacity"]["cpus"])
        whole = ["--cpu", cpus, "--mem", "1"]
        first = self.server.submit("sleep 600", *whole, "--estimate", "600")
        second = self.server.submit("sleep 600", *whole, "--estimate", "300")
        third = self.server.submit("true", *whole, "--estimate", "60")
        wait_until(lambda: self.server.job(first)["started"], "the first job's start")

        def seconds(text):
            return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
        start = seconds(self.server.job(first)["started"])
        for job, after in ((second, 600), (third, 900)):
            told = self.server.json("explain", str(job))[0]["start_estimate"]
            self.assertEqual(told["source"], "forecast")
            self.assertAlmostEqual(seconds(told["at"]), start + after, delta=5)
            self.assertRegex(self.server.client("explain", str(job)).stdout, "starts? +about ")
            told = self.server.json("explain", str(job), "--no-forecast")[0]["start_estimate"]
            self.assertEqual(told["source"], "not_before")
        self.server.client("kill", str(first), str(second), str(third))

    def test_a_policy_changes_while_the_server_runs_and_stays(self):
        status, _, body = self.server.request("GET", "/v1/policy")
        self.assertEqual((status, json.loads(body)["ordering"]), (200, "fifo"))
        self.addCleanup(self.server.request, "PUT", "/v1/policy",
                        {"ordering": None, "user_limits": {}})
        status, _, body = self.server.request(
            "PUT", "/v1/policy", {"ordering": "priority", "user_limits": {"running": 0}})
        self.assertEqual(status, 200, body)
        held = self.server.submit("true", *QUICK)
        self.assertEqual(
            [reason["code"] for reason in self.server.json("explain", str(held))[0]["reasons"]],
            ["user_running_limit"])
        self.server.end(signal.SIGKILL)
        self.server.start()
        self.assertEqual(json.loads(self.server.request("GET", "/v1/policy")[2])["ordering"],
                         "priority")
        self.assertEqual(self.server.job(held)["state"], "queued")
        self.server.request("PUT", "/v1/policy", {"ordering": None, "user_limits": {}})
        self.assertEqual(self.server.wait(held)["state"], "finished")
        self.assertEqual(self.server.request("PUT", "/v1/policy", {"ordering": "tallest"})[0], 400)


class Restart(unittest.TestCase):
    def test_arrays_and_dependencies_outlive_the_server(self):
        server = Server()
        self.addCleanup(server.stop)
        server.client("load-app", "-A", "test")
        ids = server.json("schedule", "-A", "test", *QUICK, "-c",
                          f"until [ -e {server.directory}/go ]; do sleep 0.05; done",
                          "--array", "1-6%2")[0]["ids"]
        last = server.submit("echo last", *QUICK, "--after-array", str(ids[0]))
        wait_until(lambda: len(server.json("list", "--array", str(ids[0]), "-s", "active")) == 2,
                   "two of the array run")
        server.end(signal.SIGKILL)
        server.start()
        self.assertEqual(len(server.json("list", "--array", str(ids[0]))), 6)
        self.assertEqual(server.job(last)["state"], "blocked")
        self.assertLessEqual(
            len(server.json("list", "--array", str(ids[0]), "-s", "active")), 2)
        with open(os.path.join(server.directory, "go"), "w", encoding="utf-8"):
            pass
        self.assertEqual(server.wait(last)["state"], "finished")
        self.assertEqual({server.job(job)["state"] for job in ids}, {"finished"})


class Attributes(unittest.TestCase):
    def test_constraints_are_met_by_the_attributes_of_the_node(self):
        server = Server("--config", self.config("retz.node.attributes = rack=r1,zone=z2\n"))
        self.addCleanup(server.stop)
        server.client("load-app", "-A", "test")
        node = server.json("nodes")[0]
        self.assertEqual(node["capacity"]["attributes"]["rack"], "r1")
        fits = server.submit("true", *QUICK, "--constraint", "rack~r*",
                                  "--constraint", "zone!=z1")
        self.assertEqual(server.wait(fits)["state"], "finished")
        refused = server.client("schedule", "-A", "test", "-c", "true", *QUICK,
                                     "--constraint", "rack=r2", status=1)
        self.assertTrue(re.search("rack", refused.stderr), refused.stderr)

    def config(self, text):
        file = tempfile.NamedTemporaryFile("w", suffix=".properties", delete=False)
        self.addCleanup(os.unlink, file.name)
        with file:
            file.write(text)
        return file.name

