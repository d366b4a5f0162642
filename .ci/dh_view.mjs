// Opens a DHAT file in valgrind's own viewer and holds the totals it works out against ours. No
// browser: the page is a tree of plain objects, which takes what the viewer puts on it.
//
//     node .ci/dh_view.mjs <dh_view.js> <heap.dhat.json> <totals.txt>
import { readFileSync } from "node:fs";
import vm from "node:vm";

const [viewer, file, totals] = process.argv.slice(2);

class Element {
  childNodes = [];
  className = "";
  textContent = "";
  selectedIndex = 0;

  appendChild(child) {
    child.parentNode = this;
    this.childNodes.push(child);
  }

  replaceChild(child, old) {
    child.parentNode = this;
    this.childNodes[this.childNodes.indexOf(old)] = child;
  }

  cloneNode() {
    return Object.assign(new Element(), { className: this.className });
  }

  text() {
    return this.textContent + this.childNodes.map((child) => child.text()).join("");
  }
}

const body = new Element();
const document = {
  body,
  location: { search: "" },
  createElement: () => new Element(),
  createTextNode: (text) => Object.assign(new Element(), { textContent: text }),
};

// What a person does: open the page, choose the file, look at it in each order that the viewer
// offers for it.
const look = `
  onLoad();
  gFilename = "heap.dhat.json";
  gData = JSON.parse(text);
  buildTree();
  for (let [i, option] of gSelect.childNodes.entries()) {
    if (!option.disabled) {
      gSelect.selectedIndex = i;
      displayTree();
      shown.push(document.body.text());
    }
  }
  ({ alloc_space: gRoot._totalBytes, alloc_objects: gRoot._totalBlocks,
     inuse_space: gRoot._atTEndBytes, inuse_objects: gRoot._atTEndBlocks });`;
const shown = [];
const text = readFileSync(file, "utf8");
const page = { document, performance, URLSearchParams, Intl, text, shown };
const found = vm.runInNewContext(readFileSync(viewer, "utf8") + look, page);

const wanted = readFileSync(totals, "utf8").trim().split("\n").map((line) => line.split(" "));
for (const [quantity, total] of wanted) {
  if (found[quantity] !== Number(total)) {
    const has = `the viewer has ${found[quantity]} for ${quantity} of ${file}`;
    throw new Error(`${has}, it should be ${total}`);
  }
}
const isShown = (text) => text.includes("Invocation {") && text.includes("PP 1");
if (wanted.length !== 4 || shown.length < 5 || !shown.every(isShown)) {
  throw new Error(`the viewer shows nothing of ${file}`);
}
