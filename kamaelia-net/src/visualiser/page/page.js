// Draws what the program tells. The picture comes from the server; what moves is moved here.
"use strict";

const $ = (id) => document.getElementById(id);
const make = (name, text, attributes = {}) => {
  const element = document.createElement(name);
  if (text !== undefined) element.textContent = text;
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
};

// ---- what is known --------------------------------------------------------------------------------------

const components = new Map();   // by number
const linkages = new Map();     // by source
let why = { kind: "fine", words: "", chain: [], blamed: 0 }, hints = [];
let time = 0, late = null, chosen = null, lit = false, found = null;
let commands = false, socket = null;
const closed = new Set();       // groups shown as one box

const key = (end) => `${end[0]}.${end[1]}.${end[2]}`;
const title = (one) => one.called === null ? one.name : `${one.called} (${one.name})`;
const short = (number) => number >= 1e6 ? (number / 1e6).toFixed(1) + "M" : number >= 1e4 ? (number / 1e3).toFixed(0) + "k"
  : number >= 1e3 ? (number / 1e3).toFixed(1) + "k" : number >= 10 ? number.toFixed(0) : number.toFixed(1).replace(".0", "");

function take(news) {
  if (news.done || news.refused) return told(news);
  if (news.whole) commands = news.commands;
  late = news.late ?? null;
  if (late !== null && !news.whole) return schedule();
  if (news.whole) { components.clear(); linkages.clear(); }
  const seconds = Math.max(news.time - time, 20) / 1000;
  let isNew = Boolean(news.whole);
  for (const one of news.components || []) components.set(one.id, one);
  for (const one of news.new || []) { components.set(one.id, one); isNew = true; }
  for (const id of news.gone || []) { components.delete(id); isNew = true; }
  for (const one of news.unlinked || []) { linkages.delete(key(one.from)); isNew = true; }
  for (const one of [...(news.linkages || []), ...(news.linked || [])]) { linkages.set(key(one.from), one); isNew = true; }
  if (!news.whole) {
    for (const one of components.values()) for (const box of [...one.inboxes, ...one.outboxes]) box.rate = 0;
    for (const [id, state, waits, inboxes, outboxes] of news.moved || []) {
      const one = components.get(id);
      if (!one) continue;
      one.state = state; one.waits = waits;
      one.inboxes.forEach((box, nth) => {
        const [waiting, total, percent] = inboxes.slice(3 * nth, 3 * nth + 3);
        Object.assign(box, { rate: (total - box.total) / seconds, waiting, total, percent });
      });
      one.outboxes.forEach((box, nth) => Object.assign(box, { rate: (outboxes[nth] - box.total) / seconds, total: outboxes[nth] }));
    }
  }
  time = news.time;
  if (news.why) why = news.why;
  if (news.hints) { hints = news.hints; showHints(); }
  if (news.whole && !svg && components.size > MANY) closeInner();
  if (isNew || (missed && !drawing)) { flows = null; redraw(); }
  schedule();
}

// How many messages went over what leads out of a box, and how full the inbox at its end is.
let flows = null;
function flow(box) {
  if (!flows) {
    flows = { into: new Map(), ways: new Map() };
    for (const one of linkages.values()) {
      const sink = key(one.to), sources = flows.into.get(sink);
      if (sources) sources.push(key(one.from)); else flows.into.set(sink, [key(one.from)]);
    }
  }
  let way = flows.ways.get(box);
  if (!way) flows.ways.set(box, way = wayOf(box));
  let rate = 0, total = 0;
  for (const own of way.outboxes) { rate += own.rate; total += own.total; }
  return { rate, total, percent: way.end ? way.end.percent : -1 };
}
// The outboxes that lead to it, with its own, and the inbox at its end.
function wayOf(box) {
  const outboxes = [], to = [box];
  for (let steps = 0; to.length && steps < 1000; steps++) {
    const at = to.pop(), own = boxOfKey(at, "outbox");
    if (own) outboxes.push(own);
    to.push(...(flows.into.get(at) || []));
  }
  let end = box;
  for (let steps = 0; linkages.has(end) && steps < 1000; steps++) end = key(linkages.get(end).to);
  return { outboxes, end: boxOfKey(end, "inbox") };
}
function boxOfKey(at, side) {
  const [id, its, ...name] = at.split(".");
  return its === side ? boxOf(id, side, name.join(".")) : undefined;
}
function boxOf(id, side, name) {
  const one = components.get(Number(id));
  return one && (side === "inbox" ? one.inboxes : one.outboxes).find((box) => box.name === name);
}

// ---- the picture ----------------------------------------------------------------------------------------

let svg = null, groups = new Map(), ports = new Map(), lines = new Map(), zoom = 1, wide = 0;
let drawing = false, again = false, missed = false, drawn = 0, isOther = true;
const sheet = new CSSStyleSheet();
document.adoptedStyleSheets = [sheet];

function query() {
  const parts = [];
  if (!$("signals").checked) parts.push("signals=0");
  if (!$("services").checked) parts.push("services=0");
  if (!$("unlinked").checked) parts.push("unlinked=0");
  for (const id of closed) parts.push(`plain=${id}`);
  if ($("near").checked && chosen !== null) parts.push(`near=${chosen}`);
  return parts.length ? "?" + parts.join("&") : "";
}

async function redraw() {
  if (drawing) { again = true; return; }
  drawing = true;
  do {
    again = false;
    const other = isOther;
    isOther = false;
    const pause = drawn + 1000 - performance.now();
    if (drawn && pause > 0) await new Promise((done) => setTimeout(done, pause));
    try {
      const answer = await fetch("graph.svg" + query());
      missed = !answer.ok;
      if (!missed) put(await answer.text(), other);
    } catch { missed = true; /* the socket says that it has gone */ }
    isOther ||= missed && other;
    drawn = performance.now();
  } while (again);
  drawing = false;
}

function put(text, isOther) {
  // The page may have no style but its own, and this one is put where it is taken for that.
  const bare = text.replace(/<style>([^<]*)<\/style>/, (_, style) => { sheet.replaceSync(style); return ""; });
  const read = new DOMParser().parseFromString(bare, "image/svg+xml").documentElement;
  if (read.nodeName !== "svg") return;
  const next = document.importNode(read, true);
  wide = next.viewBox.baseVal.width || Number.parseFloat(next.getAttribute("width")) || 1000;
  next.classList.add("axon");
  // It is no image: what is in it can be chosen.
  next.setAttribute("role", "group");
  const stage = $("stage"), { scrollLeft, scrollTop } = stage, focus = document.activeElement?.dataset?.component;
  stage.replaceChildren(next);
  svg = next;
  groups = new Map(); ports = new Map(); lines = new Map();
  for (const element of svg.querySelectorAll("[data-component]")) {
    const { component, box } = element.dataset;
    if (box !== undefined) { ports.set(element.id.slice(1), element); continue; }
    groups.set(Number(component), element);
    element.setAttribute("tabindex", "0");
    // Not a button: its texts are more than its name.
    element.setAttribute("role", "group");
    element.setAttribute("aria-roledescription", "component");
    const one = components.get(Number(component));
    if (one) element.setAttribute("aria-label", title(one));
  }
  for (const line of svg.querySelectorAll("[data-from]")) {
    const data = line.dataset;
    lines.set(`${data.from}.${data.fromSide}.${data.fromBox}`, { line, label: null });
  }
  if (isOther) fit(); else { size(); stage.scrollTo(scrollLeft, scrollTop); }
  if (isOther && chosen !== null) see(chosen);
  if (focus) groups.get(Number(focus))?.focus({ preventScroll: true });
  $("svg").href = "graph.svg" + query();
  flows = null;
  mark();
  move();
}

function size() {
  svg?.style.setProperty("width", `${Math.round(wide * zoom)}px`);
}
function fit() {
  zoom = Math.min(1.4, Math.max(0.25, ($("stage").clientWidth - 24) / wide));
  size();
}
function enlarge(by) { zoom = Math.min(4, Math.max(0.05, zoom * by)); size(); }

let scheduled = false;
function schedule() {
  if (scheduled) return;
  scheduled = true;
  requestAnimationFrame(() => { scheduled = false; move(); });
}

const STATES = ["made", "awake", "paused", "held", "ended", "failed"];
const level = (percent) => percent >= 85 ? "red" : percent >= 60 ? "amber" : "";
function level_of(element, name) {
  element.classList.toggle("red", name === "red");
  element.classList.toggle("amber", name === "amber");
}

// Shows what has moved.
function move() {
  let sum = 0;
  for (const one of components.values()) for (const box of one.outboxes) sum += box.rate;
  if (late !== null) say(`no answer for ${Math.round(late / 1000)} s: a component holds the processor`, true);
  else say(`${components.size} components, ${short(sum)} messages a second`, false);
  const button = $("why");
  if (!button.classList.contains(why.kind)) {
    button.classList.remove("fine", "slow", "stuck");
    button.classList.add(why.kind);
    button.firstChild.textContent = why.kind === "stuck" ? "Why is it stuck? " : "Why is it slow? ";
  }
  if ($("words").textContent !== why.words) { $("words").textContent = why.words; if (lit) mark(); }
  if (!svg) return;
  for (const [id, element] of groups) {
    const one = components.get(id);
    if (!one || element.shown === one.state) continue;
    element.shown = one.state;
    for (const state of STATES) element.classList.toggle(state, state === one.state);
  }
  for (const [name, element] of ports) {
    if (!element.classList.contains("inbox")) continue;
    const box = boxOf(element.dataset.component, "inbox", element.dataset.box);
    if (box && element.shown !== level(box.percent)) { element.shown = level(box.percent); level_of(element, element.shown); }
  }
  let animated = 0;
  for (const [name, drawn] of lines) {
    const { rate, total, percent } = flow(name), full = level(percent);
    const flows = rate > 0 && ++animated <= 200;
    const look = `${full} ${flows} ${Math.round(Math.log2(1 + rate))}`;
    if (drawn.look !== look) {
      drawn.look = look;
      level_of(drawn.line, full);
      drawn.line.classList.toggle("flow", flows && !full);
      drawn.line.style.strokeWidth = rate > 0 ? (1.2 + Math.log10(1 + rate) * 0.9).toFixed(1) : "";
    }
    const text = !$("numbers").checked || !(total > 0 || full) ? ""
      : (rate > 0 ? `${short(rate)}/s` : short(total)) + (full ? ` ${full === "red" ? "\u25b2\u25b2" : "\u25b2"}${percent}%` : "");
    if (text || drawn.label) label(drawn, text, full);
  }
  if (chosen !== null) showOne();
}

function label(drawn, text, full) {
  if (!drawn.label) {
    const at = drawn.line.getPointAtLength(drawn.line.getTotalLength() / 2);
    drawn.label = document.createElementNS("http://www.w3.org/2000/svg", "text");
    drawn.label.setAttribute("class", "rate");
    drawn.label.setAttribute("x", at.x);
    drawn.label.setAttribute("y", at.y - 3);
    drawn.line.after(drawn.label);
  }
  if (drawn.label.textContent !== text) drawn.label.textContent = text;
  level_of(drawn.label, full);
}

// Marks the chain, what was found, and the chosen one.
function mark() {
  if (!svg) return;
  const chain = lit ? why.chain : found;
  svg.classList.toggle("dim", Boolean(chain && chain.length));
  const all = new Set(chain || []);
  const blamed = new Set(lit ? why.chain.slice(0, why.blamed) : []);
  for (const [id, element] of groups) {
    element.classList.toggle("lit", all.has(id));
    element.classList.toggle("blamed", blamed.has(id));
    element.classList.toggle("chosen", id === chosen);
  }
  for (const { line } of lines.values()) {
    line.classList.toggle("lit", all.has(Number(line.dataset.from)) && all.has(Number(line.dataset.to)));
  }
}

// ---- details --------------------------------------------------------------------------------------------

function say(text, isBad) {
  const status = $("status");
  if (status.textContent !== text) status.textContent = text;
  status.classList.toggle("bad", isBad);
}

function choose(id, isToBeSeen) {
  chosen = components.has(id) ? id : null;
  $("one").hidden = chosen === null;
  $("one").querySelector("tbody").replaceChildren();
  mark();
  told({ done: "" });
  if ($("near").checked) drawOther();
  if (chosen === null) return;
  showOne();
  if (isToBeSeen) see(id);
}
// Brings it into sight, and into a size that can be read.
function see(id) {
  if (zoom < 0.8) { zoom = 0.8; size(); }
  groups.get(id)?.scrollIntoView({ block: "center", inline: "center" });
}
// The next picture shows something else.
function drawOther() { isOther = true; redraw(); }

// So many components are shown with what lies in inner groups left out, until somebody opens these.
const MANY = 150;
function closeInner() {
  const groups = new Set([...components.values()].flatMap((one) => one.parents));
  for (const one of components.values()) if (groups.has(one.id) && one.parents.length) closed.add(one.id);
}

const children = (id) => [...components.values()].filter((one) => one.parents.includes(id));

function showOne() {
  const one = components.get(chosen), section = $("one");
  if (!one) return choose(null);
  section.querySelector("h2").textContent = title(one);
  const about = section.querySelector(".about");
  const words = [one.failure ? `failed: ${one.failure}` : one.waits || { awake: "awake", made: "made, not activated", ended: "has ended" }[one.state] || one.state,
    one.service ? "a service" : "", `made at ${one.made_at}`].filter(Boolean).join("\n");
  if (about.textContent !== words) about.textContent = words;
  about.classList.toggle("failed", Boolean(one.failure));
  const deeds = section.querySelector(".deeds"), isOver = ["ended", "failed"].includes(one.state), look = `${chosen} ${closed.has(chosen)} ${one.state === "held"} ${isOver}`;
  if (deeds.shown !== look) {
    const had = deeds.shown?.startsWith(`${chosen} `) && deeds.contains(document.activeElement) && document.activeElement.dataset.deed;
    deeds.shown = look;
    deeds.replaceChildren();
    const add = (text, deed, what) => {
      const button = make("button", text, { type: "button", "data-deed": deed });
      button.onclick = what;
      deeds.append(button);
    };
    if (children(chosen).length) add(closed.has(chosen) ? "open the group" : "close the group", "group", () => collapse(chosen));
    if (commands) {
      if (one.state === "held") {
        add("go on", "hold", () => order("release"));
        add("step", "step", () => order("step"));
      } else if (["awake", "paused"].includes(one.state)) add("hold", "hold", () => order("hold"));
      if (!isOver) add("end", "end", () => order("end"));
    }
    // The focus stays where it was, though the buttons are new.
    if (had) deeds.querySelector(`[data-deed="${had}"]`)?.focus();
    const put = $("put"), names = one.inboxes.map((box) => box.name);
    put.hidden = !commands || !names.length || isOver;
    if (put.shown !== chosen) {
      put.shown = chosen;
      put.querySelector("select").replaceChildren(...names.map((name) => make("option", name)));
    }
  }
  const rows = section.querySelector("tbody"), boxes = [...one.inboxes.map((box) => ["inbox", box]), ...one.outboxes.map((box) => ["outbox", box])];
  if (rows.children.length !== boxes.length) {
    rows.replaceChildren(...boxes.map(([side, box]) => {
      const row = make("tr"), name = make("td"), button = make("button", `${side === "inbox" ? "\u25b8 " : ""}${box.name}${side === "inbox" ? "" : " \u25b8"}`, { type: "button", title: `${box.doc || side}: tap it` });
      button.onclick = () => tap(one.id, side, box.name);
      name.append(button);
      row.append(name, make("td"), make("td"), make("td"));
      return row;
    }));
  }
  boxes.forEach(([side, box], nth) => {
    const cells = rows.children[nth].children;
    const waiting = side !== "inbox" ? "" : box.waiting + (box.limit === null ? "" : ` of ${box.limit}`) + (box.percent > 0 ? ` (${box.percent}%)` : "");
    [waiting, String(box.total), short(box.rate)].forEach((text, at) => { if (cells[at + 1].textContent !== text) cells[at + 1].textContent = text; });
  });
}

function collapse(id) {
  if (!closed.delete(id) && children(id).length) closed.add(id);
  redraw();
  if (chosen !== null) showOne();
}

function list(section, entries) {
  $(section).hidden = entries.length === 0;
  $(section).querySelector("ul").replaceChildren(...entries.map(([id, words]) => {
    const item = make("li"), button = make("button", words, { type: "button" });
    button.onclick = () => choose(id, true);
    item.append(button);
    return item;
  }));
}
function showHints() { list("hints", hints.map((hint) => [hint.component, hint.words])); }

function search() {
  const word = $("search").value.trim().toLowerCase();
  const has = (one) => [one.name, one.called || "", ...one.inboxes.map((box) => box.name), ...one.outboxes.map((box) => box.name)]
    .some((name) => name.toLowerCase().includes(word));
  const those = word ? [...components.values()].filter(has) : [];
  found = word ? those.map((one) => one.id) : null;
  list("found", those.slice(0, 50).map((one) => [one.id, title(one)]));
  if (word && !those.length) { $("found").hidden = false; $("found").querySelector("ul").replaceChildren(make("li", "nothing")); }
  mark();
}

// ---- taps -----------------------------------------------------------------------------------------------

let source = null, others = 0;
function tap(id, side, box) {
  untap();
  const one = components.get(id), section = $("tap");
  section.hidden = false;
  section.querySelector("h2").textContent = `${title(one)}.${box}`;
  section.querySelector("ol").replaceChildren();
  const note = section.querySelector("p");
  note.textContent = "waiting for messages";
  others = 0;
  source = new EventSource(`tap?component=${id}&side=${side}&box=${encodeURIComponent(box)}`);
  source.onmessage = (event) => {
    const news = JSON.parse(event.data), items = section.querySelector("ol");
    for (const message of news.messages) items.prepend(make("li", message));
    while (items.children.length > 200) items.lastChild.remove();
    others += news.others;
    if (items.children.length) note.textContent = others ? `${others} more, not shown` : "";
  };
  source.onerror = () => { note.textContent = "it has ended"; source?.close(); };
}
function untap() { source?.close(); source = null; $("tap").hidden = true; }

// ---- orders ---------------------------------------------------------------------------------------------

function order(deed, more = {}) {
  if (!commands || chosen === null || socket?.readyState !== WebSocket.OPEN) return;
  socket.send(new URLSearchParams({ do: deed, component: chosen, ...more }));
}
function told(news) {
  $("told").textContent = news.done ?? news.refused;
  $("told").classList.toggle("failed", Boolean(news.refused));
}
$("put").onsubmit = (event) => {
  event.preventDefault();
  order("put", { box: $("put").querySelector("select").value, text: $("put").querySelector("input").value });
};

// ---- what the user does ---------------------------------------------------------------------------------

function ask(on) {
  lit = on;
  $("why").setAttribute("aria-pressed", String(lit));
  mark();
  if (lit && why.chain.length) see(why.chain[0]);
}
$("why").onclick = () => ask(!lit);
$("search").oninput = search;
$("search").onkeydown = (event) => {
  if (event.key === "Enter" && found?.length) choose(found[0], true);
  if (event.key === "Escape") { $("search").value = ""; search(); $("stage").focus(); }
};
for (const id of ["signals", "services", "unlinked"]) $(id).onchange = redraw;
$("near").onchange = drawOther;
$("numbers").onchange = schedule;
$("open").onclick = () => { closed.clear(); redraw(); };
$("tap").querySelector("button").onclick = untap;

$("stage").onclick = (event) => {
  const box = event.target.closest("[data-box]"), group = event.target.closest("[data-component]");
  if (group) choose(Number(group.dataset.component));
  if (box) tap(Number(box.dataset.component), box.classList.contains("inbox") ? "inbox" : "outbox", box.dataset.box);
  if (!group) choose(null);
};
$("stage").ondblclick = (event) => {
  const group = event.target.closest("[data-component]");
  if (group) collapse(Number(group.dataset.component));
};
$("stage").addEventListener("wheel", (event) => {
  if (!event.ctrlKey) return;
  event.preventDefault();
  enlarge(event.deltaY < 0 ? 1.15 : 1 / 1.15);
}, { passive: false });

document.onkeydown = (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, select")) return;
  const focused = event.target.closest("[data-component]");
  const id = focused ? Number(focused.dataset.component) : chosen;
  const deeds = {
    w: () => ask(!lit),
    "/": () => $("search").focus(),
    "+": () => enlarge(1.25), "=": () => enlarge(1.25), "-": () => enlarge(0.8), 0: fit,
    c: () => id !== null && collapse(id),
    n: () => { if (focused) choose(id); $("near").click(); },
    t: () => { const one = components.get(id), box = one && (one.inboxes[0] || one.outboxes[0]); if (box) tap(id, one.inboxes.length ? "inbox" : "outbox", box.name); },
    Enter: () => focused && choose(id),
    Escape: () => { untap(); ask(false); choose(null); for (const menu of document.querySelectorAll(".menu[open]")) menu.open = false; },
  };
  if (!Object.hasOwn(deeds, event.key) || (event.key === "Enter" && !focused)) return;
  event.preventDefault();
  deeds[event.key]();
};

// ---- the connection -------------------------------------------------------------------------------------

function connect(wait) {
  socket = new WebSocket(new URL("changes", location.href.replace(/^http/, "ws")));
  socket.onmessage = (event) => { wait = 500; take(JSON.parse(event.data)); };
  socket.onclose = () => {
    say("the program has ended, or cannot be reached", true);
    setTimeout(() => connect(Math.min(wait * 2, 8000)), wait);
  };
}
connect(500);
