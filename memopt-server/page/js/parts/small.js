// Small things: badges, tiles with a number, meters, definitions, places in the source.

import { h, s } from '../core/dom.js';
import { bytes, count, exact, NONE, isNumber } from '../core/format.js';
import { term } from '../core/terms.js';
import { explain, hint } from './hint.js';

/** @typedef {import('../core/dom.js').Child} Child */
/** @typedef {'bad' | 'warn' | 'good' | 'note' | 'plain'} Tone */

/** @param {string | null | undefined} severity @returns {Tone} */
export function tone(severity) {
  switch (severity) {
    case 'critical':
    case 'firing':
    case 'failed':
    case 'leak':
      return 'bad';
    case 'warning':
    case 'high':
    case 'medium':
    case 'pending':
    case 'degraded':
    case 'reverted':
    case 'bloat':
      return 'warn';
    case 'ok':
    case 'low':
    case 'none':
    case 'adopted':
    case 'done':
    case 'active':
    case 'resolved':
      return 'good';
    case 'info':
    case 'note':
    case 'tried':
    case 'proposed':
    case 'retention':
      return 'note';
    default:
      return 'plain';
  }
}

/**
 * A sentence of the program, with what stands in backticks as code.
 *
 * @param {string | null | undefined} text
 * @returns {Child[]}
 */
export function prose(text) {
  return (text ?? '').split('`').map((part, i) => (i % 2 ? h('code', null, part) : part));
}

/** A word with a colour that only repeats it. @param {string} text @param {Tone} [kind] */
export function badge(text, kind = tone(text)) {
  return h('span', { class: `badge is-${kind}` }, text);
}

/**
 * A number with its name, unit and definition.
 *
 * @param {{ label: string, value: string, hint?: string, note?: Child, kind?: Tone,
 *   href?: string }} of
 */
export function tile({ label, value, hint: about, note, kind, href }) {
  return h(
    'div',
    { class: `tile ${kind && kind !== 'plain' ? `is-${kind}` : ''}` },
    h(
      'div',
      { class: 'tile-label' },
      href ? h('a', { href, 'data-key': `tile ${label}` }, label) : label,
      hint(about ?? term(label), label),
    ),
    h('div', { class: 'tile-value num' }, value),
    h('div', { class: 'tile-note' }, note ?? '\u00a0'),
  );
}

/**
 * A share as a bar. The text beside it says the same.
 *
 * @param {number | null | undefined} share 0 to 1 @param {Tone} [kind]
 */
export function meter(share, kind = 'plain') {
  const width = isNumber(share) ? Math.max(0, Math.min(1, share)) * 100 : 0;
  return s(
    'svg',
    {
      class: `meter is-${kind}`,
      viewBox: '0 0 100 6',
      preserveAspectRatio: 'none',
      'aria-hidden': 'true',
    },
    s('rect', { class: 'meter-back', width: 100, height: 6 }),
    s('rect', { class: 'meter-fill', width: width.toFixed(1), height: 6 }),
  );
}

/**
 * A histogram in a line: what lies between `low` and `high`, so many times.
 *
 * @param {import('../core/types.js').Bucket[] | null | undefined} buckets
 * @param {(x: number) => string} [show]
 */
export function bars(buckets, show = bytes) {
  if (!buckets?.length) return h('span', { class: 'muted' }, NONE);
  const width = 96;
  const top = Math.max(...buckets.map((bucket) => bucket[2]));
  const step = Math.min(10, width / buckets.length);
  const first = buckets[0][0];
  const last = buckets[buckets.length - 1][1];
  const calls = buckets.reduce((sum, bucket) => sum + bucket[2], 0);
  const label = `${exact(calls)} call${calls === 1 ? '' : 's'}, ${show(first)} to ${show(last)}`;
  const most = buckets.reduce((a, b) => (b[2] > a[2] ? b : a));
  const svg = s(
    'svg',
    {
      class: 'bars',
      width,
      height: 18,
      role: 'img',
      'aria-label': `${label}; most between ${show(most[0])} and ${show(most[1])}`,
    },
    buckets.map((bucket, i) => {
      const height = Math.max(1, (bucket[2] / top) * 17);
      return s('rect', { x: i * step, y: 18 - height, width: Math.max(1, step - 1), height });
    }),
  );
  explain(/** @type {any} */ (svg), () => label);
  return svg;
}

/**
 * A list of names with values.
 *
 * @param {([string, Child | Child[], string?] | null | false)[]} rows
 */
export function facts(rows) {
  return h(
    'dl',
    { class: 'facts' },
    rows
      .filter((row) => !!row)
      .map((row) =>
        h(
          'div',
          null,
          h('dt', null, row[0], hint(row[2] ?? term(row[0]), row[0])),
          h('dd', { class: 'num' }, row[1]),
        ),
      ),
  );
}

/**
 * `src/main.rs:7`.
 *
 * @param {string | null | undefined} file @param {number | null | undefined} line
 */
export function place(file, line) {
  return file ? h('code', { class: 'place' }, `${file}${line ? `:${line}` : ''}`) : null;
}

/**
 * A site's name: what it is in front, where it is in grey behind.
 *
 * @param {string | null | undefined} name @param {string} [id] the site's, to make it a link
 */
export function siteName(name, id) {
  if (!name) return h('span', { class: 'muted' }, 'outside of sites');
  const at = name.lastIndexOf('::');
  const text = [
    at > 0 && h('span', { class: 'path' }, breakable(name.slice(0, at + 2))),
    h('span', { class: 'leaf' }, at > 0 ? name.slice(at + 2) : name),
  ];
  return id
    ? h(
        'a',
        { class: 'site', href: `#/sites/${encodeURIComponent(id)}`, 'data-key': `site ${id}` },
        ...text,
      )
    : h('span', { class: 'site' }, ...text);
}

/** A path that may be broken after each `::`. @param {string} path @returns {Child[]} */
function breakable(path) {
  return path.split(/(?<=::)/).flatMap((part) => [part, h('wbr')]);
}

/** Opens the list of sites with this name. @param {string | null | undefined} name */
export function siteLink(name) {
  if (!name) return null;
  const link = siteName(name);
  return h(
    'a',
    { class: 'site', href: `#/sites?q=${encodeURIComponent(name)}`, 'data-key': `site ${name}` },
    ...link.childNodes,
  );
}

/**
 * What to type, line by line, with a button that copies it.
 *
 * @param {import('../core/types.js').Edit} edit
 */
export function editBox(edit) {
  const copy = h(
    'button',
    { type: 'button', class: 'quiet', 'data-key': `copy ${edit.file} ${edit.line}` },
    'Copy',
  );
  copy.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(edit.after);
      copy.textContent = 'Copied';
    } catch {
      getSelection()?.selectAllChildren(after);
      copy.textContent = 'Selected: press Ctrl+C';
    }
    setTimeout(() => {
      copy.textContent = 'Copy';
    }, 2500);
  });
  const after = h('code', null, edit.after);
  return h(
    'figure',
    { class: 'edit' },
    h(
      'figcaption',
      null,
      place(edit.file, edit.line),
      edit.saving_ratio < 1 && ` alone saves about ${Math.round(100 * edit.saving_ratio)} % of it`,
      h('span', { class: 'grow' }),
      copy,
    ),
    h(
      'div',
      { class: 'code', tabindex: '0', role: 'region', 'aria-label': `Edit in ${edit.file}` },
      edit.before
        ? h(
            'pre',
            { class: 'del' },
            h('span', { class: 'unseen' }, 'before: '),
            h('code', null, edit.before),
          )
        : null,
      h('pre', { class: 'ins' }, h('span', { class: 'unseen' }, 'after: '), after),
    ),
  );
}

/**
 * Buttons of which one is chosen.
 *
 * @template {string} T
 * @param {string} label @param {[T, string][]} choices @param {T} chosen
 * @param {(value: T) => void} go
 */
export function choice(label, choices, chosen, go) {
  const group = h('div', { class: 'choice', role: 'group', 'aria-label': label });
  for (const [value, text] of choices) {
    group.append(
      h(
        'button',
        {
          type: 'button',
          'aria-pressed': String(value === chosen),
          onclick: (/** @type {Event} */ event) => {
            for (const other of group.children)
              other.setAttribute('aria-pressed', String(other === event.currentTarget));
            go(value);
          },
        },
        text,
      ),
    );
  }
  return group;
}

/** @param {unknown} n @param {string} noun */
export const plural = (n, noun) => `${count(n)} ${noun}${n === 1 ? '' : 's'}`;
