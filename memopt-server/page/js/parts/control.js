// Stops and starts the monitor, resets the records, and switches a site off: asks first, and is
// shown to whoever may do it.

import { send } from '../core/api.js';
import { h } from '../core/dom.js';
import { readFrame } from '../core/live.js';
import { may } from '../core/state.js';
import { ask } from './dialog.js';
import { toast } from './notice.js';

/**
 * A button that asks, does it, and says so.
 *
 * @param {string} text on the button
 * @param {{ title: string, why: string, action: string, done: string, danger?: boolean,
 *   role?: 'operate' | 'administer', run: () => Promise<unknown> }} what
 */
function button(text, what) {
  if (!may(what.role ?? 'operate')) return null;
  const press = () =>
    ask(what.title, what.why, [], what.action, async () => {
      await what.run();
      void readFrame();
      toast(what.done);
    });
  return h(
    'button',
    { type: 'button', class: what.danger ? 'danger' : '', 'data-key': text, onclick: press },
    text,
  );
}

/** @param {boolean} isStopped @param {() => unknown} after */
export function stopOrStart(isStopped, after) {
  return isStopped
    ? button('Start the monitor', {
        title: 'Start the monitor?',
        why: 'It reads, judges and acts again, and blocks are sampled as the settings say.',
        action: 'Start',
        done: 'The monitor runs',
        run: () => send('POST', 'control/start', {}).then(after),
      })
    : button('Stop the monitor', {
        title: 'Stop the monitor?',
        why:
          'It reads, judges and acts no more, no alert fires, and it samples no block, until it ' +
          'is started again. Counting goes on. History has a gap for that time.',
        action: 'Stop',
        done: 'The monitor is stopped',
        danger: true,
        run: () => send('POST', 'control/stop', {}).then(after),
      });
}

/** @param {() => unknown} after */
export function resetRecords(after) {
  return button('Reset the records', {
    title: 'Reset the records?',
    why:
      'Sites, the site tree and reports begin at zero now, for everybody who looks at this ' +
      'server. Findings, leaks, history and /metrics go on. It cannot be taken back.',
    action: 'Reset',
    done: 'The records begin now',
    danger: true,
    role: 'administer',
    run: () => send('POST', 'control/reset', {}).then(after),
  });
}

/**
 * Switches a site off, or on again.
 *
 * @param {{ id: string, name: string }} site @param {boolean} isOn @param {() => unknown} after
 */
export function trackSite(site, isOn, after) {
  const turn = (/** @type {boolean} */ on) =>
    send('POST', `sites/${encodeURIComponent(site.id)}/tracking`, { on }).then(after);
  return isOn
    ? button('Stop tracking', {
        title: 'Stop tracking this site?',
        why:
          `Calls of ${site.name} are counted no more. What they allocate belongs to the site ` +
          'around them.',
        action: 'Stop tracking',
        done: 'The site is not tracked',
        run: () => turn(false),
      })
    : button('Track again', {
        title: 'Track this site again?',
        why: `Calls of ${site.name} are counted from now on.`,
        action: 'Track',
        done: 'The site is tracked',
        run: () => turn(true),
      });
}
