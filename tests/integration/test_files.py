"""What a job wrote: listed, read in parts, followed, taken as a whole."""
import io
import json
import os
import subprocess
import tarfile
import unittest

from programs import CLIENT, WithServer


class Files(WithServer):
    def test_files_are_listed_and_read_by_offset_and_range(self):
        job = self.server.submit("mkdir d; printf 0123456789 > 'd/a b+c'; echo x")
        self.server.wait(job)
        names = [file["path"] for file in self.server.json("list-files", str(job), "d")]
        self.assertEqual([os.path.basename(name) for name in names], ["a b+c"])
        self.assertIn("stdout", self.server.client("list-files", "-i", str(job)).stdout)
        part = self.server.client("get-file", str(job), "d/a b+c", "--offset", "2", "--length", "3")
        self.assertEqual(part.stdout, "234")
        status, headers, body = self.server.request(
            "GET", f"/v1/jobs/{job}/files/content?path=d%2Fa%20b%2Bc",
            headers={"Range": "bytes=7-"})
        self.assertEqual((status, body), (206, b"789"))
        self.assertIn("7-9/10", headers["Content-Range"])
        self.assertEqual(self.server.request(
            "GET", f"/v1/jobs/{job}/files/content?path=..%2F..%2F..%2Fretz.db")[0] // 100, 4)
        self.server.client("get-file", str(job), "none", status=1)

    def test_bytes_stay_as_they_are_in_a_result_directory(self):
        job = self.server.submit("head -c 3000000 /dev/urandom > random; sha256sum < random")
        self.server.wait(job)
        target = os.path.join(self.server.directory, "results")
        os.mkdir(target)
        self.server.client("get-file", "-i", str(job), "--path", "random", "-R", target, "--binary")
        digest = subprocess.run(["sha256sum"], stdin=open(os.path.join(target, "random"), "rb"),
                                capture_output=True, text=True, check=True).stdout
        self.assertEqual(digest, self.server.client("get-file", str(job)).stdout)

    def test_a_file_is_followed_until_the_attempt_ends(self):
        job = self.server.submit("echo one; while ! test -e go; do sleep 0.05; done; echo two")
        with subprocess.Popen([CLIENT, "-C", self.server.config, "get-file", str(job), "--follow"],
                              stdout=subprocess.PIPE, text=True) as process:
            self.assertEqual(process.stdout.readline(), "one\n")
            sandbox = os.path.join(self.server.data, "sandboxes", str(job), "1", "box")
            with open(os.path.join(sandbox, "go"), "w", encoding="utf-8"):
                pass
            self.assertEqual(process.stdout.read(), "two\n")
            self.assertEqual(process.wait(), 0)

    def test_following_ends_after_the_time_asked_for(self):
        job = self.server.submit("echo begun; sleep 1000")
        self.server.wait_state(job, "active")
        done = self.server.client("get-file", "-i", str(job), "--poll", "--timeout", "0.01",
                                  status=1)
        self.assertEqual(done.stdout, "begun\n")
        self.assertIn("--timeout", done.stderr)
        self.server.client("kill", str(job))
        self.assertIn("--follow", self.server.client("get-file", str(job), "--timeout", "1",
                                                     status=2).stderr)

    def test_the_sandbox_comes_as_a_tar(self):
        job = self.server.submit("mkdir d; echo inside > d/file")
        self.server.wait(job)
        status, _, body = self.server.request("GET", f"/v1/jobs/{job}/files/archive")
        self.assertEqual(status, 200)
        with tarfile.open(fileobj=io.BytesIO(body)) as archive:
            name = next(n for n in archive.getnames() if n.endswith("d/file"))
            self.assertEqual(archive.extractfile(name).read(), b"inside\n")

    def test_an_applications_files_are_in_the_sandbox(self):
        source = os.path.join(self.server.directory, "tool.sh")
        with open(source, "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\necho the tool says $1\n")
        os.chmod(source, 0o644)
        self.server.client("load-app", "-A", "tools", "-X", source)
        done = self.server.client("run", "-A", "tools", "--", "./tool.sh", "hello")
        self.assertEqual(done.stdout, "the tool says hello\n")
        app = json.loads(self.server.client("--json", "get-app", "tools").stdout)
        self.assertEqual(app["files"][0]["uri"], source)
        os.unlink(source)
        done = self.server.client("run", "-A", "tools", "--", "./tool.sh", "again", status=125)
        self.assertIn("tool.sh", done.stderr)


if __name__ == "__main__":
    unittest.main()
