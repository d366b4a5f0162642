// The shapes of answers, as far as several files use them.

/**
 * @typedef {object} Session
 * @property {'read' | 'operate' | 'administer' | null} role
 * @property {boolean} needs_login
 * @property {string} version
 * @property {string} build
 */

/**
 * @typedef {object} Health
 * @property {number} pid @property {number} started_ms @property {string} instance
 * @property {string} program @property {string} version @property {string} build
 * @property {'starting' | 'ok' | 'degraded' | 'stopped'} status
 * @property {number | null} at_ms @property {number} now_ms @property {number} uptime_ms
 * @property {{ enabled: boolean, interval_ms: number, is_counting: boolean,
 *   heap_is_sampled: boolean }} monitoring
 * @property {{ cpu_ratio: number | null, own_cpu_ratio: number | null,
 *   hook_cpu: { part: string, ratio: number }[], own_bytes: number, level: number,
 *   budget_cpu_ratio: number, budget_bytes: number, server_cpu_ratio: number | null }} cost
 * @property {{ part: string, since_ms: number, detail: string }[]} faults
 * @property {{ health: string, detail: string | null, file_bytes: number, blocks: number,
 *   failures: number }} store
 * @property {{ name: string, told: number, waiting: number, dropped: number,
 *   fault: string | null }[]} sinks
 * @property {{ series: number, bytes: number, refused: number }} held
 * @property {{ address: string | null, connections: number, connections_limit: number,
 *   connections_refused: number, handshakes_failed: number, requests: number, refused: number,
 *   event_clients: number, events_dropped: number }} server
 */

/**
 * @typedef {object} Status
 * @property {number} pid @property {number} at_ms @property {number} uptime_ms
 * @property {number | null} resident_bytes @property {number | null} heap_live_bytes
 * @property {number | null} heap_live_blocks @property {number | null} threads
 * @property {number | null} tasks @property {number | null} sites
 * @property {number | null} allocated_bytes_per_second
 * @property {'running' | 'paused' | 'stopped'} monitoring
 * @property {number | null} records_since_ms @property {number} untracked_sites
 * @property {{ name: string, bytes: number, used_metric: string, used_bytes: number,
 *   used_ratio: number } | null} limit
 * @property {string | null} limit_unknown
 * @property {string | null} pressure
 * @property {{ score: number | null, level: string | null }} risk
 * @property {number | null} time_to_limit_seconds
 * @property {{ firing: number, pending: number, critical: number, warning: number, info: number }}
 *   alerts
 * @property {number} findings @property {number} leaks @property {number} anomalies
 * @property {number} recommendations @property {number} proposals
 */

/**
 * @template T
 * @typedef {{ items: T[], total: number, offset: number, limit: number }} List
 */

/**
 * @typedef {object} Plot
 * @property {string} id @property {string} page @property {string} title @property {string} hint
 * @property {string} unit @property {boolean} stack
 * @property {{ metric: string, label: string | null, title: string,
 *   as: 'value' | 'rate' }[]} series
 */

/**
 * @typedef {object} History
 * @property {string} metric @property {string} unit @property {string} as
 * @property {number} from_ms @property {number} to_ms @property {number} step_ms
 * @property {string} tier @property {number} dropped
 * @property {{ label: string | null, points: (number | null)[][] }[]} series
 */

/** @typedef {{ mean: number, p50: number, p90: number, p99: number, max: number }} PerCall */
/** @typedef {[low: number, high: number, calls: number]} Bucket */

/**
 * @typedef {object} Site
 * @property {string} id @property {string} name @property {string} module
 * @property {string} function @property {string} kind
 * @property {string} file @property {number} line
 * @property {number} calls @property {number} open @property {number} panics
 * @property {number} bytes @property {number} allocs @property {number} self_bytes
 * @property {number} self_allocs @property {number} live_bytes @property {number} reallocs
 * @property {PerCall} bytes_per_call @property {PerCall} peak_per_call
 * @property {PerCall} retained_per_call
 * @property {{ samples: number, mean: number, median: number, max: number } | null} time_ns
 * @property {Bucket[]} histogram @property {string | null} treated_by
 * @property {number} findings @property {boolean} leaks
 * @property {'on' | 'off' | 'rests'} tracking
 */

/**
 * @typedef {{ file: string, line: number, before: string, after: string,
 *   saving_ratio: number }} Edit
 */

/**
 * @typedef {object} Finding
 * @property {string} code @property {'note' | 'warning'} severity @property {string} id
 * @property {string | null} site @property {string | null} file @property {number | null} line
 * @property {string} title @property {string} label @property {string[]} evidence
 * @property {string | null} help @property {string | null} remedy
 * @property {Record<string, number | null>} saving
 * @property {number | null} worth_ratio @property {Edit | null} edit
 */

/**
 * @typedef {object} Recommendation
 * @property {string} from @property {string | null} site @property {string} title
 * @property {string[]} evidence @property {number} urgency_ratio @property {number} cpu_ratio
 * @property {number} memory_bytes
 * @property {{ kind: string, text: string, edit: Edit | null }[]} acts
 */

/**
 * @typedef {object} Alert
 * @property {string} id @property {string} rule
 * @property {string} severity @property {string} state
 * @property {Record<string, string>} labels @property {Record<string, string>} annotations
 * @property {string | null} subject @property {number | null} value
 * @property {number} active_since_ms @property {number | null} fired_ms
 * @property {number | null} ended_ms @property {{ kind: string, text: string } | null} quiet
 */

/**
 * @typedef {object} Action
 * @property {number | null} at_ms @property {string} by @property {boolean} dry_run
 * @property {string} site @property {'proposed' | 'tried' | 'adopted' | 'reverted'} step
 * @property {string | null} remedy @property {string | null} routing @property {string | null} code
 * @property {string} evidence @property {number | null} predicted_ratio
 * @property {number | null} predicted_time_ratio
 * @property {{ time_ratio: number | null, low: number | null, high: number | null, treated: number,
 *   untreated: number, bytes_ratio: number | null, blocks_ratio: number | null,
 *   peak_ratio: number | null } | null} measured
 * @property {Edit | null} edit
 */

/**
 * @typedef {object} Frame
 * @property {string} name @property {string | null} [module] @property {string | null} [file]
 * @property {number | null} [line] @property {string} [kind] @property {number} self
 * @property {number} total @property {number | null} [base_self]
 * @property {number | null} [base_total] @property {Frame[]} children
 */

/**
 * @typedef {object} Profile
 * @property {string} id @property {string} kind @property {number} at_ms @property {number} run
 * @property {string} why @property {number} bytes @property {string | null} baseline
 * @property {Record<string, string>} labels
 */

/**
 * @typedef {object} Rule
 * @property {string} name @property {'alert' | 'collection'} kind @property {string | null} watch
 * @property {string | null} severity @property {string | null} state @property {string | null} mode
 * @property {number | null} value @property {string | null} shown
 * @property {number | null} evaluated_ms @property {string} why @property {number | null} alerts
 * @property {number | null} runs @property {number | null} runs_limit
 */

/**
 * @typedef {object} FleetInstance
 * @property {string} service @property {string} instance @property {string | null} version
 * @property {string | null} program @property {string | null} memopt_version
 * @property {boolean} is_down @property {number | null} resident_bytes
 * @property {number | null} heap_live_bytes @property {number | null} allocated_bytes_per_second
 * @property {number | null} limit_bytes @property {number | null} used_ratio
 * @property {number} leak_bytes_per_second @property {number} leaks
 * @property {number | null} alerts
 */

/**
 * @typedef {object} FleetVersion
 * @property {string} service @property {string | null} version @property {number} instances
 * @property {number} down @property {number} leaking @property {number} alerts
 * @property {number | null} resident_bytes @property {number | null} resident_max_bytes
 * @property {number | null} heap_live_bytes @property {number | null} allocated_bytes_per_second
 */

/**
 * @typedef {object} FleetSite
 * @property {string} service @property {string} site @property {number} allocated_bytes_per_second
 * @property {number | null} retained_bytes @property {boolean} is_leaking
 * @property {{ version: string | null, allocated_bytes_per_second: number,
 *   instance_bytes_per_second: number | null }[]} versions
 */

/**
 * @typedef {{ instance: string, version: string | null, bytes_per_second: number,
 *   since_ms: number | null }} FleetLeakAt
 */

/**
 * @typedef {object} FleetLeak
 * @property {string} service @property {string} site @property {number} bytes_per_second
 * @property {number} leaking @property {FleetLeakAt | null} first
 * @property {FleetLeakAt[]} instances @property {number} more
 */

/**
 * @typedef {object} Fleet
 * @property {number | null} asked_ms
 * @property {{ address: string, error: string | null, asked_ms: number | null, took_ms: number,
 *   instances: number }[]} addresses
 * @property {{ total: number, down: number, leaking: number, alerting: number,
 *   dropped: number }} instances
 * @property {number} resident_bytes @property {number} heap_live_bytes
 * @property {number} allocated_bytes_per_second
 * @property {FleetVersion[]} versions @property {FleetSite[]} sites @property {FleetLeak[]} leaks
 * @property {{ service: string, instance: string, name: string, severity: string | null,
 *   site: string | null }[]} alerts
 */

export {};
