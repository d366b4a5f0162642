"use strict";
// Draws the page from the data beside it. Nothing is loaded; names are set as text alone.
const data = JSON.parse(document.getElementById("data").textContent);
const compared = data.before !== null;
const state = { weight: 0, at: 1, zoom: -1, needle: "", sort: "newBytes", up: false, rows: 200 };
const byId = (id) => document.getElementById(id);

// ---- numbers and texts

const binary = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
function bytes(value) {
  let unit = 0;
  while (value >= 1023.5 && unit < binary.length - 1) { value /= 1024; unit += 1; }
  return (unit === 0 ? String(Math.round(value)) : value.toPrecision(3)) + " " + binary[unit];
}
const whole = (value) => Math.round(value).toLocaleString("en-US");
const counted = (value, noun) => whole(value) + " " + noun + (Math.round(value) === 1 ? "" : "s");
const shown = (value) => (state.weight === 0 ? bytes(value) : counted(value, "block"));
function share(part, all) {
  if (!all) return "";
  const percent = (100 * part) / all;
  return (percent >= 10 ? percent.toFixed(0) : percent.toFixed(1)) + " %";
}
function change(before, after) {
  if (before === after) return "=";
  if (before === 0) return "from 0";
  if (after === 0) return "to 0";
  const ratio = after / before;
  if (ratio >= 2.995) return "×" + (ratio >= 10 ? ratio.toFixed(0) : ratio.toFixed(1));
  const percent = Math.abs(ratio - 1) * 100;
  const size = percent < 0.1 ? "<0.1" : percent < 9.95 ? percent.toFixed(1) : percent.toFixed(0);
  return (ratio < 1 ? "−" : "+") + size + " %";
}
function element(tag, name, text) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  if (text !== undefined) made.textContent = text;
  return made;
}
// What is between backticks is code.
function rich(tag, name, text) {
  const made = element(tag, name);
  text.split("`").forEach((part, index) => {
    if (part) made.append(index % 2 ? element("code", "", part) : part);
  });
  return made;
}
const place = (of) => (of.file ? of.file + (of.line ? ":" + of.line : "") : "");

// Names are shown below the path that all of them share.
function sharedPath(names) {
  const paths = names.filter((name) => name.includes("::")).map((name) => name.split("::"));
  if (!paths.length) return "";
  let length = paths[0].length - 1;
  for (const path of paths) {
    let same = 0;
    while (same < Math.min(length, path.length - 1) && path[same] === paths[0][same]) same += 1;
    length = same;
  }
  return length ? paths[0].slice(0, length).join("::") + "::" : "";
}
const prefix = sharedPath(data.sites.map((site) => site.name));
const short = (name) => (prefix && name.startsWith(prefix) ? name.slice(prefix.length) : name);

// ---- the tree: `own` and `all` hold bytes and blocks, before and after

const root = { parent: null, name: "the whole run", site: -1, children: [], depth: 0 };
const zero = () => [[0, 0], [0, 0]];
root.own = zero();
const nodes = data.tree.map(([, site, ...own]) => ({
  site, name: short((data.sites[site] || {}).name || "?"), children: [], depth: 0,
  own: [[own[0], own[1]], [own[2], own[3]]],
}));
data.tree.forEach(([parent], index) => {
  const above = parent < 0 ? root : nodes[parent];
  nodes[index].parent = above;
  nodes[index].depth = above.depth + 1;
  above.children.push(nodes[index]);
});
const outside = { site: -1, name: "(outside every site)", children: [], depth: 1, parent: root };
outside.own = [compared ? data.before.outside : [0, 0], data.after.outside];
root.children.push(outside);
const all = [root, ...nodes, outside];
for (const node of all) node.all = node.own.map((side) => side.slice());
for (const node of [...nodes].reverse().concat(outside)) {
  for (const side of [0, 1]) {
    for (const weight of [0, 1]) node.parent.all[side][weight] += node.all[side][weight];
  }
}
all.forEach((node, index) => { node.index = index; });
const value = (node) => {
  const [old, now] = [node.all[0][state.weight], node.all[1][state.weight]];
  return compared ? old + (now - old) * state.at : now;
};

// ---- the flamegraph

const HEIGHT = 22;
const flame = byId("flame");
function shade(node) {
  if (!compared) {
    let hash = 0;
    for (const char of node.name) hash = (hash * 31 + char.codePointAt(0)) >>> 0;
    return "f" + (hash % 6);
  }
  const [old, now] = [node.all[0][state.weight], node.all[1][state.weight]];
  const moved = (now - old) / Math.max(old, now, 1);
  if (Math.abs(moved) < 0.005) return "same";
  return (moved > 0 ? "more" : "less") + (Math.abs(moved) > 0.25 ? 2 : 1);
}
function matches(node) {
  if (!state.needle) return false;
  const site = data.sites[node.site];
  const text = site ? site.name + " " + place(site) : node.name;
  return text.toLowerCase().includes(state.needle);
}
function draw() {
  const width = flame.clientWidth;
  const zoom = all[state.zoom < 0 ? 0 : state.zoom];
  const path = [];
  for (let up = zoom; up; up = up.parent) path.unshift(up);
  const made = [];
  const frame = (node, left, wide, depth, isUp) => {
    const box = element("button", "frame " + shade(node), node.name);
    box.type = "button";
    box.tabIndex = made.length === 0 ? 0 : -1;
    box.setAttribute("role", "treeitem");
    box.setAttribute("aria-level", String(depth + 1));
    box.dataset.node = String(node.index);
    box.style.left = left + "px";
    box.style.width = Math.max(1, wide - 1) + "px";
    box.style.top = depth * HEIGHT + "px";
    if (wide < 30) { box.textContent = ""; box.setAttribute("aria-label", node.name); }
    if (isUp) box.classList.add("up");
    if (matches(node)) box.classList.add("hit");
    made.push([box, depth]);
  };
  path.slice(0, -1).forEach((node, depth) => frame(node, 0, width, depth, true));
  const total = value(zoom);
  const stack = [[zoom, 0, width, path.length - 1]];
  while (stack.length && made.length < 5000) {
    const [node, left, wide, depth] = stack.pop();
    frame(node, left, wide, depth, false);
    let at = left;
    const below = [...node.children].sort((a, b) => value(b) - value(a));
    const next = [];
    for (const child of below) {
      const room = total > 0 ? (value(child) / total) * width : 0;
      if (room < 1) continue;
      next.push([child, at, room, depth + 1]);
      at += room;
    }
    stack.push(...next.reverse());
  }
  flame.classList.toggle("dim", state.needle !== "");
  flame.style.height = (1 + Math.max(...made.map(([, depth]) => depth))) * HEIGHT + "px";
  flame.replaceChildren(...made.map(([box]) => box));
  crumbs(path);
}
function crumbs(path) {
  const parts = [];
  path.forEach((node, index) => {
    if (index) parts.push(element("span", "", "›"));
    if (index === path.length - 1) {
      parts.push(element("span", "here", node.name + ", " + shown(value(node))));
    } else {
      const button = element("button", "", node.name);
      button.type = "button";
      button.addEventListener("click", () => zoomTo(node));
      parts.push(button);
    }
  });
  if (state.needle) {
    // What is inside a match is counted with it, and once.
    const hits = (node) => (matches(node) ? value(node)
      : node.children.reduce((sum, child) => sum + hits(child), 0));
    const zoom = path[path.length - 1];
    parts.push(element("span", "", "· matched " + (share(hits(zoom), value(zoom)) || "0 %")));
  }
  byId("path").replaceChildren(...parts);
}
function zoomTo(node) {
  state.zoom = node.index;
  draw();
  tell(node);
}
function tell(node) {
  const line = byId("detail");
  if (!node) {
    line.textContent = "Click a frame to look inside it; arrow keys move, Enter opens.";
    line.className = "detail soft";
    return;
  }
  line.className = "detail";
  const site = data.sites[node.site];
  const [old, now] = [node.all[0][state.weight], node.all[1][state.weight]];
  const own = node.own[1][state.weight];
  const parts = [element("strong", "", site ? site.name : node.name)];
  let text = " " + shown(now) + ", " + (share(now, root.all[1][state.weight]) || "0 %");
  text += " of the run; itself " + shown(own);
  if (compared) text += "; before " + shown(old) + " (" + change(old, now) + ")";
  parts.push(element("span", "", text));
  if (site && place(site)) parts.push(element("span", "soft", " " + place(site)));
  line.replaceChildren(...parts);
}
const nodeOf = (box) => all[Number(box.dataset.node)];
flame.addEventListener("click", (event) => {
  const box = event.target.closest(".frame");
  if (!box) return;
  const node = nodeOf(box);
  zoomTo(node);
  const again = flame.querySelector('[data-node="' + node.index + '"]');
  if (again) again.focus();
});
for (const kind of ["mouseover", "focusin"]) {
  flame.addEventListener(kind, (event) => {
    const box = event.target.closest(".frame");
    if (box) tell(nodeOf(box));
  });
}
flame.addEventListener("keydown", (event) => {
  const box = event.target.closest(".frame");
  if (!box) return;
  const node = nodeOf(box);
  const beside = node.parent
    ? [...node.parent.children].sort((a, b) => value(b) - value(a)) : [node];
  const at = beside.indexOf(node);
  const largest = [...node.children].sort((a, b) => value(b) - value(a))[0];
  const to = {
    ArrowUp: node.parent, ArrowDown: largest, ArrowLeft: beside[at - 1], ArrowRight: beside[at + 1],
  }[event.key];
  if (event.key === "Escape") zoomTo(root);
  if (!to) return;
  event.preventDefault();
  const next = flame.querySelector('[data-node="' + to.index + '"]');
  if (next) next.focus();
});

// ---- the sites

const columns = [
  ["name", "site", "least"], ["calls", "calls", 0], ["bytes", "bytes", 1],
  ["self", "self", 2, "optional"], ["blocks", "blocks", 3], ["ownBlocks", "own blocks", 4, "optional"],
  ["reallocs", "reallocs", 5, "optional"], ["peak", "peak", 6], ["retained", "retained", 7, "optional"],
];
const isBytes = (index) => [1, 2, 6, 7].includes(index);
function figure(site, index, side) {
  const of = side === 0 ? site.old : site.new;
  return of ? of[index] : 0;
}
function key(site) {
  const column = columns.find(([name]) => name === state.sort) || columns[2];
  if (column[0] === "name") return site.name;
  return figure(site, column[2], 1);
}
const moved = (site) => Math.abs(figure(site, 2, 1) - figure(site, 2, 0));
function rows() {
  const found = data.sites.filter((site) => !state.needle
    || (site.name + " " + place(site)).toLowerCase().includes(state.needle));
  const way = state.up ? 1 : -1;
  found.sort((a, b) => {
    if (state.sort === "moved") return way * (moved(a) - moved(b));
    const [left, right] = [key(a), key(b)];
    return way * (left < right ? -1 : left > right ? 1 : 0);
  });
  return found;
}
function row(site) {
  const line = element("tr");
  const first = element("td");
  const name = element("button", "name", short(site.name));
  name.type = "button";
  name.title = "show in the flamegraph";
  name.addEventListener("click", () => search(site.name));
  first.append(name);
  if (compared && !site.old) first.append(element("small", "", " new"));
  if (compared && !site.new) first.append(element("small", "", " gone"));
  if (place(site)) first.append(element("small", "place", place(site)));
  line.append(first);
  for (const [, , index, optional] of columns.slice(1)) {
    const [old, now] = [figure(site, index, 0), figure(site, index, 1)];
    const show = isBytes(index) ? bytes : whole;
    const cell = element("td", optional, site.new ? show(now) : "-");
    if (compared && site.old && site.new && old !== now) {
      const tone = index === 0 ? "" : now > old ? " bad" : " good";
      cell.append(element("small", "was" + tone, change(old, now)));
    }
    line.append(cell);
  }
  return line;
}
function table() {
  const head = byId("sites").tHead.rows[0];
  head.replaceChildren(...columns.map(([name, title, , optional]) => {
    const cell = element("th", optional === "optional" ? "optional" : "");
    cell.scope = "col";
    const isKey = state.sort === name;
    if (isKey) cell.setAttribute("aria-sort", state.up ? "ascending" : "descending");
    const button = element("button", "", title + (isKey ? (state.up ? " ▲" : " ▼") : ""));
    button.type = "button";
    button.addEventListener("click", () => {
      state.up = state.sort === name ? !state.up : name === "name";
      state.sort = name;
      table();
      byId("sites").tHead.querySelector("[aria-sort] button").focus();
    });
    cell.append(button);
    return cell;
  }));
  const found = rows();
  byId("sites").tBodies[0].replaceChildren(...found.slice(0, state.rows).map(row));
  const total = found.length === data.sites.length ? "" : " of " + whole(data.sites.length);
  byId("count").textContent = whole(found.length) + total;
  byId("more").hidden = found.length <= state.rows;
}
byId("more").addEventListener("click", () => { state.rows += 1000; table(); });

// ---- the rest of the page

function totals() {
  const names = [["bytes", "Bytes allocated"], ["allocs", "Blocks"], ["reallocs", "Reallocations"],
    ["peak", "Highest peak"], ["retained", "Still live"]];
  byId("totals").replaceChildren(...names.map(([name, title]) => {
    const box = element("div");
    const show = ["allocs", "reallocs"].includes(name) ? whole : bytes;
    const now = data.after.totals[name];
    const cell = element("dd", "", show(now));
    if (compared) {
      const old = data.before.totals[name];
      const tone = now > old ? "bad" : now < old ? "good" : "";
      const was = element("small", "", "before " + show(old) + ", ");
      was.append(element("span", tone, change(old, now)));
      cell.append(was);
    }
    box.append(element("dt", "", title), cell);
    return box;
  }));
}
function findings() {
  if (!data.findings.length) return;
  byId("findings-part").hidden = false;
  byId("findings-count").textContent = whole(data.findings.length);
  byId("findings").replaceChildren(...data.findings.map((found) => {
    const box = element("details", "finding");
    const title = rich("summary", "", found.title);
    title.append(element("small", "place", found.code + " " + place(found)));
    box.append(title);
    if (found.help) box.append(rich("p", "", found.help));
    if (found.edit) box.append(element("pre", "", found.edit));
    return box;
  }));
}
function search(text) {
  byId("search").value = text;
  state.needle = text.trim().toLowerCase();
  draw();
  table();
}
let waiting = 0;
byId("search").addEventListener("input", (event) => {
  clearTimeout(waiting);
  waiting = setTimeout(() => search(event.target.value), 80);
});
for (const radio of document.querySelectorAll("input[name=weight]")) {
  radio.addEventListener("change", () => { state.weight = Number(radio.value); draw(); tell(null); });
}
byId("slider").addEventListener("input", (event) => {
  state.at = Number(event.target.value) / 100;
  draw();
});
let size = 0;
new ResizeObserver(() => {
  if (flame.clientWidth !== size) { size = flame.clientWidth; draw(); }
}).observe(flame);

byId("names").textContent = compared
  ? data.before.name + " → " + data.after.name : data.after.name;
if (data.after.notice) {
  byId("notice").hidden = false;
  byId("notice").textContent = data.after.notice;
}
byId("slide").hidden = !compared;
const legend = ["Bytes and blocks are exact and include inner sites; self and own are without them."];
if (prefix) legend.push("Names are below " + prefix.slice(0, -2) + ".");
if (compared) legend.push("Red frames grew, blue ones shrank; a deeper colour is more than a quarter.");
if (data.cut) legend.push("Left out: " + counted(data.cut, "site") + ".");
byId("legend").textContent = legend.join(" ");
state.sort = compared ? "moved" : "bytes";
totals();
findings();
table();
tell(null);
draw();
