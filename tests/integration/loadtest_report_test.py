"""The HTML report of a load test: as `loadtest report` makes it of a saved run, as python3-html5lib reads it, and as
Chromium shows it on a desk, on a phone and on paper."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest

import headless_browser
from load_outputs_test import BIN, RUNS, tool

PYTHON = "/usr/bin/python3"  # Debian's, which has Debian's python3-html5lib
PARSE = """
import html5lib, sys
for path in sys.argv[1:]:
    parser = html5lib.HTMLParser()
    parser.parse(open(path, encoding="utf-8"))
    for fault in parser.errors:
        print(path, *fault)
"""
HTML5LIB = os.path.exists(PYTHON) and subprocess.run([PYTHON, "-c", "import html5lib"], capture_output=True).returncode == 0
CHROMIUM = headless_browser.PROGRAM
WIDTHS = (1280, 768, 390, 320)
PAGES = ["series", "limit", *RUNS]


class Saved(unittest.TestCase):
    """A folder with the JSON of each run."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="wsdeep-report-")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        for run in PAGES:
            cls.write(f"{run}.json", tool("json", run))

    @classmethod
    def write(cls, name, text):
        with open(os.path.join(cls.folder, name), "w", encoding="utf-8") as file:
            file.write(text)

    @classmethod
    def read(cls, name):
        with open(os.path.join(cls.folder, name), encoding="utf-8") as file:
            return file.read()

    def report(self, *words, **more):
        return subprocess.run([os.path.join(BIN, "wsdeep"), "loadtest", "report", *words], cwd=self.folder, text=True,
                              capture_output=True, timeout=180, **more)


class Command(Saved):
    def test_the_page_gets_the_name_of_the_run(self):
        done = self.report("full.json")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", "the report is in full.html\n"))
        self.assertEqual(self.read("full.html"), tool("html", "full"))

    def test_it_never_takes_the_place_of_what_it_is_made_of(self):
        shutil.copy(os.path.join(self.folder, "full.json"), os.path.join(self.folder, "saved"))
        self.assertEqual(self.report("saved").stderr, "the report is in saved.html\n")
        for flag in ("--html", "--csv"):
            done = self.report("saved", flag, "saved")
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertEqual(done.stderr, f"wsdeep: error: FILE and {flag} name the same file: saved\n")
        self.assertEqual(self.read("saved"), self.read("full.json"))

    def test_it_is_made_of_stdin_too(self):
        done = self.report("-", "--html", "of-stdin.html", input=self.read("full.json"))
        self.assertEqual((done.returncode, done.stdout), (0, ""))
        self.assertEqual(self.read("of-stdin.html"), tool("html", "full"))
        done = self.report("-", input=self.read("full.json"))
        self.assertEqual(done.returncode, 2)
        self.assertIn("name its file: --html FILE", done.stderr)

    def test_other_forms_are_those_of_the_run(self):
        done = self.report("full.json", "--text", "--csv", "c", "--hdr", "h", "--prometheus", "p")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("\nTURNS\n", done.stdout)
        for kind in ("csv", "hdr", "prometheus"):
            with open(os.path.join(self.folder, kind[0]), encoding="utf-8", newline="") as file:
                self.assertEqual(file.read(), tool(kind, "full"))

    def test_a_page_is_made_of_several_runs_too(self):
        self.assertEqual(self.report("series.json").stderr, "the report is in series.html\n")
        self.assertEqual(self.read("series.html"), tool("html", "series"))
        self.assertEqual(self.report("limit.json").stderr, "the report is in limit.html\n")
        self.assertEqual(self.read("limit.html"), tool("html", "limit"))
        self.assertIn("10/s passes, 20/s fails", self.report("limit.json", "--text").stdout)
        self.assertIn("ttft_p99", self.report("series.json", "--text").stdout)
        for name in ("series", "limit"):
            done = self.report(f"{name}.json", "--hdr", "h")
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertIn(f"{name}.json has several runs", done.stderr)

    def test_it_says_what_it_cannot_read(self):
        self.write("broken.json", "{\"schema\": 1")
        self.write("other.json", "{\"schema\": \"wsdeep.loadtest/9\"}")
        for name, code, words in (("nowhere.json", 4, "cannot read nowhere.json: there is no such file"),
                                  ("broken.json", 2, "broken.json: "),
                                  ("other.json", 2, "other.json: its schema is 'wsdeep.loadtest/9'")):
            done = self.report(name)
            self.assertEqual((done.returncode, done.stdout), (code, ""), done.stderr)
            self.assertIn(words, done.stderr)

    def test_a_folder_that_is_not_there_is_told_before_anything_is_written(self):
        done = self.report("full.json", "--html", "nowhere/r.html", "--csv", "early.csv")
        self.assertEqual(done.returncode, 2)
        self.assertIn("cannot write --html nowhere/r.html", done.stderr)
        self.assertFalse(os.path.exists(os.path.join(self.folder, "early.csv")))


class Page(Saved):
    @unittest.skipUnless(HTML5LIB, "python3-html5lib is not installed (cli/prepare ci)")
    def test_a_parser_has_nothing_to_say_against_it(self):
        for run in PAGES:
            self.write(f"{run}.html", tool("html", run))
        judged = subprocess.run([PYTHON, "-c", PARSE, *(f"{run}.html" for run in PAGES)], cwd=self.folder, text=True,
                                capture_output=True, timeout=120)
        self.assertEqual((judged.returncode, judged.stdout, judged.stderr), (0, "", ""))

    def test_every_plot_is_told_in_words(self):
        page = tool("html", "full")
        self.assertGreater(page.count("<figure>"), 3)
        self.assertEqual(page.count("<figure>"), len(re.findall(r'class="plot" role="img" aria-label="[^"]{20,}"', page)))

    def test_headings_go_down_one_by_one(self):
        for run in PAGES:
            levels = [int(one) for one in re.findall(r"<h([1-6])>", tool("html", run))]
            self.assertEqual(levels[0], 1)
            self.assertTrue(all(b <= a + 1 for a, b in zip(levels, levels[1:])), (run, levels))

    def test_every_table_has_heads(self):
        page = tool("html", "full")
        for table in re.findall(r"<table.*?</table>", page, re.S):
            self.assertIn('<th scope="col"', table)
            self.assertIn('<th scope="row"', table)


# What reaches beyond the window, and words whose contrast with what is behind them is below 4.5.
WIDER = "document.documentElement.scrollWidth - window.innerWidth"
FAINT = """(() => {
  const channels = text => text.match(/[\\d.]+/g).map(Number);
  const light = text => channels(text).slice(0, 3).map(c => c / 255)
    .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4).reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = element => { for (let e = element; e; e = e.parentElement) {
    const colour = getComputedStyle(e).backgroundColor; if ((channels(colour)[3] ?? 1) > 0) return colour; } return "rgb(255,255,255)"; };
  const found = new Set();
  for (const element of document.body.querySelectorAll("*")) {
    if (element.closest("svg") || ![...element.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue;
    const [a, b] = [light(getComputedStyle(element).color), light(behind(element))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) found.add(`${element.tagName}.${element.className}: ${contrast.toFixed(2)}`);
  }
  return [...found];
})()"""


@unittest.skipUnless(CHROMIUM, "chromium is not installed (cli/prepare ci)")
class Shown(Saved):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.browser = headless_browser.HeadlessBrowser()
        cls.addClassCleanup(cls.browser.close)

    def page(self, run):
        self.write(f"{run}.html", tool("html", run))
        return os.path.join(self.folder, f"{run}.html")

    def test_it_fits_every_width_and_fetches_nothing(self):
        for run in PAGES[:10]:
            path = self.page(run)
            for width in WIDTHS:
                with self.subTest(run=run, width=width):
                    self.browser.open(path, width)
                    self.assertLessEqual(self.browser.value(WIDER), 0)
                    self.assertEqual(self.browser.requests, ["file://" + path])
                    self.assertEqual(self.browser.complaints, [])

    def test_it_can_be_read_by_day_and_by_night(self):
        for dark in (False, True):
            self.browser.open(self.page("full"), 1280, dark=dark)
            self.assertEqual(self.browser.value(FAINT), [])
        self.browser.open(self.page("full"), 1280, dark=True)
        self.assertEqual(self.browser.value("getComputedStyle(document.body).backgroundColor"), "rgb(16, 21, 27)")

    def test_it_prints_black_on_white_and_cuts_no_plot(self):
        self.browser.open(self.page("full"), 1280, dark=True)
        self.browser.call("Emulation.setEmulatedMedia", media="print")
        self.assertEqual(self.browser.value("getComputedStyle(document.body).backgroundColor"), "rgb(255, 255, 255)")
        self.assertEqual(self.browser.value("getComputedStyle(document.body).color"), "rgb(0, 0, 0)")
        self.assertEqual(self.browser.value("getComputedStyle(document.querySelector('figure')).breakInside"), "avoid")
        self.browser.pdf(os.path.join(self.folder, "full.pdf"))
        with open(os.path.join(self.folder, "full.pdf"), "rb") as file:
            self.assertTrue(file.read().startswith(b"%PDF-"))
        self.browser.call("Emulation.setEmulatedMedia", media="")


if __name__ == "__main__":
    unittest.main()
