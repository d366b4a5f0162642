// A flamegraph as flat arrays: what lies where. Knows no elements.

/** @typedef {import('../core/types.js').Frame} Frame */

/**
 * @typedef {object} Layout
 * @property {Frame[]} frames in the order of the tree
 * @property {Int32Array} depth
 * @property {Int32Array} parent
 * @property {Float64Array} start from 0 to `total`
 * @property {Float64Array} size
 * @property {number} total
 */

/**
 * Lays a tree out. Children stand by weight, the largest first.
 *
 * @param {Frame} root
 * @returns {Layout}
 */
export function layout(root) {
  /** @type {Frame[]} */
  const frames = [];
  /** @type {number[]} */ const depth = [];
  /** @type {number[]} */ const parent = [];
  /** @type {number[]} */ const start = [];
  // A stack of its own: trees may be deeper than a recursion.
  /** @type {[Frame, number, number, number][]} */
  const todo = [[root, 0, -1, 0]];
  while (todo.length > 0) {
    const [frame, level, above, at] = /** @type {[Frame, number, number, number]} */ (todo.pop());
    const own = frames.length;
    frames.push(frame);
    depth.push(level);
    parent.push(above);
    start.push(at);
    const children = [...frame.children].sort((a, b) => b.total - a.total);
    let x = at;
    /** @type {[Frame, number, number, number][]} */
    const below = [];
    for (const child of children) {
      below.push([child, level + 1, own, x]);
      x += child.total;
    }
    for (let i = below.length - 1; i >= 0; i--) todo.push(below[i]);
  }
  return {
    frames,
    total: root.total,
    depth: Int32Array.from(depth),
    parent: Int32Array.from(parent),
    start: Float64Array.from(start),
    size: Float64Array.from(frames, (frame) => frame.total),
  };
}

/**
 * The share of the whole that frames found by a text hold; nested ones count once.
 *
 * @param {Layout} all @param {string} text
 * @returns {{ hits: Uint8Array, count: number, share: number } | null}
 */
export function search(all, text) {
  const wanted = text.trim().toLowerCase();
  if (!wanted) return null;
  const hits = new Uint8Array(all.frames.length);
  const under = new Uint8Array(all.frames.length);
  let found = 0;
  let held = 0;
  all.frames.forEach((frame, i) => {
    const above = all.parent[i];
    under[i] = above >= 0 && (under[above] || hits[above]) ? 1 : 0;
    if (
      !frame.name.toLowerCase().includes(wanted) &&
      !(frame.file ?? '').toLowerCase().includes(wanted)
    )
      return;
    hits[i] = 1;
    found += 1;
    if (!under[i]) held += all.size[i];
  });
  return { hits, count: found, share: all.total > 0 ? held / all.total : 0 };
}

/**
 * The frame at a place.
 *
 * @param {Layout} all @param {number} level @param {number} at in units of weight
 */
export function frameAt(all, level, at) {
  for (let i = 0; i < all.frames.length; i++) {
    if (all.depth[i] === level && all.start[i] <= at && at < all.start[i] + all.size[i]) return i;
  }
  return -1;
}

/** A stable number of a text, 0 to 1. @param {string} text */
export function hash(text) {
  let h = 2166136261;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 16777619);
  return ((h >>> 0) % 1000) / 1000;
}

/**
 * Frames that only drive the program's own: executors, servers, the start of threads, unwinding,
 * and the hook that counts.
 */
const DRIVERS = new RegExp(
  '^(memopt_runtime|__rustc|tokio|mio|hyper|hyper_util|axum|axum_core|futures_\\w+|' +
    'tower|tower_http|tower_service)::|' +
    '^(std|core)::(rt|thread|sys|sys_common|panic|panicking|ops|pin|future|task)::|' +
    '^(__rust_try|_start|main|clone3?|__clone3?|start_thread|__libc_start\\w*|std)$',
);

/**
 * Whether a frame only drives others. Of `<A as B>::f` the crate of `A` counts.
 *
 * @param {Frame} frame
 */
export function isDriver(frame) {
  return frame.kind === 'function' && DRIVERS.test(frame.name.replace(/^(<|&|mut |impl )+/, ''));
}

/**
 * The tree without some frames: what they hold and call is their caller's. Frames that become
 * neighbours of the same name are one.
 *
 * @param {Frame} root @param {(frame: Frame) => boolean} isHidden
 * @returns {{ root: Frame, hidden: number }}
 */
export function without(root, isHidden) {
  let hidden = 0;
  const copy = (/** @type {Frame} */ frame) => {
    const own = { ...frame, children: /** @type {Frame[]} */ ([]) };
    /** @type {Map<string, Frame[]>} */
    const groups = new Map();
    const todo = [...frame.children];
    for (let child = todo.pop(); child; child = todo.pop()) {
      if (isHidden(child)) {
        hidden += 1;
        own.self += child.self;
        if (own.base_self !== undefined)
          own.base_self = (own.base_self ?? 0) + (child.base_self ?? 0);
        todo.push(...child.children);
      } else {
        const key = `${child.kind} ${child.name}`;
        groups.set(key, [...(groups.get(key) ?? []), child]);
      }
    }
    for (const same of groups.values())
      own.children.push(copy(same.length > 1 ? merged(same) : same[0]));
    return own;
  };
  return { root: copy(root), hidden };
}

/** @param {Frame[]} frames @returns {Frame} */
function merged(frames) {
  const sum = (/** @type {(frame: Frame) => number | null | undefined} */ of) =>
    frames.reduce((total, frame) => total + (of(frame) ?? 0), 0);
  const compared = frames[0].base_total !== undefined;
  return {
    ...frames[0],
    self: sum((frame) => frame.self),
    total: sum((frame) => frame.total),
    ...(compared
      ? { base_self: sum((frame) => frame.base_self), base_total: sum((frame) => frame.base_total) }
      : {}),
    children: frames.flatMap((frame) => frame.children),
  };
}
