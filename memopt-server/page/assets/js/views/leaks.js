/** @param {import('../core/context.js').Context} context */
export function open(context) { return document.createTextNode(context.path.join()); }
