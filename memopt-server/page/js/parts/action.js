// A step of the optimizer: what was tried where, predicted against measured.

import { h } from '../core/dom.js';
import { isNumber, moment, NONE, ratio } from '../core/format.js';
import { badge, editBox, meter, prose, siteLink } from './small.js';

/**
 * @param {string} label @param {number | null | undefined} share
 * @param {import('./small.js').Tone} kind @param {string} [more]
 */
function bar(label, share, kind, more = '') {
  return [
    h('span', { class: 'muted' }, label),
    meter(share, kind),
    h('span', { class: 'num' }, isNumber(share) ? ratio(share) : NONE, more),
  ];
}

/**
 * Predicted and measured time of a call, as shares of an untreated one.
 *
 * @param {import('../core/types.js').Action} action
 */
export function comparison(action) {
  const measured = action.measured;
  if (!isNumber(action.predicted_time_ratio) && !measured) return null;
  const better =
    measured?.time_ratio !== null && measured?.time_ratio !== undefined && measured.time_ratio < 1;
  return h(
    'div',
    { class: 'pair', title: 'Time of a treated call, as a share of an untreated one' },
    isNumber(action.predicted_time_ratio)
      ? bar('predicted', action.predicted_time_ratio, 'plain')
      : null,
    measured ? bar('measured', measured.time_ratio, better ? 'good' : 'bad') : null,
  );
}

/** @param {import('../core/types.js').Action} action */
export function actionRow(action) {
  const measured = action.measured;
  return h(
    'div',
    { class: 'row' },
    h(
      'div',
      { class: 'row-head' },
      badge(action.step),
      h('span', { class: 'row-title' }, action.remedy ?? action.routing ?? 'plain'),
      siteLink(action.site),
      action.dry_run && badge('dry run', 'plain'),
      h('span', { class: 'row-side num' }, action.at_ms ? moment(action.at_ms) : ''),
    ),
    h('p', { class: 'row-text' }, prose(action.evidence)),
    comparison(action),
    measured &&
      h(
        'p',
        { class: 'row-text num' },
        `${measured.treated} treated against ${measured.untreated} untreated calls`,
        isNumber(measured.low)
          ? `, time between ${ratio(measured.low)} and ${ratio(measured.high)}`
          : '',
        isNumber(measured.peak_ratio) ? `, peak ${ratio(measured.peak_ratio)}` : '',
      ),
    action.edit && editBox(action.edit),
  );
}
