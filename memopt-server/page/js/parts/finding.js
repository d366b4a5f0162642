// A finding and a leak as rows: what, how much, why, and the edit to copy.

import { h } from '../core/dom.js';
import { bytes, counted, NONE, ratio, seconds, value } from '../core/format.js';
import { badge, editBox, place, prose, siteLink } from './small.js';

/** What a finding would save, in words. @param {Record<string, number | null>} saving */
export function savingText(saving) {
  const parts = [
    saving.bytes && `${bytes(saving.bytes)} allocated`,
    saving.blocks && counted(saving.blocks, 'block'),
    saving.peak_bytes && `${bytes(saving.peak_bytes)} of peak`,
    saving.retained_bytes && `${bytes(saving.retained_bytes)} retained`,
    saving.copied_bytes && `${bytes(saving.copied_bytes)} copied`,
    saving.cpu_ratio && `${ratio(saving.cpu_ratio)} CPU`,
  ].filter(Boolean);
  return parts.slice(0, 2).join(', ');
}

/** @param {import('../core/types.js').Finding} finding */
export function findingRow(finding) {
  const saves = savingText(finding.saving);
  return h(
    'div',
    { class: 'row' },
    h(
      'div',
      { class: 'row-head' },
      badge(finding.severity === 'warning' ? 'warning' : 'note'),
      h('span', { class: 'row-title' }, prose(finding.title)),
      h('code', { class: 'muted' }, finding.code),
      h('span', { class: 'row-side num' }, saves && `saves ${saves}`),
    ),
    h('p', null, siteLink(finding.site), ' ', place(finding.file, finding.line)),
    finding.evidence.length > 0 &&
      h(
        'ul',
        null,
        finding.evidence.map((text) => h('li', null, prose(text))),
      ),
    finding.help && h('p', { class: 'help' }, prose(finding.help)),
    finding.edit && editBox(finding.edit),
  );
}

/** @param {any} leak */
export function leakRow(leak) {
  const low = leak.bytes_per_second_low;
  const high = leak.bytes_per_second_high;
  return h(
    'div',
    { class: 'row' },
    h(
      'div',
      { class: 'row-head' },
      badge(leak.kind),
      h('span', { class: 'row-title' }, prose(leak.title)),
      h(
        'span',
        { class: 'row-side num' },
        leak.confidence_ratio === null || leak.confidence_ratio === undefined
          ? ''
          : `confidence ${ratio(leak.confidence_ratio)}`,
      ),
    ),
    h('p', null, siteLink(leak.site), ' ', place(leak.file, leak.line)),
    h(
      'p',
      { class: 'num' },
      h('b', null, `${value(leak.bytes_per_second, 'bytes_per_second')}`),
      low !== null && low !== undefined
        ? h('span', { class: 'muted' }, ` (${bytes(low)} to ${bytes(high)})`)
        : null,
      h(
        'span',
        { class: 'muted' },
        ` · ${bytes(leak.live_bytes)} live in ${counted(leak.live_blocks, 'block')}`,
      ),
      leak.bytes_per_call
        ? h('span', { class: 'muted' }, ` · ${bytes(leak.bytes_per_call)} a call`)
        : null,
      leak.seconds_to_limit !== null && leak.seconds_to_limit !== undefined
        ? h('span', { class: 'text-bad' }, ` · limit in ${seconds(leak.seconds_to_limit)}`)
        : null,
    ),
    leak.evidence?.length > 0 &&
      h(
        'ul',
        null,
        leak.evidence.map((/** @type {string} */ text) => h('li', null, prose(text))),
      ),
    leak.help && h('p', { class: 'help' }, prose(leak.help)),
    leak.stack?.length > 0 &&
      h(
        'details',
        null,
        h('summary', { 'data-key': `stack ${leak.site}` }, 'Where it is allocated'),
        h('pre', { class: 'text' }, leak.stack.join('\n')),
      ),
    leak.bytes_per_second === null ? h('p', { class: 'muted' }, `rate ${NONE}`) : null,
  );
}
