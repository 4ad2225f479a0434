"""Opens the page of a visualiser in headless Chromium and looks at it, over the DevTools protocol.

    browser.py URL chat PORT     lines sent to the chat server at PORT move the numbers, and a tap shows them
    browser.py URL stuck NAME... the button says who is stuck
    browser.py URL plain         everything is shown, and nothing in a name is taken for HTML
    browser.py URL commands NAME LAST  NAME is held, fed, stepped and ended with the buttons of the page
    browser.py URL many NUMBER   of so many components one is found, and shown with its neighbours only
    browser.py URL axe DIR       axe-core finds no serious fault; it is installed in DIR with npm
    browser.py URL shots DIR     pictures: light, dark, small, with a chain lit

Each prints `ok`, and fails on any error in the console and on any request that leaves the origin.
"""

import base64
import json
import os
import re
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

LONG = 40


class Browser:
    """A Chromium that is spoken to over two pipes: no port, and no library."""

    def __init__(self):
        self.profile = tempfile.mkdtemp(prefix="visualiser")
        to_it, ours = os.pipe()
        theirs, from_it = os.pipe()
        name = next(name for name in ("chromium", "chromium-browser", "google-chrome") if shutil.which(name))
        self.process = subprocess.Popen(
            ["sh", "-c", f'exec "$@" 3<&{to_it} 4>&{from_it}', "sh", name, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--remote-debugging-pipe",
             f"--user-data-dir={self.profile}", "--window-size=1280,800", "about:blank"],
            pass_fds=(to_it, from_it), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.write, self.read = ours, theirs
        self.buffer, self.number, self.events = b"", 0, []
        targets = self.call("Target.getTargets")["targetInfos"]
        page = next(target for target in targets if target["type"] == "page")
        self.session = None
        self.session = self.call("Target.attachToTarget", targetId=page["targetId"], flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if getattr(self, "session", None):
            message["sessionId"] = self.session
        os.write(self.write, json.dumps(message).encode() + b"\0")
        late = time.monotonic() + LONG
        while time.monotonic() < late:
            answer = self.receive()
            if answer and answer.get("id") == self.number:
                if "error" in answer:
                    raise AssertionError(f"{method}: {answer['error']}")
                return answer["result"]
        raise AssertionError(f"{method}: no answer")

    def receive(self):
        while b"\0" not in self.buffer:
            if not select.select([self.read], [], [], 1)[0]:
                return None
            part = os.read(self.read, 1 << 20)
            assert part, "the browser has ended"
            self.buffer += part
        text, self.buffer = self.buffer.split(b"\0", 1)
        message = json.loads(text)
        if "id" not in message:
            self.events.append(message)
        return message

    def evaluate(self, expression):
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, f"{expression}: {answer['exceptionDetails']}"
        return answer["result"].get("value")

    def until(self, expression):
        late = time.monotonic() + LONG
        while time.monotonic() < late:
            # The script may not be there yet.
            value = self.evaluate(f"(() => {{ try {{ return {expression} }} catch {{ return null }} }})()")
            if value:
                return value
            time.sleep(0.1)
        raise AssertionError(f"it never became true: {expression}\n{self.evaluate('document.body.innerText')}")

    def shot(self, path):
        data = self.call("Page.captureScreenshot", format="png")["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))

    def complaints(self, origin):
        """Errors of the console, and requests to elsewhere."""
        found = []
        for event in self.events:
            method, data = event["method"], event.get("params", {})
            if method == "Runtime.exceptionThrown":
                found.append(f"exception: {data['exceptionDetails']}")
            elif method == "Runtime.consoleAPICalled" and data["type"] in ("error", "warning", "assert"):
                found.append(f"console: {data['args']}")
            elif method == "Log.entryAdded" and data["entry"]["level"] in ("error", "warning"):
                found.append(f"log: {data['entry']['text']} {data['entry'].get('url', '')}")
            elif method in ("Network.requestWillBeSent", "Network.webSocketCreated"):
                url = data["request"]["url"] if "request" in data else data["url"]
                if not re.sub("^ws", "http", url).startswith(origin) and not url.startswith("data:"):
                    found.append(f"request: {url}")
        return found

    def close(self):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.profile, ignore_errors=True)


def snapshot(url):
    with urllib.request.urlopen(url + "snapshot.json", timeout=LONG) as answer:
        return json.load(answer)


def is_shown(browser):
    browser.until("Boolean(svg) && components.size > 0 && groups.size > 0")


def everything_is_shown(browser, url):
    is_shown(browser)
    browser.evaluate("for (const id of ['signals', 'services', 'unlinked']) if (!$(id).checked) $(id).click()")
    for component in snapshot(url)["components"]:
        browser.until(f"groups.has({component['id']})")
        for side in ("inboxes", "outboxes"):
            for box in component[side]:
                name = json.dumps(box["name"])
                browser.until(f"[...svg.querySelectorAll('[data-box]')].some(port => port.dataset.component == "
                              f"{component['id']} && port.dataset.box == {name})")


def chat(browser, url, port):
    everything_is_shown(browser, url)
    clients = [socket.create_connection(("127.0.0.1", int(port))) for _ in range(2)]
    before = browser.evaluate("[...components.values()].flatMap(one => one.outboxes).reduce((sum, box) => sum + box.total, 0)")
    browser.until("components.size >= 8")
    for number in range(20):
        clients[0].sendall(f"line {number}\n".encode())
        time.sleep(0.05)
    browser.until(f"[...components.values()].flatMap(one => one.outboxes).reduce((sum, box) => sum + box.total, 0) > {before} + 20")
    browser.until("[...document.querySelectorAll('text.rate')].some(label => label.textContent)")
    ident = browser.until("[...components.values()].find(one => one.name.startsWith('ChunksToLines'))?.id")
    browser.until(f"groups.has({ident})")
    browser.evaluate(f"groups.get({ident}).dispatchEvent(new MouseEvent('click', {{ bubbles: true }}))")
    browser.until("!$('one').hidden && $('one').querySelectorAll('tbody tr').length > 0")
    browser.evaluate("[...$('one').querySelectorAll('tbody button')].find(one => one.textContent.startsWith('outbox')).click()")
    late = time.monotonic() + LONG
    while "typed by hand" not in browser.evaluate("$('tap').innerText"):
        assert time.monotonic() < late, browser.evaluate("$('tap').innerText")
        for client in clients:
            client.sendall(b"typed by hand\n")
        time.sleep(0.2)
    for client in clients:
        client.close()
    browser.until("[...components.values()].some(one => one.state === 'ended') || components.size < 8")


def stuck(browser, _, *names):
    is_shown(browser)
    browser.until("why.kind === 'stuck'")
    assert "stuck" in browser.evaluate("$('why').textContent")
    browser.evaluate("$('why').click()")
    words = browser.evaluate("$('words').innerText")
    for name in names:
        assert name in words, words
        browser.until("[...document.querySelectorAll('.blamed')].some(group => group.dataset.name === "
                      f"{json.dumps(name)} || group.dataset.called === {json.dumps(name)})")
    browser.evaluate("document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true }))")
    browser.until("document.querySelectorAll('.lit').length === 0")


def ident(browser, name):
    return browser.until(f"[...components.values()].find(one => one.called === {json.dumps(name)})?.id")


def click(browser, selector):
    browser.until(f"document.querySelector({json.dumps(selector)}) && !document.querySelector({json.dumps(selector)}).disabled")
    browser.evaluate(f"document.querySelector({json.dumps(selector)}).click()")


def commands(browser, url, name, last):
    is_shown(browser)
    one, last = ident(browser, name), ident(browser, last)
    browser.evaluate(f"choose({one})")
    click(browser, "[data-deed=hold]")
    browser.until(f"components.get({one}).state === 'held' && groups.get({one}).classList.contains('held')")
    browser.until("$('told').textContent.endsWith('is held') && !$('put').hidden")
    for text in ("one & two", "three"):
        browser.evaluate(f"$('put').querySelector('input').value = {json.dumps(text)}; $('put').querySelector('button').click()")
        browser.until("$('told').textContent.startsWith('the text is in')")
        browser.evaluate("$('told').textContent = ''")
    browser.until(f"components.get({one}).inboxes.find(box => box.name === 'inbox').waiting === 2")
    assert browser.evaluate(f"components.get({last}).inboxes[0].total") == 0
    browser.evaluate(f"tap({last}, 'inbox', 'inbox')")
    time.sleep(0.5)
    click(browser, "[data-deed=step]")
    browser.until(f"components.get({last}).inboxes[0].total === 2 && $('tap').innerText.includes('one & two')")
    assert browser.evaluate(f"components.get({one}).state") == "held"
    click(browser, "[data-deed=hold]")
    browser.until(f"components.get({one}).state === 'paused'")
    click(browser, "[data-deed=end]")
    browser.until(f"(components.get({one})?.state ?? 'ended') === 'ended'")
    browser.until("!document.querySelector('[data-deed=end]')")


def many(browser, url, number):
    is_shown(browser)
    browser.until(f"components.size === {number} && groups.size === {number}")
    browser.evaluate("$('search').value = 'PassThrough_500'; search()")
    browser.until("document.querySelectorAll('#found li').length === 1")
    click(browser, "#found button")
    shown = browser.evaluate("(() => { const at = groups.get(chosen).getBoundingClientRect(), stage = $('stage').getBoundingClientRect(); "
                             "return at.left >= stage.left && at.right <= stage.right && at.top >= stage.top && at.bottom <= stage.bottom })()")
    assert shown, "the one that was found is out of sight"
    click(browser, "#near")
    browser.until("groups.size < 50 && groups.has(chosen)")
    click(browser, "#near")
    browser.until(f"groups.size === {number}")
    print("milliseconds a frame:", browser.evaluate("(() => { const begun = performance.now(); for (let n = 0; n < 10; n++) move(); return (performance.now() - begun) / 10 })()"))


def axe(browser, url, folder):
    source = os.path.join(folder, "axe", "node_modules", "axe-core", "axe.min.js")
    if not os.path.exists(source) and shutil.which("npm"):
        subprocess.run(["npm", "install", "--silent", "--no-save", "--no-audit", "--no-fund", "--prefix",
                        os.path.join(folder, "axe"), "axe-core@4"], timeout=60, check=False)
    if not os.path.exists(source):
        print("WARNING: skipped: npm is not installed, or cannot fetch axe-core")
        return
    is_shown(browser)
    with open(source, encoding="utf-8") as file:
        browser.evaluate(file.read() + "; 0")
    group = browser.evaluate("[...components.values()].find(one => one.inboxes.length)?.id")
    states = {
        "as it opens": "0",
        "one chosen": f"choose({group})",
        "a tap": f"tap({group}, 'inbox', 'inbox')",
        "why": "ask(true)",
        "found": "$('search').value = 'a'; search()",
        "menus": "for (const menu of document.querySelectorAll('.menu')) menu.open = true; 0",
    }
    for scheme in ("light", "dark"):
        browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        for state, reached in states.items():
            browser.evaluate(reached)
            time.sleep(0.3)
            found = json.loads(browser.evaluate(
                "axe.run().then(result => JSON.stringify(result.violations.map(one => "
                "[one.impact, one.id, one.help, one.nodes.slice(0, 3).map(node => node.html + ' ' + node.failureSummary)])))"))
            serious = [one for one in found if one[0] in ("serious", "critical")]
            assert not serious, f"{scheme}, {state}: {json.dumps(serious, indent=1)}"
            for impact, what, words, nodes in found:
                print(f"{scheme}, {state}: {impact}: {what}: {words}: {len(nodes)}")
        browser.evaluate("for (const menu of document.querySelectorAll('.menu')) menu.open = false; "
                         "ask(false); untap(); $('search').value = ''; search(); choose(null)")


def plain(browser, url):
    everything_is_shown(browser, url)
    assert browser.evaluate("commands") is False
    assert browser.evaluate("document.querySelectorAll('b, img, iframe, script:not([src])').length") == 0
    for one in snapshot(url)["components"]:
        browser.evaluate(f"choose({one['id']})")
        assert browser.evaluate("$('one').querySelector('h2').textContent") in (
            one["name"], f"{one['called']} ({one['name']})"), one
        assert browser.evaluate("$('put').hidden && !document.querySelector('[data-deed]:not([data-deed=group])')"), one
    browser.evaluate("$('search').value = 'null'; search()")
    browser.until("document.querySelectorAll('#found li').length > 0")
    # Groups are closed and opened with the keyboard.
    group = browser.evaluate("[...components.values()].find(one => children(one.id).length)?.id")
    shown = browser.evaluate("groups.size")
    for condition in (f"groups.size < {shown}", f"groups.size === {shown}"):
        browser.until(f"groups.has({group})")
        browser.evaluate(f"groups.get({group}).focus()")
        browser.evaluate("document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key: 'c', bubbles: true }))")
        browser.until(condition)


def shots(browser, url, folder):
    is_shown(browser)
    time.sleep(2)
    for name, scheme, width, height in (("light", "light", 1280, 800), ("dark", "dark", 1280, 800), ("small", "light", 420, 800)):
        browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        browser.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        browser.evaluate("fit()")
        time.sleep(0.6)
        browser.shot(os.path.join(folder, f"{name}.png"))
    browser.call("Emulation.setDeviceMetricsOverride", width=1280, height=800, deviceScaleFactor=1, mobile=False)
    browser.evaluate("fit(); ask(true); choose(why.chain[0] ?? [...components.keys()][0])")
    time.sleep(0.6)
    browser.shot(os.path.join(folder, "lit.png"))
    print(browser.evaluate("JSON.stringify(performance.getEntriesByType('resource').map(one => [one.name.split('/').pop(), "
                           "Math.round(one.duration), one.transferSize]))"))


def main():
    url, what, *rest = sys.argv[1:]
    browser = Browser()
    try:
        browser.call("Page.navigate", url=url)
        {"chat": chat, "stuck": stuck, "plain": plain, "commands": commands, "many": many, "axe": axe, "shots": shots}[what](browser, url, *rest)
        complaints = browser.complaints(url)
        assert not complaints, "\n".join(complaints)
        print("ok")
    finally:
        browser.close()


main()
