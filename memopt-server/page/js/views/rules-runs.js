// A run of a collection rule: why it acted, what it did, and whether that helped.

import { h } from '../core/dom.js';
import { bytes, isNumber, moment, ratio, seconds, words } from '../core/format.js';
import { badge, prose } from '../parts/small.js';

/**
 * @typedef {object} Effect
 * @property {string} metric
 * @property {number} before
 * @property {number} expected
 * @property {number | null} after
 * @property {string} verdict
 */

/** @param {any} run */
export function runRow(run) {
  const failed = run.actions.some((/** @type {any} */ action) => action.error);
  const state = run.ended_ms === null ? 'running' : failed ? 'failed' : 'done';
  return h(
    'div',
    { class: 'row' },
    h(
      'div',
      { class: 'row-head' },
      badge(state),
      h('span', { class: 'row-title' }, run.rule),
      h('span', { class: 'muted' }, run.mode),
      h('span', { class: 'row-side num' }, moment(run.began_ms)),
    ),
    h('p', { class: 'row-text' }, prose(run.why)),
    h(
      'ul',
      null,
      run.actions.map((/** @type {any} */ action) => h('li', null, actionText(action))),
    ),
    run.ending && h('p', { class: 'row-text' }, prose(run.ending)),
  );
}

/** @param {any} action */
function actionText(action) {
  const result = Object.entries(action.result ?? {}).map(([name, text]) => `${name} ${text}`);
  return [
    h('b', null, action.name || action.action),
    action.name && action.name !== action.action ? ` (${action.action})` : '',
    `: ${action.error ?? (result.join(', ') || 'done')}`,
    h(
      'span',
      { class: 'num' },
      `, ${seconds(action.took_ms / 1000)}`,
      action.bytes ? `, ${bytes(action.bytes)}` : '',
    ),
    action.effect && effectText(action.effect),
    action.taken_back &&
      h(
        'span',
        null,
        ' ',
        badge(action.taken_back === 'yes' ? 'taken back' : 'not taken back', 'warn'),
        action.taken_back === 'yes' ? '' : ` ${action.taken_back}`,
      ),
  ];
}

/** Against what would have been, had it gone on as before. @param {Effect} effect */
function effectText(effect) {
  const known = isNumber(effect.after) && effect.expected > 0;
  const share = known ? /** @type {number} */ (effect.after) / effect.expected - 1 : 0;
  const way = share < 0 ? 'below' : 'above';
  const tone = { better: 'good', worse: 'bad' }[effect.verdict] ?? 'plain';
  return h(
    'span',
    { class: 'num' },
    '; ',
    badge(effect.verdict, /** @type {'good'} */ (tone)),
    ` ${words(effect.metric)} `,
    known ? `is ${ratio(Math.abs(share))} ${way} what was expected` : 'is still measured',
  );
}
