"""The whole life of jobs, over HTTP and the command line."""
import json
import sqlite3
import subprocess
import unittest

from programs import CLIENT, Server, WithServer, local_only


class Jobs(WithServer):
    def cpus(self):
        return self.server.json("nodes")[0]["capacity"]["cpus"]

    def test_a_batch_lives_over_http_alone(self):
        jobs = [{"application": "test", "command": f"echo {n}; exit {n % 2}", "tags": ["http"],
                 "resources": {"cpus": 0.5, "mem": 16}} for n in range(12)]
        status, _, body = self.server.request("POST", "/v1/jobs", {"jobs": jobs},
                                              headers={"Idempotency-Key": "http-batch"})
        self.assertEqual(status, 201, body)
        answer = json.loads(body)
        self.assertEqual(len(answer["ids"]), 12)
        status, _, again = self.server.request("POST", "/v1/jobs", {"jobs": jobs},
                                               headers={"Idempotency-Key": "http-batch"})
        self.assertEqual((status, json.loads(again)["ids"]), (201, answer["ids"]))
        self.assertTrue(json.loads(again)["repeated"])
        for n, job in enumerate(answer["ids"]):
            record = self.server.wait(job)
            self.assertEqual(record["state"], "failed" if n % 2 else "finished")
            self.assertEqual(record["outcome"]["exit_code"], n % 2)
            status, _, text = self.server.request(
                "GET", f"/v1/jobs/{job}/files/content?path=stdout")
            self.assertEqual((status, text), (200, f"{n}\n".encode()))

    def test_an_unsigned_or_wrongly_signed_request_is_refused(self):
        self.assertEqual(self.server.request("GET", "/v1/jobs", secret="wrong")[0], 401)
        self.assertEqual(self.server.request("GET", "/v1/jobs", key="nobody-we-know")[0], 401)

    def test_lists_are_filtered_and_ordered(self):
        first = self.server.submit("true", "--tags", "filter,a", "-N", "one")
        second = self.server.submit("false", "--tags", "filter,b")
        self.server.wait(first)
        self.server.wait(second)

        def ids(*options):
            return [job["id"] for job in self.server.json("list", *options)]
        self.assertEqual(ids("-t", "filter", "--state", "ALL"), [first, second])
        self.assertEqual(ids("-t", "filter", "--state", "finished"), [first])
        self.assertEqual(ids("-t", "b", "--states", "FAILED,KILLED"), [second])
        self.assertEqual(ids("-t", "filter"), [])
        self.assertEqual(ids("-N", "one", "--state", "ALL"), [first])
        self.assertEqual(ids("-t", "filter", "--state", "ALL", "-n", "1"), [second])
        self.assertEqual(ids("-A", "none", "--state", "ALL"), [])
        self.assertEqual(ids("-t", "filter", "--state", "ALL", "--before", "2001-01-01T00:00:00Z"),
                         [])
        table = self.server.client("list", "-t", "filter", "--state", "ALL").stdout.splitlines()
        self.assertEqual(len(table), 3)
        self.assertIn("exit 1", table[2])

    def test_help_names_the_program_and_every_subcommand(self):
        listed = self.server.client("help").stdout
        self.assertEqual(listed, self.server.client("--help").stdout)
        for name in ("load-app", "get-app", "list-app", "schedule", "run", "list", "get-job",
                     "get-file", "list-files", "kill", "killall", "rerun", "explain", "config",
                     "ping"):
            self.assertIn(f"\n  {name} ", listed)
            text = self.server.client("help", "-s", name).stdout
            self.assertIn(f"Usage: retz-client {name}", text)
            self.assertEqual(text, self.server.client(name, "--help").stdout)
        self.assertIn("schedule", self.server.client("help", "shedule", status=2).stderr)

    def test_every_answer_comes_as_json_too(self):
        job = str(self.server.submit("true", "-t", "json"))
        self.server.wait(int(job))
        for arguments in (["load-app", "-A", "other"], ["get-app", "other"], ["list-app"],
                          ["list", "--state", "ALL"], ["get-job", job], ["list-files", job],
                          ["rerun", job], ["explain", job], ["kill", job], ["killall", "json"],
                          ["config"], ["ping"], ["status"], ["nodes"], ["unload-app", "other"]):
            status = None if arguments[0] == "kill" else 0  # it may have ended by then
            done = self.server.client("--json", *arguments, status=status)
            lines = (done.stdout or done.stderr).splitlines()
            self.assertTrue(lines or arguments[0] == "killall", arguments)
            for line in lines:
                json.loads(line)
        error = self.server.client("--json", "get-job", "999999", status=1).stderr
        self.assertIn("999999", json.loads(error)["error"]["message"])

    def test_kill_and_killall_stop_waiting_and_running_jobs(self):
        running = self.server.submit("sleep 1000", "--cpu", str(self.cpus()), "-t", "victims")
        self.server.wait_state(running, "active")
        waiting = [self.server.submit("sleep 1000", "-t", "victims") for _ in range(3)]
        self.server.client("kill", "-id", str(waiting[0]))
        self.assertEqual(self.server.wait(waiting[0])["state"], "killed")
        self.server.client("killall", "-t", "victims")
        for job in (running, *waiting[1:]):
            self.assertEqual(self.server.wait(job)["state"], "killed")
        self.assertIn("99999999", self.server.client("kill", "99999999", status=1).stderr)

    def test_rerun_adds_an_attempt_and_is_refused_while_the_job_runs(self):
        job = self.server.submit("echo $RETZ_ATTEMPT")
        self.server.wait(job)
        self.server.client("rerun", str(job))
        record = self.server.wait(job)
        self.assertEqual((record["state"], record["attempts"]), ("finished", 2))
        self.assertEqual(self.server.client("get-file", "-i", str(job)).stdout, "2\n")
        self.assertEqual(self.server.client("get-file", "-i", str(job), "--attempt", "1").stdout,
                         "1\n")
        running = self.server.submit("test $RETZ_ATTEMPT = 2 || sleep 1000")
        self.server.wait_state(running, "active")
        self.server.client("rerun", str(running), status=1)
        status, _, _ = self.server.request("POST", f"/v1/jobs/{running}/rerun")
        self.assertEqual(status, 409)
        self.server.client("rerun", str(running), "--kill-running")
        self.assertEqual(self.server.wait(running)["state"], "finished")

    def test_explain_tells_why_a_job_waits(self):
        block = self.server.submit("sleep 1000", "--cpu", str(self.cpus()))
        self.server.wait_state(block, "active")
        waiting = self.server.submit("true", "--cpu", "1")
        text = self.server.client("explain", str(waiting)).stdout
        self.assertIn("number 1 in the queue", text)
        self.assertIn("cpu", text)
        reasons = self.server.json("explain", str(waiting))[0]["reasons"]
        self.assertEqual(reasons[0]["resource"], "cpus")
        self.server.client("kill", str(block))
        self.assertEqual(self.server.wait(waiting)["state"], "finished")

    @local_only("a cluster may grow")
    def test_a_job_larger_than_the_machine_is_refused_by_name_and_size(self):
        done = self.server.client("schedule", "-A", "test", "-c", "true", "--cpu", "9999", status=1)
        self.assertIn("cpus", done.stderr)
        self.assertIn(f"{self.cpus():g}", done.stderr)

    def test_a_job_gets_its_environment_and_ports(self):
        job = self.server.submit("echo $RETZ_JOB_ID $RETZ_ATTEMPT $COLOUR $PORT0", "-E",
                                 "COLOUR=blue", "--ports", "1")
        record = self.server.wait(job)
        port = record["attempt_records"][0]["placement"]["ports"][0]
        self.assertEqual(self.server.client("get-file", str(job)).stdout,
                         f"{job} 1 blue {port}\n")

    def test_events_tell_of_a_job_from_submission_to_end(self):
        with self.events() as process:
            process.stdout.readline()
            job = self.server.submit("true", "-t", "told")
            states = []
            while not states or states[-1] != "finished":
                event = json.loads(process.stdout.readline())
                self.assertEqual(event["id"], job)
                states.append(event["state"])
            process.terminate()
        self.assertLess(states.index("queued") if "queued" in states else -1,
                        states.index("finished"))

    def events(self):
        return subprocess.Popen([CLIENT, "-C", self.server.config, "events", "-t", "told"],
                                stdout=subprocess.PIPE)


class OtherUsers(unittest.TestCase):
    def test_jobs_and_applications_of_others_are_not_there(self):
        server = Server()
        self.addCleanup(server.stop)
        server.client("load-app", "-A", "test")
        job = server.submit("echo secret")
        server.wait(job)
        self.assertEqual(server.end(), 0)
        with sqlite3.connect(server.data + "/retz.db") as database:
            database.execute("INSERT INTO users VALUES ('eve', 'her-secret', 1, 0, '')")
        database.close()
        server.start()

        def status(method, target, body=None):
            return server.request(method, target, body, key="eve", secret="her-secret")[0]
        self.assertEqual(status("GET", "/v1/jobs"), 200)
        for target in ("", "/explain", "/files", "/files/content?path=stdout", "/files/archive"):
            self.assertEqual(status("GET", f"/v1/jobs/{job}{target}"), 404, target)
        self.assertEqual(status("DELETE", f"/v1/jobs/{job}"), 404)
        self.assertEqual(status("POST", f"/v1/jobs/{job}/rerun"), 404)
        self.assertEqual(status("GET", "/v1/applications/test"), 404)
        job_of_hers = {"application": "test", "command": "true"}
        self.assertEqual(status("POST", "/v1/jobs", job_of_hers), 404)
        _, _, body = server.request("GET", "/v1/jobs?state=finished", key="eve",
                                    secret="her-secret")
        self.assertEqual(json.loads(body)["jobs"], [])


if __name__ == "__main__":
    unittest.main()
