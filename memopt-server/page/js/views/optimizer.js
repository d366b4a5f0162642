// Remedies at run time: what was proposed, tried, adopted and taken back, predicted and measured.

import { get, send } from '../core/api.js';
import { h } from '../core/dom.js';
import { isNumber, moment, NONE, ratio } from '../core/format.js';
import { health, may } from '../core/state.js';
import { actionRow, comparison } from '../parts/action.js';
import { attempt, empty } from '../parts/notice.js';
import { Panel } from '../parts/panel.js';
import { badge, choice, editBox, siteLink } from '../parts/small.js';
import { Table } from '../parts/table.js';

/** @typedef {import('../core/context.js').Context} Context */
/** @typedef {import('../core/types.js').Action} Action */

const MODES = /** @type {Record<string, string>} */ ({
  off: 'It looks at nothing.',
  suggest: 'It proposes remedies and changes nothing.',
  apply: 'It tries remedies on part of the calls, measures, and keeps what helps.',
});

/** @param {Context} context */
export function open(context) {
  const log = new Panel('Log', { kind: 'flush', hint: 'Every step, the newest first.' });
  log.follow(context, {
    every: 5000,
    load: (signal) => get('optimizer/log', { limit: 50 }, signal),
    show: (list) =>
      list.items.length
        ? h('div', { class: 'rows' }, list.items.map(actionRow))
        : empty('No step was taken yet', 'A site is looked at after some hundred calls.'),
  });
  return h('div', { class: 'stack' }, sites(context, log), log.element);
}

/** @param {Context} context @param {Panel} log */
function sites(context, log) {
  const panel = new Panel('Sites', { kind: 'flush', hint: 'The newest step of each site.' });
  const mode = h('p', { class: 'row muted' });
  const dry = h(
    'button',
    {
      type: 'button',
      onclick: () =>
        attempt(async () => {
          await send('POST', 'optimizer/tick', { dry_run: true });
          await Promise.all([panel.again(), log.again()]);
        }, 'Looked at all sites; nothing was changed'),
    },
    'Dry run',
  );
  const step = h(
    'button',
    {
      type: 'button',
      onclick: () =>
        attempt(async () => {
          await send('POST', 'optimizer/tick', { dry_run: false });
          await Promise.all([panel.again(), log.again()]);
        }, 'One step was taken'),
    },
    'Step now',
  );
  let written = '';
  const revert = (/** @type {Action} */ action) =>
    attempt(async () => {
      await send('POST', 'optimizer/revert', { site: action.site });
      await Promise.all([panel.again(), log.again()]);
    }, 'The remedy is taken back');
  const table = new Table(
    'Sites of the optimizer',
    [
      {
        key: 'site',
        title: 'Site',
        sort: true,
        value: (row) => row.site,
        cell: (row) => [
          siteLink(row.site),
          h('div', { class: 'muted small from-mid' }, row.evidence),
        ],
      },
      {
        key: 'remedy',
        title: 'Remedy',
        sort: true,
        value: (row) => row.remedy,
        cell: (row) => row.remedy ?? row.routing ?? NONE,
      },
      {
        key: 'step',
        title: 'Step',
        sort: true,
        value: (row) => row.step,
        cell: (row) => badge(row.step),
      },
      {
        key: 'time',
        title: 'Time of a call',
        hint:
          'Of a treated call, as a share of an untreated one: predicted before, measured ' +
          'after.',
        from: 'mid',
        value: (row) => row.measured?.time_ratio,
        cell: (row) => comparison(row) ?? NONE,
      },
      {
        key: 'peak',
        title: 'Peak',
        hint: 'Peak of treated calls, as a share of untreated ones.',
        num: true,
        from: 'mid',
        value: (row) => row.measured?.peak_ratio,
        cell: (row) => (isNumber(row.measured?.peak_ratio) ? ratio(row.measured.peak_ratio) : NONE),
      },
      {
        key: 'at',
        title: 'At',
        num: true,
        sort: true,
        value: (row) => row.at_ms,
        cell: (row) => moment(row.at_ms),
      },
      {
        key: 'act',
        title: '',
        cell: (row) =>
          (row.step === 'adopted' || row.step === 'tried') && may('operate')
            ? h(
                'button',
                {
                  type: 'button',
                  class: 'danger',
                  'data-key': `revert ${row.site}`,
                  onclick: () => void revert(row),
                },
                'Revert',
              )
            : row.edit
              ? h(
                  'details',
                  null,
                  h('summary', { 'data-key': `edit ${row.site}` }, 'The edit'),
                  editBox(row.edit),
                )
              : null,
      },
    ],
    { sort: 'at' },
  );
  panel.follow(context, {
    every: 5000,
    load: (signal) => get('optimizer', {}, signal),
    show(answer) {
      if (written !== answer.mode) {
        written = answer.mode;
        panel.tools.replaceChildren(
          ...[
            may('administer')
              ? choice(
                  'Mode',
                  [
                    ['off', 'Off'],
                    ['suggest', 'Suggest'],
                    ['apply', 'Apply'],
                  ],
                  answer.mode,
                  (to) =>
                    void attempt(
                      () => send('POST', 'control/optimizer', { mode: to }),
                      `The optimizer is set to ${to}`,
                    ),
                )
              : badge(answer.mode, 'plain'),
            ...(may('operate') ? [dry, ...(answer.mode === 'apply' ? [step] : [])] : []),
          ],
        );
      }
      mode.textContent = MODES[answer.mode] ?? '';
      return [
        mode,
        answer.sites.length
          ? table.show(answer.sites)
          : empty(
              'No site was treated',
              health.value?.monitoring.is_counting === false
                ? 'Counting is off, so nothing can be judged.'
                : 'A remedy is proposed where its saving can be predicted.',
            ),
      ];
    },
  });
  return panel.element;
}
