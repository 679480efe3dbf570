"""retz-client schedule --batch, and schedule's other ways."""
import json
import os
import unittest

from programs import WithServer, local_only


class Batch(WithServer):
    def file(self, *lines):
        path = os.path.join(self.server.directory, "batch")
        with open(path, "w", encoding="utf-8") as target:
            target.writelines(line + "\n" for line in lines)
        return path

    def live_and_ended(self):
        return len(self.server.json("list", "--state", "ALL"))

    def test_a_batch_runs_and_wait_tells_what_failed(self):
        lines = ["# numbers"] + [json.dumps({"command": f"exit {n == 3:d}"}) for n in range(5)]
        done = self.server.client("schedule", "-A", "test", "--batch", self.file(*lines),
                                  "--batch-size", "2", "--wait", status=1)
        self.assertIn("5 jobs registered", done.stdout)
        self.assertIn("failed: exit 1", done.stdout)
        self.assertIn("4 of 5 jobs finished", done.stdout)

    def test_a_batch_comes_over_stdin_too(self):
        done = self.server.client("--json", "schedule", "-A", "test", "--batch", "-", "--wait",
                                  stdin='{"command":"true"}\n')
        self.assertEqual(json.loads(done.stdout)["state"], "finished")

    def test_bad_lines_are_named_and_nothing_is_sent(self):
        before = self.live_and_ended()
        good = '{"application":"test","command":"true"}'
        for bad, wanted in [("{oops", "no JSON"), ('{"application":"test"}', "command"),
                            ('{"application":"test","command":"x","resuorces":{}}', "resources"),
                            ('{"application":"test","command":"x","resources":{"cpus":-1}}',
                             "resources.cpus")]:
            path = self.file(good, "", bad)
            done = self.server.client("schedule", "--batch", path, status=1)
            self.assertIn(f"{path}:3: ", done.stderr)
            self.assertIn(wanted, done.stderr)
        self.assertEqual(self.live_and_ended(), before)

    @local_only("a cluster may grow")
    def test_what_the_server_refuses_is_told_by_line(self):
        good = '{"application":"test","command":"true"}'
        path = self.file("# first", good,
                         '{"application":"test","command":"x","resources":{"cpus":5000}}')
        done = self.server.client("schedule", "--batch", path, status=1)
        self.assertIn(f"{path}:3: resources.cpus: ", done.stderr)

    def test_a_key_makes_a_submission_happen_once(self):
        first = self.server.json("schedule", "-A", "test", "-c", "true", "--idempotency-key", "k1")
        again = self.server.json("schedule", "-A", "test", "-c", "true", "--idempotency-key", "k1")
        self.assertEqual(first[0]["ids"], again[0]["ids"])
        self.assertTrue(again[0]["repeated"])
        done = self.server.client("schedule", "-A", "test", "-c", "false", "--idempotency-key",
                                  "k1", status=1)
        self.assertIn("key", done.stderr)

    def test_a_file_that_is_not_there_is_named(self):
        self.assertIn("/none/batch", self.server.client("schedule", "--batch", "/none/batch",
                                                        status=1).stderr)


if __name__ == "__main__":
    unittest.main()
