// What is watched, what is done about it, and why a rule does or does not act.

import { get, send } from '../core/api.js';
import { h } from '../core/dom.js';
import { count, isNumber, moment, NONE } from '../core/format.js';
import { may } from '../core/state.js';
import { ask } from '../parts/dialog.js';
import { attempt, empty } from '../parts/notice.js';
import { Panel } from '../parts/panel.js';
import { badge, facts, prose, tone } from '../parts/small.js';
import { Table } from '../parts/table.js';
import { runRow } from './rules-runs.js';

/** @typedef {import('../core/context.js').Context} Context */
/** @typedef {import('../core/types.js').Rule} Rule */

/** @param {Context} context */
export function open(context) {
  return h('div', { class: 'stack' }, proposals(context), rules(context), runs(context), trial());
}

/** @param {Context} context */
function proposals(context) {
  const panel = new Panel('Proposals', {
    kind: 'flush',
    hint: 'What a rule would do and asks for first.',
  });
  const say = (/** @type {any} */ proposal, /** @type {string} */ what) =>
    ask(
      `${what === 'agree' ? 'Agree to' : 'Refuse'} ${proposal.rule}`,
      proposal.actions.join(', '),
      [{ name: 'by', label: 'Your name', required: true }],
      what === 'agree' ? 'Agree' : 'Refuse',
      async (values) => {
        await send('POST', `proposals/${encodeURIComponent(proposal.id)}/${what}`, values);
        await panel.again();
      },
    );
  panel.follow(context, {
    every: 3000,
    load: (signal) => get('proposals', {}, signal),
    show(list) {
      panel.element.hidden = list.items.length === 0;
      return h(
        'div',
        { class: 'rows' },
        list.items.map((/** @type {any} */ proposal) =>
          h(
            'div',
            { class: 'row' },
            h(
              'div',
              { class: 'row-head' },
              badge('proposed', 'note'),
              h('span', { class: 'row-title' }, proposal.actions.join(', ')),
              h('span', { class: 'row-side num' }, moment(proposal.made_ms)),
            ),
            h('p', { class: 'row-text' }, `${proposal.rule}: ${proposal.why}`),
            may('operate') &&
              h(
                'div',
                { class: 'row-tools' },
                h(
                  'button',
                  { type: 'button', class: 'main', onclick: () => say(proposal, 'agree') },
                  'Agree',
                ),
                h('button', { type: 'button', onclick: () => say(proposal, 'refuse') }, 'Refuse'),
              ),
          ),
        ),
      );
    },
  });
  return panel.element;
}

/** @param {Context} context */
function rules(context) {
  const table = new Table(
    'Rules',
    /** @type {import('../parts/table.js').Column<Rule>[]} */ ([
      {
        key: 'name',
        title: 'Rule',
        sort: true,
        value: (row) => row.name,
        cell: (row) => [
          h(
            'a',
            { href: `#/rules/${encodeURIComponent(row.name)}`, 'data-key': `rule ${row.name}` },
            row.name,
          ),
          h('div', { class: 'muted small' }, row.watch ?? ''),
        ],
      },
      {
        key: 'kind',
        title: 'Kind',
        sort: true,
        from: 'mid',
        value: (row) => row.kind,
        cell: (row) =>
          row.kind === 'alert' ? (row.severity ?? 'alert') : `collection, ${row.mode ?? ''}`,
      },
      {
        key: 'state',
        title: 'State',
        sort: true,
        value: (row) => row.state,
        cell: (row) =>
          badge(
            row.state ?? row.mode ?? 'unknown',
            row.state === 'inactive' ? 'plain' : tone(row.state),
          ),
      },
      {
        key: 'runs',
        title: 'Runs',
        hint: 'How often it acted, of how often it may.',
        num: true,
        from: 'mid',
        value: (row) => row.runs,
        cell: (row) =>
          isNumber(row.runs)
            ? `${count(row.runs)} of ${count(row.runs_limit)}`
            : isNumber(row.alerts) && row.alerts > 0
              ? `${count(row.alerts)} open`
              : NONE,
      },
      {
        key: 'why',
        title: 'Why, or why not',
        value: (row) => row.why,
        cell: (row) => h('span', { class: 'muted' }, prose(row.why)),
      },
    ]),
    { sort: 'state', order: 'asc' },
  );
  return new Panel('Rules', {
    kind: 'flush',
    hint: 'Alert rules tell people; collection rules take profiles or give memory back.',
  }).follow(context, {
    every: 3000,
    load: (signal) => get('rules', { limit: 500 }, signal),
    show: (list) =>
      list.items.length
        ? table.show(list.items)
        : empty(
            'There are no rules',
            'They stand in [[alerts.rules]] and [[rules]] of memopt.toml.',
          ),
  }).element;
}

/** @param {Context} context */
function runs(context) {
  return new Panel('Runs', {
    kind: 'flush',
    hint: 'What collection rules did, and whether it helped.',
  }).follow(context, {
    every: 5000,
    load: (signal) => get('runs', { limit: 50 }, signal),
    show: (list) =>
      list.items.length
        ? h('div', { class: 'rows' }, list.items.map(runRow))
        : empty('No rule has acted yet'),
  }).element;
}

/** A definition against the stored history. @param {string} [definition] */
function trial(definition = '') {
  const panel = new Panel('Try a rule', {
    hint: 'Runs one alert rule over the stored history, and changes nothing.',
  });
  const text = h('textarea', { 'aria-label': 'Definition of a rule in TOML', spellcheck: 'false' });
  text.value =
    definition ||
    '[[alerts.rules]]\nname = "Trial"\nmetric = "process.resident"\nabove = "500 ' +
      'MiB"\nfor = "1 min"\n';
  const from = h(
    'select',
    { 'aria-label': 'Range' },
    [
      ['1h', 'last hour'],
      ['24h', 'last 24 hours'],
      ['7d', 'last 7 days'],
    ].map(([value, label]) => h('option', { value }, label)),
  );
  const result = h('div', { role: 'status' });
  const run = h(
    'button',
    {
      type: 'button',
      class: 'main',
      onclick: () =>
        attempt(async () => {
          const told = await send('POST', 'rules/test', {
            definition: text.value,
            from: from.value,
          });
          result.replaceChildren(
            h(
              'p',
              { class: 'muted' },
              `${count(told.moments)} moments were ` +
                `judged${told.unknown ? `, ${count(told.unknown)} without a value` : ''}`,
            ),
            told.changes.length
              ? h(
                  'ul',
                  null,
                  told.changes.map((/** @type {any} */ at) =>
                    h(
                      'li',
                      null,
                      h('span', { class: 'num' }, moment(at.at_ms)),
                      ` ${at.to}: ${at.why} `,
                      h('span', { class: 'muted' }, at.subject ?? ''),
                    ),
                  ),
                )
              : h('p', null, 'It would not have fired.'),
          );
        }, ''),
    },
    'Try it',
  );
  panel.fill(
    may('operate')
      ? [text, h('div', { class: 'toolbar' }, from, run), result]
      : empty('Your role does not allow this'),
  );
  return panel.element;
}

/** One rule. @param {Context} context */
export function one(context) {
  const name = context.path[0];
  const panel = new Panel(null, { kind: 'bare' });
  panel.follow(context, {
    every: 5000,
    load: (signal) => get(`rules/${encodeURIComponent(name)}`, {}, signal),
    show: (rule) =>
      h(
        'div',
        { class: 'stack' },
        h(
          'div',
          { class: 'toolbar' },
          h('a', { href: '#/rules', 'data-key': 'back' }, '← Rules'),
          h('b', null, rule.name),
          badge(rule.state ?? 'unknown'),
        ),
        h(
          'section',
          { class: 'panel', 'aria-label': 'State' },
          h(
            'div',
            { class: 'panel-body' },
            h('p', null, prose(rule.why)),
            facts([
              ['Kind', rule.kind],
              ['Watches', rule.watch ?? NONE],
              ['Severity', rule.severity ?? NONE],
              ['Value now', rule.shown ?? NONE],
              ['Looked at', moment(rule.evaluated_ms)],
              isNumber(rule.runs)
                ? ['Runs', `${count(rule.runs)} of ${count(rule.runs_limit)}`]
                : null,
            ]),
          ),
        ),
        h(
          'section',
          { class: 'panel', 'aria-label': 'Definition' },
          h('header', { class: 'panel-head' }, h('h2', null, 'Definition')),
          h(
            'div',
            { class: 'panel-body' },
            h('pre', { class: 'text', tabindex: '0' }, rule.definition ?? ''),
          ),
        ),
        rule.history?.length ? h('div', { class: 'panel' }, rule.history.map(runRow)) : null,
        rule.kind === 'alert' && rule.definition ? trial(rule.definition) : null,
      ),
  });
  return panel.body;
}
