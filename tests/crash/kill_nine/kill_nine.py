"""The real server is killed under load and must lose nothing, run nothing twice, forget nothing.

usage: kill_nine.py SERVER SWAPPED_SERVER RETZ_EXEC [CASE]...
SWAPPED_SERVER is built to carry decisions out before it commits them: the same checks must see it
fail, else they would see nothing.
"""
import os
import pathlib
import sys
import threading
import time
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))
import cases
import storm
from server_process import wait_until

SERVER, SWAPPED, EXEC = (os.path.abspath(path) for path in sys.argv[1:4])
del sys.argv[1:4]
os.environ["RETZ_EXEC"] = EXEC
KILLS = int(os.environ.get("RETZ_TEST_KILLS", "50"))
SEED = int(os.environ.get("RETZ_SEED", str(int(time.time()))))


def submit_while_nothing_commits(scenario):
    """A job is submitted while the database is locked by another program; the server is killed;
    other clients come first after the restart. Returns the broken promises."""
    scenario.server.start()
    storm.load_application(scenario.server.connection())
    first, *others = scenario.clients
    scenario.lock_database()
    submission = threading.Thread(target=first.submit, args=[["first"]], daemon=True)
    submission.start()
    time.sleep(1.0)  # long enough for a launch that does not wait for its commit
    found = []
    if scenario.marks.times_begun("first") or first.acknowledged:
        found.append("a job began, or was acknowledged, before its commit")
    scenario.server.kill()
    scenario.unlock_database()
    first.held_back.set()
    scenario.server.start()
    for number, client in enumerate(others):
        client.submit([f"other-{number}"])
    first.held_back.clear()
    submission.join(60)
    return found + scenario.violations()


class KillNine(unittest.TestCase):
    def storm(self, *arguments, **options):
        made = storm.Storm(*arguments, **options)
        self.addCleanup(made.server.close)
        return made

    def stopped_in_good_order(self, server):
        server.note_instances()
        self.assertEqual(server.stop(), 0, server.log_end())
        self.assertEqual(server.leftovers(), [])

    def test_kills_under_load_lose_nothing_and_run_nothing_twice(self):
        print(f"seed {SEED}: RETZ_SEED={SEED} repeats the choices", flush=True)
        under = self.storm(SERVER, KILLS, SEED, in_flight=KILLS * 4 // 5, most=KILLS * 12 // 5)
        under.run()
        broken = under.violations()
        in_flight = under.kills_in_flight()
        acknowledged = sum(len(client.acknowledged) for client in under.clients)
        repeats = sum(call.broken for client in under.clients for call in client.calls)
        print(f"{len(under.kill_times)} kills, {in_flight} of them while a job ran and "
              f"a submission was in flight; "
              f"{acknowledged} jobs acknowledged, {repeats} requests broken off and repeated",
              flush=True)
        self.assertEqual(broken[:10], [], under.server.log_end())
        self.assertGreaterEqual(in_flight, KILLS * 4 // 5)
        self.stopped_in_good_order(under.server)

    def test_no_job_begins_before_its_commit(self):
        scenario = self.storm(SERVER, 0, SEED)
        self.assertEqual(submit_while_nothing_commits(scenario), [])
        self.stopped_in_good_order(scenario.server)

    def test_a_server_that_launches_before_it_commits_is_seen_to_fail(self):
        scenario = self.storm(SWAPPED, 0, SEED)
        broken = submit_while_nothing_commits(scenario)
        print("swapped, nothing commits:", *broken, sep="\n  ", flush=True)
        self.assertIn("a job began, or was acknowledged, before its commit", broken)
        self.assertTrue([words for words in broken if " ran " in words],
                        "no job was lost or ran twice")

    def test_a_server_that_launches_before_it_commits_is_seen_to_fail_under_load(self):
        under = self.storm(SWAPPED, min(KILLS, 5), SEED, locks=True)
        under.run()
        broken = under.violations()
        print(f"swapped, under load: {len(broken)} broken promises, such as", *broken[:2],
              sep="\n  ", flush=True)
        self.assertTrue([words for words in broken if " ran " in words], broken[:5])


class Reboot(unittest.TestCase):
    """The machine goes down with all that ran on it, and comes up with another boot id."""

    def test_running_jobs_are_run_again_as_system_failures(self):
        scenario = storm.Storm(SERVER, 0, SEED)
        server, marks = scenario.server, scenario.marks
        self.addCleanup(server.close)
        boot_id, up_again = server.folder / "boot_id", server.folder / "up_again"
        boot_id.write_text("11111111-1111-4111-8111-111111111111\n")
        server.environment["RETZ_BOOT_ID_FILE"] = str(boot_id)
        server.start()
        connection = server.connection()
        storm.load_application(connection)

        def command(name):
            return (f"echo {name} >> {marks.lines}/{name}; "
                    f"[ -e {up_again} ] || sleep 600; : > {marks.done}/{name}")

        cut, waiting = ([f"{kind}-{n}" for n in range(4)] for kind in ("cut", "waiting"))
        jobs = [storm.job(command(name), name=name,
                          resources={"cpus": 0.5, "mem": 16, "disk": 1}) for name in cut + waiting]
        numbers = connection.call("POST", "/v1/jobs", {"jobs": jobs})["ids"]
        wait_until(lambda: marks.running() == set(cut), 30, "the first jobs run")
        server.note_instances()
        server.kill()
        while server.processes():
            server.end_processes()
        boot_id.write_text("22222222-2222-4222-8222-222222222222\n")
        up_again.touch()
        server.start()
        scenario.settle()

        connection = server.connection()
        for number, name in zip(numbers, cut + waiting):
            entry = connection.call("GET", f"/v1/jobs/{number}")
            kinds = [record["outcome"]["kind"] for record in entry["attempt_records"]]
            with self.subTest(name):
                self.assertEqual(entry["state"], "finished")
                self.assertEqual(entry["system_failures"], 1 if name in cut else 0)
                self.assertEqual(marks.times_begun(name), 2 if name in cut else 1)
                self.assertEqual(len(kinds), 2 if name in cut else 1)
                if name in cut:
                    self.assertIn(kinds[0], ("node_lost", "launch_failed"))
        self.assertEqual(server.stop(), 0, server.log_end())
        self.assertEqual(server.leftovers(), [])


if __name__ == "__main__":
    cases.run()
