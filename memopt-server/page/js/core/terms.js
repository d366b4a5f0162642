// What a word means wherever it stands above a number, unless the place defines it more closely.

const TERMS = /** @type {Record<string, string>} */ ({
  After: 'In the later of the two profiles.',
  Allocated: 'Bytes allocated since the start, whether freed again or not.',
  Allocating: 'Bytes allocated in a second.',
  At: 'When it happened, in your time zone.',
  'At most': 'The most that were in use at once.',
  Before: 'As it was before: in the earlier profile, or in the time before the window.',
  Blocks: 'Allocations: memory that was asked for at once, by a Box, a String, a growing Vec.',
  'Bytes a call': 'Mean of what a call allocates, with all that it calls.',
  Calls: 'How often it was entered. A future counts once, however often it is polled.',
  Change: 'How much more or less it is than before.',
  Connections: 'Connections that are open, and how many may be.',
  Idle: 'Kept for the next use, and in use by nobody.',
  'In memory': 'What the history takes in memory.',
  'In use': 'Handed out and not given back yet.',
  Live: 'Allocated and not freed yet.',
  Max: 'The most of any call.',
  Mean: 'The sum of all calls by their number.',
  Median: 'Half of them are at or below it.',
  Panics: 'Calls that ended by a panic, and those that were cancelled.',
  Peak: 'The most that was held at once.',
  p50: 'Half of the calls are at or below it.',
  p90: '90 of 100 calls are at or below it.',
  p95: '95 of 100 calls are at or below it.',
  p99: '99 of 100 calls are at or below it.',
  Share: 'Of all blocks of this site.',
  Since: 'When it began, in your time zone.',
  Size: 'In bytes.',
  Up: 'Time since the program started.',
  'Value now': 'What the rule looks at, at the last reading.',
  Within: 'As it was in the window that is marked.',
  Zero: 'Share of the bytes looked at that are zero.',
});

/** @param {string} word */
export function term(word) {
  return TERMS[word];
}
