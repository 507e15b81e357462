"""Opens each page of the site of the documentation in a headless Chromium, narrow and wide, and searches it.

usage: browser.py SITE SCREENSHOTS

A page is wrong when it has an error on its console, a request that fails or leaves this machine, a picture that is not
shown, or when it is wider than the window. The browser is spoken to over two pipes, without a driver: its DevTools
protocol, JSON with a NUL after each message.
"""

import base64
import functools
import http.server
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import threading
import time

WIDTHS = {"narrow": 375, "wide": 1440}
HEIGHT = 900
SEARCHED, FOUND = "add_package", "reference/packages.html#add_package"
TIMEOUT = 60  # seconds for one step; a slow machine needs a few
OPTIONS = [
    "--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--remote-debugging-pipe",
]

ANSWERED = ("Network.responseReceivedExtraInfo", "Network.responseReceived", "Network.loadingFinished",
            "Network.loadingFailed")

# How much wider than the window the page is, pictures that are not there, and whether there is a heading.
MEASURE = """(() => {
  const root = document.documentElement
  return {
    overflow: Math.max(root.scrollWidth, document.body.scrollWidth) - innerWidth,
    broken: [...document.images].filter(image => !(image.complete && image.naturalWidth > 0)).map(image => image.src),
    heading: document.querySelector("h1") !== null,
  }
})()"""

# What a reader does: opens the search, which is a drawer of its own on a narrow page, and types when it invites to.
READY = "/start searching/.test(document.querySelector('.md-search-result__meta').textContent)"
TYPE = """(() => {
  const field = document.querySelector("[data-md-component=search-query]")
  field.focus()
  field.value = %s
  field.dispatchEvent(new Event("input", { bubbles: true }))
  field.dispatchEvent(new KeyboardEvent("keyup", { bubbles: true }))
})()"""
RESULTS = "[...document.querySelectorAll('.md-search-result__link')].map(link => link.href)"


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def serve(site):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=site))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return "http://127.0.0.1:%d/" % server.server_port


class Browser:
    def __init__(self, profile):
        program = shutil.which("chromium") or sys.exit("browser.py: there is no chromium")
        to_browser, self.out = os.pipe()
        self.into, from_browser = os.pipe()
        options = OPTIONS + ["--user-data-dir=" + profile] + (["--no-sandbox"] if os.geteuid() == 0 else [])

        def use_pipes():  # the browser reads file descriptor 3 and writes 4
            # First out of the way: each may already be the number that the other has to get.
            reading, writing = os.dup2(to_browser, 10), os.dup2(from_browser, 11)
            os.dup2(reading, 3)
            os.dup2(writing, 4)

        self.process = subprocess.Popen([program] + options + ["about:blank"], preexec_fn=use_pipes, close_fds=False,
                                        stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        os.close(to_browser)
        os.close(from_browser)
        self.number, self.session, self.buffer, self.events = 0, None, b"", []

    def _receive(self, deadline):
        while b"\0" not in self.buffer:
            ready, _, _ = select.select([self.into], [], [], max(0, deadline - time.monotonic()))
            piece = os.read(self.into, 1 << 16) if ready else b""
            if not piece:
                raise RuntimeError("the browser does not answer")
            self.buffer += piece
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.out, json.dumps(message).encode() + b"\0")
        deadline = time.monotonic() + TIMEOUT
        while True:
            answer = self._receive(deadline)
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError("%s: %s" % (method, answer["error"]["message"]))
                return answer["result"]
            self.events.append(answer)

    def open_page(self):
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(domain + ".enable")
        self.call("Network.setCacheDisabled", cacheDisabled=True)  # each page has to find all that it needs

    def evaluate(self, expression):
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in result:
            raise RuntimeError(result["exceptionDetails"].get("text", "") + " in " + expression)
        return result["result"].get("value")

    def wait_for(self, what, condition):
        deadline = time.monotonic() + TIMEOUT
        while time.monotonic() < deadline:
            value = condition()
            if value:
                return value
            time.sleep(0.05)
        raise RuntimeError("%d s are not enough for %s" % (TIMEOUT, what))

    def settled(self):
        """Whether the page is loaded and every request was answered. The end of a worker's script is told elsewhere."""
        state = self.evaluate("document.readyState")
        sent = {event["params"]["requestId"] for event in self.events if event["method"] == "Network.requestWillBeSent"}
        answered = {event["params"]["requestId"] for event in self.events if event["method"] in ANSWERED}
        return state == "complete" and sent <= answered

    def load(self, url):
        self.events = []
        self.call("Page.navigate", url=url)
        self.wait_for(url, self.settled)

    def set_width(self, width):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=HEIGHT, deviceScaleFactor=1,
                  mobile=width < 500)

    def screenshot(self, path):
        picture = self.call("Page.captureScreenshot", format="png")["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(picture))

    def close(self):
        try:
            self.session = None
            self.call("Browser.close")
        except (RuntimeError, OSError):
            self.process.kill()
        self.process.wait()


def complaints(events, base):
    """What the browser told since the page began to load."""
    urls = {event["params"]["requestId"]: event["params"]["request"]["url"] for event in events
            if event["method"] == "Network.requestWillBeSent"}
    for event in events:
        method, told = event["method"], event.get("params", {})
        if method == "Runtime.exceptionThrown":
            yield "exception: " + told["exceptionDetails"].get("exception", {}).get(
                "description", told["exceptionDetails"]["text"])
        elif method == "Runtime.consoleAPICalled" and told["type"] in ("error", "assert"):
            yield "console: " + " ".join(str(part.get("value", part.get("description"))) for part in told["args"])
        elif method == "Log.entryAdded" and told["entry"]["level"] == "error":
            yield "log: %s %s" % (told["entry"]["text"], told["entry"].get("url", ""))
        elif method == "Network.responseReceivedExtraInfo" and told["statusCode"] >= 400:
            yield "HTTP %d: %s" % (told["statusCode"], urls.get(told["requestId"], "?"))
        elif method == "Network.loadingFailed" and not told.get("canceled"):
            yield "request failed: " + told["errorText"]
        elif method == "Network.requestWillBeSent":
            url = told["request"]["url"]
            if not url.startswith((base, "data:", "blob:" + base)):
                yield "a request that leaves this machine: " + url


def check_page(browser, base, page):
    browser.load(base + page)
    measured = browser.evaluate(MEASURE)
    found = list(complaints(browser.events, base))
    if measured["overflow"] > 0:
        found.append("%d pixels wider than the window" % measured["overflow"])
    found += ["picture not shown: " + source for source in measured["broken"]]
    if not measured["heading"]:
        found.append("no heading")
    return found


def check_search(browser, base, screenshot):
    browser.load(base + "index.html")
    browser.evaluate("document.querySelector('#__search').click()")
    browser.wait_for("the index of the search", lambda: browser.evaluate(READY))
    browser.evaluate(TYPE % json.dumps(SEARCHED))
    browser.wait_for("the search for " + SEARCHED, lambda: browser.evaluate(RESULTS))
    links = browser.evaluate(RESULTS)
    browser.screenshot(screenshot)
    found = list(complaints(browser.events, base))
    first = [link.split("?")[0] + ("#" + link.split("#")[1] if "#" in link else "") for link in links]
    if base + FOUND not in first:
        found.append("the search for %s does not find %s, but %s" % (SEARCHED, FOUND, links))
    return found


def all_pages(site):
    for folder, _, names in sorted(os.walk(site)):
        for name in sorted(names):
            if name.endswith(".html"):
                yield os.path.relpath(os.path.join(folder, name), site)


def attempt(check, *arguments):
    """What is wrong; that the check came to no end is, too."""
    try:
        return check(*arguments)
    except RuntimeError as error:
        return [str(error)]


def report(title, found):
    for text in found:
        print("%s: %s" % (title, text))
    return 1 if found else 0


def main(site, screenshots):
    base, checked, failed = serve(site), 0, 0
    os.makedirs(screenshots, exist_ok=True)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = Browser(profile)
        try:
            browser.open_page()
            for name, width in WIDTHS.items():
                browser.set_width(width)
                for page in all_pages(site):
                    failed += report("%s, %s" % (page, name), attempt(check_page, browser, base, page))
                    browser.screenshot("%s/%s-%s.png" % (screenshots, page[:-5].replace("/", "-"), name))
                    checked += 1
                picture = "%s/search-%s.png" % (screenshots, name)
                failed += report("search, %s" % name, attempt(check_search, browser, base, picture))
                checked += 1
        finally:
            browser.close()
    print("%d passed, %d failed" % (checked - failed, failed))
    sys.exit(1 if failed or checked == 0 else 0)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: browser.py SITE SCREENSHOTS")
    main(os.path.abspath(sys.argv[1]), sys.argv[2])
