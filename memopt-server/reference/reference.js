// @ts-check
// Shows the description of the API. Nothing but elements and text is made, so that nothing of the
// description is read as markup.

/** @typedef {Record<string, any>} Json */

/**
 * @param {string} name
 * @param {Record<string, string>} attributes
 * @param {(Node | string)[]} inside
 */
function element(name, attributes = {}, ...inside) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...inside);
  return made;
}

/**
 * A text, with what stands in backticks as code.
 * @param {string | undefined} text
 */
function prose(text) {
  return (text ?? "").split("`").map((part, n) => (n % 2 ? element("code", {}, part) : part));
}

/**
 * The name of a type as people write it.
 * @param {Json | undefined} schema
 * @returns {string}
 */
function type(schema) {
  if (!schema) return "";
  if (schema.$ref) return String(schema.$ref).split("/").pop() ?? "";
  if (schema.enum) return schema.enum.join(" | ");
  const parts = schema.oneOf ?? schema.anyOf;
  if (parts) return parts.map(type).join(" | ");
  if (schema.allOf) return schema.allOf.map(type).join(" and ");
  if (schema.type === "array") return `[${type(schema.items) || ".."}]`;
  return [schema.type ?? "object"].flat().join(" | ");
}

/**
 * Members of a schema, those of its parts included.
 * @param {Json} all
 * @param {Json | undefined} schema
 * @param {number} depth
 * @returns {[string, Json][]}
 */
function members(all, schema, depth = 0) {
  if (!schema || depth > 6) return [];
  if (schema.$ref) {
    const name = String(schema.$ref).split("/").pop() ?? "";
    return members(all, all[name], depth + 1);
  }
  const parts = (schema.allOf ?? []).flatMap((/** @type {Json} */ part) => members(all, part, depth + 1));
  return [...parts, ...Object.entries(schema.properties ?? {})];
}

/**
 * @param {string} title
 * @param {[string, string, string][]} rows
 */
function table(title, rows) {
  if (!rows.length) return "";
  const body = element("tbody");
  for (const [name, kind, what] of rows) {
    body.append(element("tr", {}, element("th", { scope: "row" }, element("code", {}, name)),
      element("td", {}, kind), element("td", {}, ...prose(what))));
  }
  return element("table", {}, element("caption", {}, title), body);
}

/**
 * @param {Json} all
 * @param {string} path
 * @param {string} method
 * @param {Json} route
 */
function entry(all, path, method, route) {
  const name = path.replace(/^\//, "");
  const summary = element("summary", {}, element("span", { class: "method" }, method.toUpperCase()),
    element("code", {}, name), element("span", { class: "what" }, ...prose(route.summary)));
  const body = element("div", { class: "body" });
  if (route.description) body.append(element("p", {}, ...prose(route.description)));
  body.append(table("Parameters", (route.parameters ?? []).map((/** @type {Json} */ it) =>
    [it.name, `${type(it.schema)}${it.required ? "" : ", optional"}`, it.description ?? ""])));
  const [sent, content] = Object.entries(route.requestBody?.content ?? {})[0] ?? [];
  if (content) {
    const rows = members(all, content.schema);
    body.append(table(`Body, ${sent}`, rows.map(([key, it]) => [key, type(it), it.description ?? ""])));
  }
  for (const [status, answer] of Object.entries(route.responses ?? {})) {
    const [kind, given] = Object.entries(answer.content ?? {})[0] ?? ["", undefined];
    const rows = status < "300" ? members(all, given?.schema) : [];
    const title = `${status} ${kind} ${answer.description ?? ""}`;
    body.append(rows.length
      ? table(title, rows.map(([key, it]) => [key, type(it), it.description ?? ""]))
      : element("p", {}, title));
  }
  return element("details", { id: `${method}-${name}`, "data-text": `${name} ${route.summary ?? ""}`.toLowerCase() },
    summary, body);
}

/** @param {Json} description */
function show(description) {
  const routes = /** @type {HTMLElement} */ (document.getElementById("routes"));
  const about = /** @type {HTMLElement} */ (document.getElementById("about"));
  about.replaceChildren(...prose(`${description.info.description} Version ${description.info.version}.`));
  const all = description.components?.schemas ?? {};
  /** @type {Map<string, HTMLElement[]>} */
  const tags = new Map();
  for (const [path, item] of Object.entries(description.paths)) {
    for (const [method, route] of Object.entries(/** @type {Json} */ (item))) {
      const tag = route.tags?.[0] ?? "other";
      tags.set(tag, [...(tags.get(tag) ?? []), entry(all, path, method, route)]);
    }
  }
  routes.replaceChildren();
  for (const [tag, entries] of tags) routes.append(element("section", {}, element("h2", {}, tag), ...entries));
  const find = /** @type {HTMLInputElement} */ (document.getElementById("find"));
  find.addEventListener("input", () => {
    const text = find.value.toLowerCase();
    for (const one of routes.querySelectorAll("details")) {
      one.hidden = !(one.dataset.text ?? "").includes(text);
    }
    for (const section of routes.querySelectorAll("section")) {
      section.hidden = !section.querySelector("details:not([hidden])");
    }
  });
}

try {
  const answer = await fetch("openapi.json");
  if (!answer.ok) throw new Error(`${answer.status} ${answer.statusText}`);
  show(await answer.json());
} catch (error) {
  const routes = /** @type {HTMLElement} */ (document.getElementById("routes"));
  routes.textContent = `The description cannot be read: ${error}`;
}
