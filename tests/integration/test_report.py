"""The report of a simulation in a real browser: it draws, complains of nothing, asks nobody."""
import html.parser
import json
import os
import re
import shutil
import signal
import struct
import subprocess
import tempfile
import unittest
import zlib

from simulation import sim

CHROMIUM = shutil.which("chromium")
LOAD = 120  # seconds for a browser to start and draw on a loaded machine
# Put behind the page's own scripts: what was drawn on each canvas, as text of the page.
PROBE = """<script>
addEventListener("load", () => {
  const seen = [...document.querySelectorAll("canvas")].map((canvas) => {
    const [width, height] = [canvas.width, canvas.height];
    const pixels = canvas.getContext("2d").getImageData(0, 0, width, height).data;
    const colours = new Set();
    let inked = 0;
    for (let i = 0; i < pixels.length; i += 4) {
      if (pixels[i + 3] === 0) continue;
      inked += 1;
      colours.add((pixels[i] << 16) | (pixels[i + 1] << 8) | pixels[i + 2]);
    }
    return { kind: canvas.dataset.kind, width, height, inked, colours: colours.size };
  });
  const out = document.createElement("pre");
  out.id = "probe";
  out.textContent = JSON.stringify({ seen, alerted: window.alerted || 0,
    asked: performance.getEntriesByType("resource").map((entry) => entry.name) });
  document.body.append(out);
});
</script>"""


class Browser:
    """Chromium without a window, with a profile of its own. Requires: `folder` is the caller's."""

    def __init__(self, folder):
        self.folder = folder

    def __call__(self, page, *options):
        profile = tempfile.mkdtemp(dir=self.folder)
        command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu",
                   "--disable-dev-shm-usage", "--no-first-run",
                   "--disable-background-networking", "--disable-extensions",
                   "--enable-logging=stderr", f"--user-data-dir={profile}",
                   "--window-size=1300,2600", "--hide-scrollbars", *options, f"file://{page}"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   text=True, start_new_session=True)
        try:
            out, err = process.communicate(timeout=LOAD)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)  # its own session: it and its children
                process.wait()
        console = [line for line in err.splitlines() if "CONSOLE" in line]
        return out, console


def colours_of(file):
    """How many different colours a PNG (8 bits a channel) has."""
    with open(file, "rb") as stream:
        data = stream.read()
    place, packed, size, kind = 8, b"", (0, 0), 2
    while place < len(data):
        length, name = struct.unpack(">I4s", data[place:place + 8])
        body = data[place + 8:place + 8 + length]
        if name == b"IHDR":
            size, kind = struct.unpack(">II", body[:8]), body[9]
        elif name == b"IDAT":
            packed += body
        place += length + 12
    raw = zlib.decompress(packed)
    width = size[0] * {2: 3, 6: 4}[kind] + 1
    rows = [raw[i * width + 1:(i + 1) * width] for i in range(size[1])]
    return len(set(rows)), size


class Structure(html.parser.HTMLParser):
    """What a page without scripts holds."""

    def __init__(self, text):
        super().__init__()
        self.counts, self.scripts, self.addresses = {}, [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.counts[tag] = self.counts.get(tag, 0) + 1
        for name, value in attributes:
            if name in ("src", "href"):
                self.addresses.append(value)
            if name.startswith("on"):
                self.scripts.append(value)


class Report(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if CHROMIUM is None:
            raise AssertionError("chromium is missing: packages.txt names it for the tests")
        cls.folder = tempfile.mkdtemp(prefix="retz-test-")
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.browser = Browser(cls.folder)
        cls.log = cls.path("log.csv")
        evil = '"</script><script>alerted=1</script><img src=x onerror=alerted=1>"'
        with open(cls.log, "w", encoding="utf-8") as file:
            file.write("submit,run,estimate,cpus,mem,user\n")
            for i in range(600):
                user = evil if i % 9 == 0 else f"user{i % 12}"
                file.write(f"{i * 7},{20 + i * 37 % 300},{400},{1 + i % 5},{256 * (1 + i % 4)},"
                           f"{user}\n")
        cls.nodes = ("--nodes", "3", "--cpus", "8", "--mem", "16GiB")
        cls.one, cls.several = cls.path("one.html"), cls.path("several.html")
        sim("run", "-w", cls.log, *cls.nodes, "--planner", "easy", "--report", cls.one)
        sim("compare", "-w", cls.log, *cls.nodes, "-p", "fifo+strict", "-p", "fifo+easy",
            "-p", "shortest+packing", "--seeds", "2", "--report", cls.several)

    @classmethod
    def path(cls, name):
        return os.path.join(cls.folder, name)

    def probed(self, page, *options):
        with open(page, encoding="utf-8") as file:
            text = file.read().replace("</body>", PROBE + "</body>")
        with open(self.path("probed.html"), "w", encoding="utf-8") as file:
            file.write(text)
        out, console = self.browser(self.path("probed.html"), "--dump-dom", *options)
        self.assertEqual(console, [])
        found = re.search(r'<pre id="probe">(.*?)</pre>', out, re.S)
        self.assertIsNotNone(found, out[-2000:])
        return json.loads(found.group(1).replace("&amp;", "&").replace("&lt;", "<")
                          .replace("&gt;", ">"))

    def test_every_chart_is_drawn_and_the_console_is_silent(self):
        for page, kinds in (
                (self.one, ["use", "queue", "waits", "sizes", "users", "shares"]),
                (self.several, ["use", "use", "queue", "waits", "sizes", "users"])):
            told = self.probed(page)
            self.assertEqual([canvas["kind"] for canvas in told["seen"]], kinds)
            for canvas in told["seen"]:
                self.assertGreater(canvas["inked"], 2000, canvas)
                self.assertGreater(canvas["colours"], 20, canvas)

    def test_the_page_asks_nobody_for_anything(self):
        self.assertEqual(self.probed(self.one)["asked"], [])
        with open(self.one, encoding="utf-8") as file:
            structure = Structure(file.read())
        self.assertEqual(structure.addresses, [])

    def test_what_a_log_holds_is_shown_and_not_run(self):
        self.assertEqual(self.probed(self.one)["alerted"], 0)
        with open(self.one, encoding="utf-8") as file:
            structure = Structure(file.read())
        self.assertEqual(structure.scripts, [])
        self.assertNotIn("img", structure.counts)
        self.assertEqual(structure.counts["script"], 3)

    def test_it_is_drawn_in_the_dark_and_on_paper_too(self):
        light, dark, paper = (self.path(name) for name in ("light.png", "dark.png", "page.pdf"))
        self.browser(self.one, f"--screenshot={light}")
        self.browser(self.one, f"--screenshot={dark}", "--force-dark-mode",
                     "--blink-settings=preferredColorScheme=0")
        for picture in (light, dark):
            rows, size = colours_of(picture)
            self.assertEqual(size, (1300, 2600))
            self.assertGreater(rows, 800)  # different rows of pixels
        self.browser(self.one, f"--print-to-pdf={paper}")
        with open(paper, "rb") as file:
            pdf = file.read()
        self.assertTrue(pdf.startswith(b"%PDF"))
        self.assertGreater(len(pdf), 50_000)

    def test_without_javascript_everything_is_there_as_numbers(self):
        with open(self.one, encoding="utf-8") as file:
            structure = Structure(re.sub(r"<script.*?</script>", "", file.read(), flags=re.S))
        self.assertEqual(structure.counts["canvas"], 6)
        self.assertEqual(structure.counts["figure"], 7)
        self.assertEqual(structure.counts["details"], 7)
        self.assertEqual(structure.counts["table"], 8)
        self.assertGreater(structure.counts["rect"], 20)
