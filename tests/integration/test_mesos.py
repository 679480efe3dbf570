"""retz-server --mode mesos on a scripted master whose agents really run the commands."""
import re
import signal
import tempfile
import unittest

from programs import BUILD, Server, wait_until
from scripted_mesos import ScriptedMesos


class OnMesos(unittest.TestCase):
    agents = 1
    master_options = ()
    server_options = ()

    def setUp(self):
        self.mesos = ScriptedMesos(BUILD, *self.master_options, agents=self.agents)
        self.addCleanup(self.mesos.stop)
        self.server = Server("--mode", "mesos", "--mesos", self.mesos.address,
                             *self.server_options)
        self.addCleanup(self.server.stop)
        self.server.client("load-app", "-A", "test")

    def tearDown(self):
        state = self.mesos.state()
        self.assertEqual(state["unknown_fields"], [])
        twice = {task: times for task, times in state["task_ids"].items() if times != 1}
        self.assertEqual(twice, {})

    def attempts(self, job):
        return self.server.json("get-job", "-i", str(job), "--attempts")


class Jobs(OnMesos):
    agents = 2

    def test_a_batch_runs_to_its_end_with_the_exit_codes_of_its_commands(self):
        jobs = {self.server.submit(f"exit {code}"): code for code in (0, 0, 3, 7, 0, 1)}
        for job, code in jobs.items():
            ended = self.server.wait(job)
            self.assertEqual(ended["outcome"]["kind"], "exited", ended)
            self.assertEqual(ended["outcome"]["exit_code"], code)
        wait_until(lambda: self.mesos.tasks_running() == 0, "all updates acknowledged")

    def test_output_is_streamed_and_files_are_fetched_from_the_agent(self):
        done = self.server.client("run", "-A", "test", "-c", "echo out; echo err >&2; exit 4",
                                  status=4)
        self.assertEqual(done.stdout, "out\n")
        self.assertIn("err\n", done.stderr)
        job = self.server.submit("echo hello > made; head -c 200000 /dev/zero > zeros")
        self.assertEqual(self.server.wait(job)["state"], "finished")
        listed = self.server.client("list-files", "-i", str(job)).stdout
        self.assertIn("made", listed)
        self.assertIn("zeros", listed)
        made = self.server.client("get-file", "-i", str(job), "--path", "made").stdout
        self.assertIn("hello\n", made)

    def test_a_job_sees_its_environment_and_its_ports(self):
        done = self.server.client("run", "-A", "test", "-E", "GREETING=hi there", "--ports", "2",
                                  "-c", 'echo "$GREETING $PORT0 $PORT1"')
        self.assertRegex(done.stdout, r"^hi there 3\d{4} 3\d{4}\n$")

    def test_a_killed_job_ends_as_killed_and_leaves_nothing(self):
        job = self.server.submit("trap '' TERM; sleep 1000")
        self.server.wait_state(job, "active")
        wait_until(lambda: self.mesos.tasks_running() == 1, "the task runs")
        self.server.client("kill", "-i", str(job))
        self.assertEqual(self.server.wait(job)["state"], "killed")
        wait_until(lambda: self.mesos.tasks_running() == 0, "the task is gone")

    def test_the_status_names_master_framework_and_agents(self):
        self.assertEqual(self.server.wait(self.server.submit("true"))["state"], "finished")
        status, _, body = self.server.request("GET", "/v1/status")
        self.assertEqual(status, 200)
        text = body.decode()
        self.assertIn(self.mesos.address, text)
        self.assertIn("11111111-2222-4333-8444-555555555555-0000", text)


class Misfortune(OnMesos):
    agents = 2
    master_options = ("--agent-timeout", "2")

    def framework(self):
        body = self.server.request("GET", "/v1/status")[2].decode()
        return re.search(r"[0-9a-f-]{36}-\d{4}", body).group()

    def test_a_server_killed_and_started_again_keeps_framework_and_running_tasks(self):
        job = self.server.submit("sleep 4; echo survived")
        wait_until(lambda: self.mesos.tasks_running() == 1, "the task runs")
        before = self.framework()
        self.server.end(signal.SIGKILL)
        self.server.start()
        self.assertEqual(self.framework(), before)
        ended = self.server.wait(job)
        self.assertEqual(ended["state"], "finished", ended)
        self.assertEqual(ended["attempts"], 1, ended)
        self.assertEqual(len(self.mesos.state()["task_ids"]), 1)

    def test_a_master_that_starts_anew_finds_the_framework_again(self):
        for registry_kept in (True, False):
            job = self.server.submit("sleep 3")
            wait_until(lambda: self.mesos.tasks_running() == 1, "the task runs")
            before = self.framework()
            name = f"2222222{int(registry_kept)}-2222-4333-8444-555555555555"
            self.mesos.control("fail-over", id=name, registry_kept=registry_kept)
            ended = self.server.wait(job)
            self.assertEqual((ended["state"], ended["attempts"]), ("finished", 1), ended)
            self.assertEqual(self.framework(), before)

    def test_a_job_on_an_agent_marked_gone_runs_again_elsewhere(self):
        job = self.server.submit("sleep 2")
        wait_until(lambda: self.mesos.tasks_running() == 1, "the task runs")
        agents = self.mesos.state()["agents"]
        self.mesos.control("mark-gone", agent=0 if agents[0]["tasks"] else 1)
        ended = self.server.wait(job)
        self.assertEqual((ended["state"], ended["attempts"]), ("finished", 2), ended)

    def test_an_agent_that_comes_back_in_time_loses_nothing(self):
        job = self.server.submit("sleep 6")
        wait_until(lambda: self.mesos.tasks_running() == 1, "the task runs")
        agents = self.mesos.state()["agents"]
        agent = 0 if agents[0]["tasks"] else 1
        self.mesos.control("freeze-agent", agent=agent)
        wait_until(lambda: self.mesos.state()["agents"][agent]["state"] == "unreachable",
                   "the master gives it up")
        self.mesos.control("thaw-agent", agent=agent)
        ended = self.server.wait(job)
        self.assertEqual((ended["state"], ended["attempts"]), ("finished", 1), ended)

    def test_a_cut_stream_is_taken_up_again(self):
        job = self.server.submit("sleep 2")
        wait_until(lambda: self.mesos.tasks_running() == 1, "the task runs")
        for count in (0, 1, 9, 22):
            self.mesos.control("cut", bytes=count)
            self.assertEqual(self.server.wait(self.server.submit("true"))["state"], "finished")
        self.assertEqual(self.server.wait(job)["state"], "finished")

    def test_calls_whose_answers_are_lost_do_no_harm(self):
        self.mesos.control("lose-answers", count=2)  # of acknowledgements, too: ten seconds each
        ended = self.server.wait(self.server.submit("exit 5"))
        self.assertEqual(ended["outcome"]["exit_code"], 5)


class Refused(unittest.TestCase):
    def test_no_master_ends_the_start_naming_key_and_address(self):
        with tempfile.NamedTemporaryFile("w", suffix=".properties") as file:
            file.write("retz.mesos.connect-timeout = 1s\n")
            file.flush()
            with self.assertRaises(AssertionError) as caught:
                Server("--mode", "mesos", "--mesos", "127.0.0.1:1", "-C", file.name)
        self.assertIn("retz.mesos", str(caught.exception))
        self.assertIn("127.0.0.1:1", str(caught.exception))
